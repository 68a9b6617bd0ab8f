# With the highest weight alone only what happens is shown, not what is remarked.
# versions: 26.05..
# arguments: --log-level error
log.debug("debug")
log.info("info")
log.warning("warning")
with log.nested("a step"):
    machine.log("a line of the machine")
machine.connect()
machine.succeed("exit 3")
