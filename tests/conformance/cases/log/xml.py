# The whole course of a test as XML.
# environment: LOGFILE=$DIR/log.xml
with subtest("greeting <&>"):
    machine.succeed("echo \"hello\"")
log.info("a remark")
machine.log("a line")
machine.start()
machine.screenshot("screen")
