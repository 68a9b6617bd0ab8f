# A failing subtest is named, and the exception goes on as it is.
# versions: 25.05..
try:
    with subtest("outer"):
        with subtest("inner"):
            raise ValueError("no good")
except ValueError as error:
    print(f"caught {error!r}")
with subtest("of a command"):
    machine.succeed("exit 3")
