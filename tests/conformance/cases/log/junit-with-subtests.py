# A report in the form of JUnit, with subtests.
# arguments: --junit-xml report.xml
# versions: ..26.05
serial_stdout_off()
with subtest("first <one>"):
    log.info("a remark")
with subtest("second"):
    machine.log("a line")
