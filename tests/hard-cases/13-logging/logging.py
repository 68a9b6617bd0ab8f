"""A script that is a file."""

packets = []


def ping(count):
    for number in range(count):
        packets.append(number)  # @stop x3


with subtest("packets are logged"):
    ping(3)  # @stop
    assert len(packets) == 3

print("logged")  # @stop
