# An error of the log ends the test.
# versions: 25.05..
machine.start()
log.error("enough")
