# Remarks for the search of errors are dim.
# colours: shown
# versions: 26.05..
# arguments: --log-level debug
log.debug("a remark")
