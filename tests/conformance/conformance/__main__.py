"""The command: plays the cases, compares, and says in TAP lines what came out.

`python3 -m conformance [--accept] [--case NAME]… [[VERSION=]DIRECTORY[,PYTHON]]…`; the directories hold true drivers.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance import guests
from conformance.case import Case, CaseError, read_cases
from conformance.conversations import TOPIC, converse
from conformance.differences import (
    Comparison,
    Difference,
    DifferencesError,
    compare,
    difference_text,
    read_differences,
    stale,
    unknown_cases,
)
from conformance.drivers import SUITE, DriverError, TestDriver, testkit, true_driver
from conformance.ending import end_all_on_signals
from conformance.report import ReportError, Results, write_report
from conformance.run import play
from conformance.transcript import Transcript, parse, render, transcribe

DIFFERENCES = SUITE / "differences.ini"


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser()
    arguments = parser.parse_args()
    if arguments.report is not None and (arguments.case or arguments.show):
        parser.error("--report is for runs of the whole suite: a table of some of the cases would say too much")
    end_all_on_signals()
    try:
        drivers = [true_driver(text) for text in arguments.drivers]
        cases = read_cases(arguments.cases, arguments.case)
        differences = read_differences(DIFFERENCES)
    except (CaseError, DifferencesError, DriverError) as error:
        print(f"Bail out! {error}")
        return 2
    if not arguments.case and (complaints := unknown_cases(differences, cases)):
        print(f"Bail out! {'; '.join(complaints)}")
        return 2
    if not cases:
        print(f"Bail out! no case begins with {' or '.join(arguments.case)}")
        return 2
    machines: dict[str, Path] = {}
    if any(case.is_real for case in cases):
        if reason := guests.missing():
            print("\n".join(f"ok {case.name} # SKIP {reason}" for case in cases if case.is_real))
            cases = [case for case in cases if not case.is_real]
        else:
            try:
                machines = guests.build()
            except guests.GuestError as error:
                print(f"Bail out! the real machines do not build\n{error}")
                return 2
    suite = Suite(cases, differences, machines, arguments.jobs, is_whole=not arguments.case)
    if arguments.show:
        for driver in drivers or [testkit(arguments.python)]:
            for case, transcript in suite.played(driver):
                print(f"{driver.label}: {render(case, transcript)}")
        return 0
    try:
        for driver in [testkit(arguments.python), *drivers]:
            if driver.is_testkit:
                suite.play_testkit(driver, accept=arguments.accept)
            else:
                suite.play_true(driver)
            if arguments.conversations:
                suite.converse_with(driver)
            # At once: what ends the suite at the fifth driver does not lose what came of four.
            if arguments.report is not None:
                write_report(arguments.report, {driver.label: suite.results.get(driver.label, {})}, differences)
    except (OSError, ReportError) as error:
        print(f"Bail out! {error}")
        return 2
    if not drivers:
        print("ok true drivers # SKIP none is named: NIXTEST_UPSTREAM_DRIVERS, or ./x conformance VERSION=DIRECTORY")
    return 1 if suite.failures else 0


def argument_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance", description="Compare test drivers.")
    parser.add_argument("--accept", action="store_true", help="make what the testkit's driver does the transcripts")
    parser.add_argument("--show", action="store_true", help="show what the drivers do instead of comparing")
    parser.add_argument("--case", action="append", default=[], help="only cases whose name begins so; may be repeated")
    parser.add_argument("--cases", type=Path, default=SUITE / "cases", help="the folder of the cases")
    parser.add_argument("--jobs", type=int, default=4, help="cases that are played side by side")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the testkit's driver")
    parser.add_argument("--conversations", action="store_true", help="let the debugger's own tests run in them too")
    parser.add_argument("--report", type=Path, help="write what came out into the table of this page")
    parser.add_argument("drivers", nargs="*", help="true drivers: [VERSION=]DIRECTORY[,PYTHON]")
    return parser


class Suite:
    """The cases and what came out so far."""

    def __init__(
        self,
        cases: list[Case],
        differences: list[Difference],
        machines: dict[str, Path],
        jobs: int,
        *,
        is_whole: bool,
    ) -> None:
        self.cases = cases
        self.machines = machines
        self.differences = differences
        self.is_whole = is_whole
        self.failures = 0
        self.testkit: dict[str, Transcript] = {}
        self.results: Results = {}
        self._jobs = jobs

    def play_testkit(self, driver: TestDriver, *, accept: bool) -> None:
        """Play all cases on the testkit's driver and compare with their transcripts."""
        for case, transcript in self.played(driver):
            self.testkit[case.name] = transcript
            if accept:
                case.transcript.write_text(render(case, transcript), encoding="utf-8")
            expected = parse(case.transcript.read_text(encoding="utf-8")) if case.transcript.exists() else {}
            text = difference_text(expected, transcript, "transcript", "testkit")
            self._report(driver, case, text, ())

    def play_true(self, driver: TestDriver) -> None:
        """Play the cases that hold for a true driver and compare with the testkit's."""
        comparisons: list[Comparison] = []
        for case, transcript in self.played(driver):
            comparison = compare(case, driver.version, self.testkit[case.name], transcript, self.differences)
            comparisons.append(comparison)
            self._report(driver, case, comparison.text, comparison.needed)
        if self.is_whole:
            complaints = stale(self.differences, driver.version, comparisons)
            self.failures += bool(complaints)
            print(f"{'not ok' if complaints else 'ok'} {driver.label}: each listed difference is there")
            for complaint in complaints:
                print(f"# {complaint}")

    def played(self, driver: TestDriver) -> Iterator[tuple[Case, Transcript]]:
        """Play the cases that hold for a driver, several at a time, in their order."""
        cases = [case for case in self.cases if driver.applies(case)]
        with ThreadPoolExecutor(self._jobs) as pool:
            transcripts = pool.map(lambda case: transcribe(case, play(case, driver, self.machines)), cases)
            yield from zip(cases, transcripts, strict=True)

    def converse_with(self, driver: TestDriver) -> None:
        """Run the debugger's own tests in a driver."""
        held, trouble = converse(driver)
        results = self.results.setdefault(driver.label, {})
        for one in held:
            failed = not one.has_passed
            self.failures += failed
            if not one.skipped:
                results[one.name] = {"as_expected": not failed, "differences": []}
            reason = f" # SKIP {one.skipped}" if one.skipped and not failed else ""
            print(f"{'not ok' if failed else 'ok'} {driver.label}: {one.name}{reason}")
        if trouble:
            if all(one.has_passed for one in held):
                self.failures += 1
                print(f"not ok {driver.label}: {TOPIC}")
            print("\n".join(f"# {line}" for line in trouble.splitlines()), flush=True)

    def _report(self, driver: TestDriver, case: Case, text: str, needed: tuple[str, ...]) -> None:
        self.failures += bool(text)
        result: dict[str, object] = {"as_expected": not text, "differences": list(needed)}
        self.results.setdefault(driver.label, {})[case.name] = result
        print(f"{'not ok' if text else 'ok'} {driver.label}: {case.name}", flush=True)
        for line in text.splitlines():
            print(f"# {line}")


if __name__ == "__main__":
    sys.exit(main())
