# Remarks that every driver knows.
log.log("a line")
log.log("of a machine", {"machine": "one"})
log.info("a remark")
log.warning("a warning")
machine.log("a line of the machine")
machine.log_serial("a line of its console")
