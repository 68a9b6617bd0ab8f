# Remarks of each weight; those for the search of errors stay hidden.
# versions: 26.05..
log.log("a line")
log.log("of a machine", {"machine": "one"})
log.debug("for the search of errors")
log.info("a remark")
log.info("with attributes", {"machine": "one"})
log.warning("a warning")
log.log_test_error("an error of the test")
log.log_serial("from the console", "machine")
