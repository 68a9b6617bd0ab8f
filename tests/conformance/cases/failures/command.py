# A failed command shows the script's own frames, its kind and its words.
machine.connect()


def outer():
    inner("/no/such")


def inner(path):
    machine.succeed(
        f"test -e {path}"
    )


with subtest("files"):
    outer()
