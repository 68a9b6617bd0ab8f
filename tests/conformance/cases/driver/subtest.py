# Subtests group what is logged, also one in another.
with subtest("outer"):
    log.info("between")
    with subtest("inner"):
        machine.log("inside")
