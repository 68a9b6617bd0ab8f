# A command that fails ends the test with its text and status; the ones after it do not run.
def check(path):
    machine.succeed("echo before", f"echo some output; test -e {path}", "echo after")


check("/no/such/file")
