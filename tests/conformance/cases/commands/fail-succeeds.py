# A command that must fail and succeeds ends the test.
machine.fail("false", "echo output; true")
