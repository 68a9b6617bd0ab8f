"""The rules of @SERVICE@, as a file that Nix completes."""

wanted = "@RULES@".split()


def find(rule):
    return wanted.index(rule)  # @stop x2


with subtest("rules of @SERVICE@"):
    assert find("auth") == 0  # @stop
    assert find("session") == 1

print("@SERVICE@", len(wanted))  # @stop
