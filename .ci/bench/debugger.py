"""How quick the debugger is, beside debugpy: the same script, the same Python, in rounds that alternate.

Usage: debugger.py ROUNDS ADAPTER PYTHON [DEBUGPY]
PYTHON runs driver and script; DEBUGPY is the directory of debugpy's package, without which its column stays empty.
Prints a table in Markdown. Every figure is the median of the rounds' medians.
"""

import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

import measures
import scripts
from debuggers import Debugger, Debugpy, Ours
from drivers import Driver, Project, project

CALLS = 700
"""In each round, which makes more than 10 000 in fifteen."""
INSTANT_CALLS = 2_000
"""In each round, of a machine that answers at once."""

LONGEST_TURN_SECONDS = 60
"""What takes longer hangs."""


@dataclass(frozen=True)
class Row:
    name: str
    key: str
    unit: str
    target: float | None = None

    def shown(self, value: float | None) -> str:
        if value is None:
            return "–"
        scale, digits = {"ms": (1e3, 2), "µs": (1e6, 0), "MiB": (1 / 2**20, 1), "×": (1.0, 3)}[self.unit]
        return f"{value * scale:.{digits}f} {self.unit}"


ROWS = [
    Row("evaluate in a watch", "evaluate", "ms", 0.001),
    Row("evaluate in the console", "console", "ms", 0.001),
    Row("step over", "step", "ms", 0.003),
    Row("stack, scopes and variables", "look", "ms", 0.003),
    Row("a page of 100 of a list of 10 000", "page", "ms"),
    Row("start to first stop, above the start of the undebugged script", "first stop", "ms", 0.15),
    Row("loop of 2 million turns, breakpoint elsewhere", "loop elsewhere", "×", 1.02),
    Row("loop, breakpoint in the same function", "loop inside", "×"),
    Row("10 000 machine calls, breakpoint elsewhere", "calls", "×", 1.02),
    Row("recording of a machine call", "recording", "µs", 50e-6),
    Row("pause in a loop", "pause: loop", "ms", 0.1),
    Row("pause in `time.sleep`", "pause: sleep", "ms", 0.1),
    Row("pause in a guest command", "pause: guest command", "ms", 0.1),
    Row("adapter start to the answer to `initialize`", "adapter start", "ms", 0.01),
    Row("memory of the idle adapter", "memory", "MiB", 30 * 2**20),
]


class Bench:
    """The projects, and the samples of each debugger's rounds."""

    def __init__(self, driver: Driver, place: Path) -> None:
        self._place, self._driver = place, driver
        self.empty = self._project("empty", scripts.EMPTY)
        self.inspected = self._project("inspected", scripts.INSPECTED)
        self.paused = self._project("paused", scripts.PAUSED)
        self.paused_in_guest = self._project("guest", scripts.PAUSED, "answers")
        self.loop = self._project("loop", scripts.LOOP.replace("TURNS", "2_000_000"))
        # Fewer, because debugpy takes a second for each hundred thousand of them.
        self.watched_loop = self._project("watched-loop", scripts.LOOP.replace("TURNS", "200_000"))
        self.calls = self._project("calls", scripts.CALLS.replace("COUNT", str(CALLS)), "runs")
        self.instant = self._project("instant", scripts.CALLS.replace("COUNT", str(INSTANT_CALLS)), "answers")

    def _project(self, name: str, script: str, machine: str | None = None) -> Project:
        directory = self._place / name
        directory.mkdir()
        return project(self._driver, directory, script, machine)

    def measurements(self, debugger: Debugger) -> Iterator[Callable[[], measures.Samples]]:
        """One round."""
        yield partial(measures.start_of_adapter, debugger, self._place)
        yield partial(measures.first_stop, debugger, self.empty)
        yield partial(measures.inspection, debugger, self.inspected)
        yield partial(self._loop, debugger)
        if isinstance(debugger, Ours):
            yield partial(measures.pauses, debugger, self.paused_in_guest, ["loop", "sleep", "guest command"])
            yield partial(self._calls, debugger)
        else:
            yield partial(measures.pauses, debugger, self.paused, ["loop", "sleep"])

    def _loop(self, debugger: Debugger) -> measures.Samples:
        bare, watched_bare = (measures.printed_bare(debugger, loop) for loop in (self.loop, self.watched_loop))
        return {
            "loop elsewhere": [measures.printed(debugger, self.loop, ["elsewhere"]) / bare],
            "loop inside": [measures.printed(debugger, self.watched_loop, ["inside"]) / watched_bare],
        }

    def _calls(self, debugger: Debugger) -> measures.Samples:
        bare = measures.printed_bare(debugger, self.calls)
        instant = measures.printed_bare(debugger, self.instant)
        return {
            "calls": [measures.printed(debugger, self.calls, ["elsewhere"]) / bare],
            "recording": [measures.printed(debugger, self.instant, ["elsewhere"]) - instant],
        }


def measure(bench: Bench, debuggers: list[Debugger], rounds: int) -> list[dict[str, float]]:
    """The median of each row, for each debugger."""
    medians: list[measures.Samples] = [{} for _ in debuggers]
    for number in range(rounds):
        print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        for turns in zip_longest(*(bench.measurements(debugger) for debugger in debuggers)):
            for turn, found in zip(turns, medians, strict=True):
                if turn is not None:
                    signal.alarm(LONGEST_TURN_SECONDS)
                    for key, samples in turn().items():
                        found.setdefault(key, []).append(statistics.median(samples))
    signal.alarm(0)
    print("\r", end="", file=sys.stderr)
    return [{key: statistics.median(samples) for key, samples in found.items()} for found in medians]


def show(ours: dict[str, float], theirs: dict[str, float]) -> None:
    print("| | ours | debugpy | ours ÷ debugpy | target |\n|---|---|---|---|---|")
    for row in ROWS:
        own, their = ours.get(row.key), theirs.get(row.key)
        ratio = "–" if own is None or not their else f"{own / their:.2f}"
        target = "–" if row.target is None else f"≤ {row.shown(row.target)}"
        if own is not None and row.target is not None and own > row.target:
            target += ", missed"
        print(f"| {row.name} | {row.shown(own)} | {row.shown(their)} | {ratio} | {target} |")


def give_up(*_: object) -> None:
    raise TimeoutError(f"nothing came for {LONGEST_TURN_SECONDS} seconds")


def main() -> None:
    rounds, program, python = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    signal.signal(signal.SIGALRM, give_up)
    driver = Driver.chosen(python)
    debuggers: list[Debugger] = [Ours(program)]
    if len(sys.argv) > 4:
        debuggers.append(Debugpy(Path(sys.argv[4]), driver.python))
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        medians = measure(Bench(driver, Path(place)), debuggers, rounds)
    show(medians[0], medians[1] if len(medians) > 1 else {})


main()
