# The weight can come from the environment.
# versions: 26.05..
# environment: logLevel=warning
log.info("info")
log.warning("warning")
