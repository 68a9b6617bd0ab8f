"""Drivers of all years and of no known kind: how they are recognised, and what of theirs the agent takes over.

What is not to be found in the fakes is written for one test. True drivers are met in the tests of the adapter.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from adapter import DriverSession
from cases import AgentTest

HERE = Path(__file__).resolve().parent

BEGIN = """
import os, sys
from pathlib import Path

class Driver:
    def __init__(self):
        self.tests = Path(sys.argv[1]).read_text()
        self.machines = []
"""
USUAL = """
    def test_script(self):
        exec(self.tests, {"driver": self, "os": os}, None)
"""
END = """
def main():
    Driver().test_script()
"""


class Drivers(AgentTest):
    def make_driver(self, text: str) -> str:
        """The directory of a driver whose module holds `text`."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        package = Path(directory.name, "test_driver")
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "driver.py").write_text(text)
        return directory.name


class Recognised(Drivers):
    def greeting(self, features: list[str]) -> object:
        names = "".join(f"{name} = object()\n" for name in features)
        with self.run_driver("a = 1\n", shape=self.make_driver(names + BEGIN + USUAL + END)) as session:
            return session.connect().get("driver")

    def test_a_driver_is_told_by_what_it_has(self) -> None:
        features = ["AssertionTester", "DebugAbstract", "BaseMachine", "as_timedelta"]
        found = [self.greeting(features[:count]) for count in range(len(features) + 1)]
        releases = ["24.11", "25.05", "25.11", "26.05", "26.11"]
        self.assertEqual(found, [f"as of NixOS {release}" for release in releases])

    def test_the_testkits_says_what_it_is(self) -> None:
        self.assertEqual(self.greeting(["AssertionTester", "BaseMachine", "TESTKIT"]), "testkit")


class Odd(Drivers):
    def undebugged(self, driver: str) -> tuple[str, str]:
        """What the agent says of a driver, and what the script then prints."""
        with self.run_driver("print('ran')\nraise SystemExit(3)\n", shape=self.make_driver(driver)) as session:
            session.connect()
            reason: str = session.event("nixtest/undebugged")["reason"]
            status, out, err = session.finish()
            self.assertEqual((status, err), (3, ""))
            events = {message.get("event") for message in session.messages}
            self.assertEqual(events & {"nixtest/script", "nixtest/scriptEnded", "stopped"}, set())
            return reason.replace(session.directory.name, "…"), out

    def test_a_driver_that_runs_its_script_in_another_way_runs_it_undebugged(self) -> None:
        foreign = "    def test_script(self):\n        import runpy\n        runpy.run_path(sys.argv[1])\n"
        reason, out = self.undebugged(BEGIN + foreign + END)
        self.assertEqual(out, "ran\n")
        self.assertRegex(
            reason,
            r"^this test driver runs its script in a way that is not known \(looked for in .*/driver\.py\)$",
        )

    def test_a_driver_without_a_class_of_that_name_runs_undebugged(self) -> None:
        reason, out = self.undebugged("import runpy, sys\ndef main():\n    runpy.run_path(sys.argv[1])\n")
        self.assertEqual(out, "ran\n")
        self.assertIn("in a way that is not known", reason)

    def test_a_driver_that_compiles_the_script_itself_runs_it_undebugged(self) -> None:
        compiling = USUAL.replace("self.tests", "compile(self.tests, 'other', 'exec')")
        reason, out = self.undebugged(BEGIN + compiling + END)
        self.assertEqual(out, "ran\n")
        self.assertEqual(reason, "this test driver hands over compiled code, not the text of the script")

    def test_a_driver_that_keeps_the_call_elsewhere_is_known(self) -> None:
        elsewhere = "    def test_script(self):\n        run(self)\n"
        helper = "def run(driver):\n    exec(driver.tests, {'driver': driver}, None)\n"
        with self.run_driver("a = 1  # @here\n", shape=self.make_driver(BEGIN + elsewhere + helper + END)) as session:
            session.start("here")
            self.assertEqual(session.stopped().at, "here")
            session.go()
            session.finish_passed()

    def test_a_path_too_long_for_a_socket_is_named(self) -> None:
        machine = "class Machine:\n    name = 'web'\n    monitor_path = Path('/run/' + 'ü' * 51 + '/monitor')\n"
        driver = BEGIN.replace("[]", "[Machine()]") + USUAL + machine + END
        with self.run_driver("a = 1\n", shape=self.make_driver(driver)) as session:
            session.start()
            text: str = session.event("output")["output"]
            session.finish_passed()
        self.assertRegex(
            text, "^the machine web cannot be started: the path of its socket /run/ü+/monitor has 115 bytes"
        )
        self.assertTrue(
            text.endswith("and 107 are possible; shorten its name, or set XDG_RUNTIME_DIR to a shorter path\n")
        )


class Environment(Drivers):
    SCRIPT = """
        import sys
        print({name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "NIXTEST"))})
        print([entry for entry in sys.path if entry.endswith("agent")])
    """

    def test_the_environment_is_left_as_the_user_had_it(self) -> None:
        fake = str(HERE / "fakes" / "layered")
        kept = {"PYTHONPATH": fake, "PYTHONDONTWRITEBYTECODE": "1"}
        with self.run_driver(self.SCRIPT) as session:
            session.start()
            found, paths = session.finish_passed().splitlines()
        self.assertEqual(eval(found), kept)
        self.assertEqual(paths, "[]")


class Output(Drivers):
    """Standard output is a pipe, which Python would fill before it writes."""

    def read(self, session: DriverSession) -> bytes:
        stdout = session.process.stdout
        return os.read(stdout.fileno(), 100) if stdout else b""

    def test_what_the_script_prints_is_there_when_it_stops(self) -> None:
        with self.run_driver("print('a line')\nprint('and', 'more', end='')\na = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(self.read(session), b"a line\nand more")
            session.go()
            session.finish_passed()

    def test_a_line_is_written_when_it_ends_and_whole(self) -> None:
        script = "print('one', 'line')\nmachine.succeed('sleep 100')\n"
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command")
            self.assertEqual(self.read(session), b"one line\n")
            session.request("terminate")
            session.ended()
            session.finish()


class Debug(Drivers):
    def test_debug_breakpoint_is_a_stop_and_never_the_drivers_own(self) -> None:
        # The driver calls it too, after a failure; without us it may wait at a port for ever.
        script = """
            print(debug is driver.debug, type(debug).__name__)
            debug.breakpoint(port=4444)  # @here
            machine.succeed("exit 1")
        """
        with self.run_driver(script) as session:
            session.start(filters=[])
            self.assertEqual(session.stopped().at, "here")
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")
            self.assertEqual(session.finish()[:2], (1, "True DebugNop\n"))
            self.assertFalse((session.out / "driver-breakpoint").exists())

    def test_a_function_of_the_script_stops_where_it_calls_it(self) -> None:
        script = "def check():\n    debug.breakpoint()  # @here\ncheck()\nb = 1  # @after\n"
        with self.run_driver(script) as session:
            session.start("after")
            stop = session.stopped()
            self.assertEqual((stop.at, stop.names), ("here", ["check", "testScript"]))
            self.assertEqual(session.go_and_stop().at, "after")
            session.go()
            session.finish_passed()
