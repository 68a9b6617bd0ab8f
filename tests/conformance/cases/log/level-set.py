# The weight can be set by the script.
# versions: 26.05..
from test_driver.logger import LogLevel

log.set_log_level(LogLevel.WARNING)
log.info("info")
log.set_log_level(LogLevel.DEBUG)
log.debug("debug")
print([level.name for level in LogLevel])
