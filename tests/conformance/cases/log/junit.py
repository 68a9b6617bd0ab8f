# A report in the form of JUnit, without subtests.
# arguments: --junit-xml report.xml
serial_stdout_off()
log.info("a remark")
machine.succeed("echo hello")
