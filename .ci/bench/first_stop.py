"""Times from F5 to the first stop: how long a person waits between the key and the yellow line.

A debug client of a few lines starts the adapter, launches a prebuilt test with `stopOnEntry`, and takes the time from
the `launch` request to the `stopped` event. Beside it stands the time of the bare driver on a script that does
nothing, which is what no debugger can be faster than.

Usage: first_stop.py RUNS ADAPTER BARE_DRIVER LAUNCH...
LAUNCH is NAME=JSON, the arguments of one launch request; one line is printed for each.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial

from wire import DEADLINE_SECONDS, Client, Message


def seconds_to_first_stop(adapter_command: list[str], launch: Message) -> float:
    with Client(adapter_command) as client:
        client.request("initialize", {"adapterID": "nixtest-dap", "clientID": "bench"})
        began = time.monotonic()
        client.send("launch", {**launch, "stopOnEntry": True})
        client.event("initialized")
        client.send("configurationDone", {})
        client.event("stopped")
        return time.monotonic() - began


def seconds_of_bare_driver(driver: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        subprocess.run([driver], cwd=folder, check=True, capture_output=True, timeout=DEADLINE_SECONDS)
        return time.monotonic() - began


def row(name: str, runs: int, measure: Callable[[], float]) -> None:
    times = [measure() * 1000 for _ in range(runs)]
    print(f"{name:<34} {statistics.median(times):7.0f} ms  ({min(times):.0f} to {max(times):.0f}, {runs} runs)")


def main() -> None:
    runs, adapter, bare_driver = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    row("bare driver, empty script", runs, partial(seconds_of_bare_driver, bare_driver))
    for argument in sys.argv[4:]:
        name, _, launch = argument.partition("=")
        arguments = json.loads(launch)
        row(name, runs, partial(seconds_to_first_stop, [adapter, "dap"], arguments))


main()
