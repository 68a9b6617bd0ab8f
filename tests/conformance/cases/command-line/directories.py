# Everything of a run may lie below directories with names in any language.
# directory: übung-✓
# environment: LOGFILE=$DIR/log.xml
# arguments: --junit-xml report.xml
serial_stdout_off()
machine.succeed("echo hello > mark")
machine.start()
machine.screenshot("größe")
