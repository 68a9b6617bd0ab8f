# Steps are green, consoles dim, errors red.
# colours: shown
# versions: 26.05..
machine.nested("a step").__enter__()
with machine.nested("a step of the machine"), subtest("a subtest"):
    log.info("a remark")
log.warning("a warning")
log.log_serial("from the console", "other")
log.log_test_error("an error")
t.assertEqual(1, 2)
