# The weight below which remarks are hidden can be chosen.
# versions: 26.05..
# arguments: --log-level debug
log.debug("debug")
log.info("info")
log.warning("warning")
