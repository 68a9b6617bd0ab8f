"""The scripts that are debugged. Lines are named by `# @marker`; the same text runs in a driver and by itself."""

SAID = "bench: ([^;]*);"
"""How a script tells something to the benchmark."""

EMPTY = 'print("bench: started;", flush=True)\n'

INSPECTED = """\
import time

numbers = list(range(10_000))
nodes = {f"node{number}": {"address": f"192.168.1.{number}", "up": number % 2 == 0} for number in range(20)}
title = "a script as people write them"
limit = 1.5


class Result:
    def __init__(self, name, status):
        self.name = name
        self.status = status
        self.output = "line\\n" * 20


def work(first, second):
    name = "work"
    results = [Result(f"command {number}", number % 3) for number in range(10)]
    by_name = {result.name: result for result in results}
    text = "x" * 500
    address = nodes["node1"]["address"]
    total = first + second
    for turn in range(100_000):  # @inside
        total += turn
        total -= first
        total += second
    return total


def outer(count):
    label = f"outer {count}"
    return work(count, len(label))


outer(7)
"""

PAUSED = """\
import sys
import time


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


while True:
    print("bench: loop;", flush=True)
    spin(0.7)
    print("bench: sleep;", flush=True)
    time.sleep(0.7)
    if "machine" in globals():
        print("bench: guest command;", flush=True)
        machine.execute("sleep 0.7")
"""

LOOP = """\
import statistics
import time


def elsewhere():
    return 0  # @elsewhere


def loop():
    total = 0
    for number in range(TURNS):
        total += number
    if total < 0:
        total = 0  # @inside
    return total


def taken():
    began = time.process_time()
    loop()
    return time.process_time() - began


loop()
print(f"bench: {statistics.median(taken() for _ in range(5))};", flush=True)
"""

CALLS = """\
import time


def elsewhere():
    return 0  # @elsewhere


def calls(count):
    began = time.perf_counter()
    for _ in range(count):
        machine.execute("true")
    return (time.perf_counter() - began) / count


machine.start()
calls(20)
print(f"bench: {calls(COUNT)};", flush=True)
"""
