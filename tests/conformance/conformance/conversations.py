"""The conversations of the debugger with a driver: tests of nixtest-dap that run in whichever is named to them."""

import os
import re
import subprocess
from dataclasses import dataclass

from conformance.drivers import REPOSITORY, TestDriver
from conformance.ending import ended_with_the_suite, kill_group

TOPIC = "debug conversations"
TESTS = ("upstream", "wrapped", "driver_options", "trouble")
NAMES_NO_DRIVER = "NIXTEST_UPSTREAM_DRIVER names no"
"""In the reason that a test gives when it ran in the testkit's driver alone."""


@dataclass(frozen=True)
class Conversation:
    """What came of one test."""

    name: str
    """With the words before it, as a case has its folder."""
    has_passed: bool
    skipped: str
    """Why it did not run; empty when it did."""


def converse(driver: TestDriver) -> tuple[list[Conversation], str]:
    """Run the tests with this driver; gives what came of each, and the last words of cargo if it did not end well."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NIXTEST_UPSTREAM_")}
    if not driver.is_testkit:
        variables |= {"NIXTEST_UPSTREAM_DRIVER": str(driver.directory), "NIXTEST_UPSTREAM_PYTHON": driver.python}
    words = ["cargo", "test", "-p", "nixtest-dap", *(word for test in TESTS for word in ("--test", test))]
    process = subprocess.Popen(
        [*words, "--no-fail-fast", "--", "--show-output"],
        cwd=REPOSITORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # The tests end with cargo when the suite is ended; what they had started ends with them.
        start_new_session=True,
    )
    try:
        with ended_with_the_suite(process):
            output = process.communicate()[0].decode(errors="replace")
    finally:
        kill_group(process)
        process.wait()
    trouble = "" if process.returncode == 0 else "\n".join(output.splitlines()[-60:])
    return conversations(output), trouble


def conversations(output: str) -> list[Conversation]:
    """What came of each test, from cargo's output."""
    found: list[Conversation] = []
    program = ""
    skipped: dict[str, str] = {}
    results: list[tuple[str, bool]] = []
    # Shown output of tests stands between their results and the sum of their program.
    shown = ""
    for line in output.splitlines():
        if begun := re.match(r"\s*Running tests/(\w+)\.rs ", line):
            program = begun[1]
        elif result := re.fullmatch(r"test (\S+) \.\.\. (?:.*)?(ok|FAILED|ignored.*)", line):
            if result[2].startswith("ignored"):
                skipped[result[1]] = result[2]
            results.append((result[1], result[2] != "FAILED"))
        elif section := re.fullmatch(r"---- (\S+) stdout ----", line):
            shown = section[1]
        elif shown and line.startswith("skipped: ") and NAMES_NO_DRIVER not in line:
            skipped[shown] = line.removeprefix("skipped: ")
        elif line.startswith("test result:"):
            found += [
                Conversation(f"{TOPIC}/{program}/{name}", passed, skipped.get(name, "")) for name, passed in results
            ]
            skipped, results, shown = {}, [], ""
    return found
