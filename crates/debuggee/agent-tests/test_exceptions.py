"""Exceptions: which stop the script, what is said about them, and that the driver's report stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

from adapter import HERE, PROGRAM
from cases import AgentTest, each_back_end, each_shape

FAILING = """
    def check(value):
        local = value + 1
        if local > 2:
            machine.succeed("exit 3")  # @inner
    with subtest("checks"):
        check(2)  # @outer
"""


@each_shape
class Uncaught(AgentTest):
    def test_an_exception_stops_before_anything_is_lost(self) -> None:
        script = """
            def check(value):
                local = value + 1
                raise KeyError("missing")  # @raise
            check(2)  # @call
        """
        with self.run_driver(script) as session:
            session.start()
            stop = session.stopped()
            self.assertEqual(stop.event["reason"], "exception")
            self.assertEqual(stop.event["text"], "KeyError: 'missing'")
            self.assertEqual(stop.names, ["check", "testScript"])
            self.assertEqual([session.name_of(frame["line"]) for frame in stop.frames], ["raise", "call"])
            self.assertEqual(session.evaluate("local + value", stop.frames[0]), "5")
            self.assertEqual(session.scopes(stop.frames[0])["Locals"]["local"]["value"], "3")
            self.assertEqual(session.evaluate("machine.succeed('echo alive')"), "'echo alive\\n'")
            self.assertFalse((session.out / "cleaned-up").exists())
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")

    def test_the_end_tells_the_exception(self) -> None:
        with self.run_driver("def fail():\n    raise ValueError('no')\nfail()\n") as session:
            session.start()
            session.stopped()
            session.go()
            self.assertEqual(
                session.ended(),
                {
                    "outcome": "failed",
                    "exception": {
                        "type": "ValueError",
                        "message": "no",
                        "frames": [
                            {
                                "name": "fail",
                                "file": "<string>",
                                "isScript": True,
                                "version": 1,
                                "line": 2,
                                "column": 5,
                            },
                            {
                                "name": "testScript",
                                "file": "<string>",
                                "isScript": True,
                                "version": 1,
                                "line": 3,
                                "column": 1,
                            },
                        ],
                    },
                },
            )
            self.assertEqual(session.finish()[0], 1)

    def test_the_end_tells_the_exceptions_before(self) -> None:
        script = """
            def fail():
                try:
                    {}["key"]  # @first
                except KeyError as error:
                    raise ValueError("because") from error  # @then
            try:
                fail()
            except ValueError:
                raise RuntimeError("at last")
        """
        with self.run_driver(script) as session:
            session.start(filters=[])
            last = session.ended()["exception"]
            then = last["context"]
            first = then["cause"]
            self.assertEqual([each["type"] for each in (last, then, first)], ["RuntimeError", "ValueError", "KeyError"])
            self.assertNotIn("cause", last)
            self.assertNotIn("context", first)
            self.assertEqual(session.name_of(then["frames"][0]["line"]), "then")
            self.assertEqual([session.name_of(frame["line"]) for frame in first["frames"]], ["first"])

    def test_an_exception_before_that_is_hidden_stays_hidden(self) -> None:
        script = """
            try:
                {}["key"]
            except KeyError:
                raise ValueError("only me") from None
        """
        with self.run_driver(script) as session:
            session.start(filters=[])
            ended = session.ended()["exception"]
            self.assertEqual((ended["type"], "cause" in ended, "context" in ended), ("ValueError", False, False))

    def test_without_the_filter_nothing_stops(self) -> None:
        with self.run_driver("raise ValueError\n") as session:
            session.start(filters=[])
            self.assertEqual(session.ended()["outcome"], "failed")

    def test_the_filter_is_on_by_itself(self) -> None:
        with self.run_driver("raise ValueError\n") as session:
            session.connect()
            session.event("nixtest/script")
            session.request("configurationDone", {})
            self.assertEqual(session.stopped().reason, "exception")

    def test_what_the_script_catches_does_not_stop(self) -> None:
        script = """
            try:
                machine.succeed("exit 1")
            except Exception:
                print("caught")
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertEqual(session.finish_passed(), "caught\n")

    def test_what_the_driver_catches_does_not_stop(self) -> None:
        script = """
            def fail():
                raise ValueError("swallowed")
            print(machine.swallow(fail))
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertEqual(session.finish_passed(), "swallowed\n")

    def test_exits_without_a_failure_do_not_stop(self) -> None:
        for call in ("sys.exit()", "sys.exit(0)", "raise SystemExit"):
            with self.subTest(call), self.run_driver(f"import sys\n{call}\n") as session:
                session.start()
                session.finish_passed()

    def test_an_exit_with_a_failure_stops(self) -> None:
        with self.run_driver("import sys\nsys.exit(3)  # @exit\n") as session:
            session.start()
            self.assertEqual(session.stopped().at, "exit")
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")
            self.assertEqual(session.finish()[0], 3)

    def test_a_failing_command_inside_a_subtest_stops_at_the_script_line(self) -> None:
        with self.run_driver(FAILING) as session:
            session.start()
            stop = session.stopped()
            # One of the drivers turns the failure into an exit; what is shown is the failure all the same.
            self.assertEqual([session.name_of(frame["line"]) for frame in stop.frames], ["inner", "outer"])
            self.assertIn("command `exit 3` failed (exit code 3)", stop.event["text"])
            session.go()
            self.assertIn("command `exit 3` failed", session.ended()["exception"]["message"])

    def test_exception_info_tells_type_text_and_chain(self) -> None:
        script = """
            class Odd(Exception):
                pass
            def fail():
                try:
                    {}["key"]
                except KeyError as error:
                    raise Odd("because") from error
            fail()
        """
        with self.run_driver(script) as session:
            session.start()
            session.stopped()
            info = session.request("exceptionInfo", {"threadId": 1})
            details = info["details"]
            self.assertEqual((info["breakMode"], info["description"]), ("unhandled", f"{info['exceptionId']}: because"))
            self.assertTrue(info["exceptionId"].endswith("Odd"))
            self.assertEqual((details["typeName"], details["message"]), ("Odd", "because"))
            self.assertEqual(
                details["stackTrace"],
                '  File "<string>", line 9, in testScript\n    fail()\n'
                '  File "<string>", line 8, in fail\n    raise Odd("because") from error',
            )
            self.assertEqual(details["innerException"][0]["typeName"], "KeyError")

    def test_exception_info_is_refused_elsewhere(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertIn("did not stop at an exception", session.refused("exceptionInfo", {"threadId": 1}))

    def test_an_exception_whose_text_raises_is_told_anyway(self) -> None:
        script = """
            class Evil(Exception):
                def __str__(self): raise RuntimeError
                __repr__ = __str__
            raise Evil
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertIn("Evil: (its text cannot be shown)", session.stopped().event["text"])
            session.request("exceptionInfo", {"threadId": 1})
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")

    def test_a_step_from_the_last_stop_lets_the_exception_pass(self) -> None:
        with self.run_driver("raise ValueError\nprint('never')\n") as session:
            session.start()
            session.stopped()
            session.go("next")
            self.assertEqual(session.ended()["outcome"], "failed")

    @unittest.skipIf(sys.version_info < (3, 11), "on 3.10 the interpreter restores the entry of the agent's frame")
    def test_the_report_of_the_driver_is_as_without_the_agent(self) -> None:
        for script in (FAILING, "import nothing\n", "def f():\n    machine.execute('explode')\nf()\n", "a = (\n"):
            with self.subTest(script), self.run_driver(script) as session:
                session.connect()
                if script != "a = (\n":
                    session.event("nixtest/script")
                    session.request("setExceptionBreakpoints", {"filters": []})
                    session.request("configurationDone", {})
                    session.ended()
                status, out, err = session.finish()
            plain_status, plain_out, plain_err = run_plainly(script, self.shape)
            self.assertEqual((status, out), (plain_status, plain_out))
            self.assertEqual(_without_source(err), _without_source(plain_err))

    def test_the_driver_cleans_up(self) -> None:
        with self.run_driver("raise ValueError\n") as session:
            session.start(filters=[])
            session.ended()
            session.finish()
            self.assertTrue((session.out / "cleaned-up").exists())


@each_back_end
class Raised(AgentTest):
    def test_an_exception_stops_where_it_is_raised_even_if_caught(self) -> None:
        script = """
            def fail():
                raise ValueError("caught")  # @raise
            try:
                fail()
            except ValueError:
                pass
        """
        with self.run_driver(script) as session:
            session.start(filters=["raised"])
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.at, stop.event["text"]), ("exception", "raise", "ValueError: caught"))
            self.assertEqual(session.request("exceptionInfo", {"threadId": 1})["breakMode"], "always")
            session.go()
            session.finish_passed()

    def test_an_exception_of_the_driver_stops_at_the_script_line(self) -> None:
        script = """
            def run():
                machine.succeed("exit 1")  # @call
            try:
                run()
            except Exception:
                pass
        """
        with self.run_driver(script) as session:
            session.start(filters=["raised"])
            self.assertEqual(session.stopped().at, "call")
            session.go()
            session.finish_passed()

    def test_the_end_of_an_iterator_is_no_exception(self) -> None:
        script = """
            found = [n for n in iter([1])] + list(x for x in [2])
            print(next(iter([]), "none"))
        """
        with self.run_driver(script) as session:
            session.start(filters=["raised"])
            self.assertEqual(session.finish_passed(), "none\n")

    def test_the_filter_can_be_set_while_stopped(self) -> None:
        script = """
            for n in range(2):
                try:
                    int("x")  # @raise
                except ValueError:
                    pass  # @handler
        """
        with self.run_driver(script) as session:
            session.start("handler")
            session.stopped()
            session.break_at()
            session.request("setExceptionBreakpoints", {"filters": ["raised"]})
            self.assertEqual(session.go_and_stop().at, "raise")
            session.request("setExceptionBreakpoints", {"filters": []})
            session.go()
            session.finish_passed()

    def test_an_unknown_filter_is_said(self) -> None:
        with self.run_driver("a = 1\n") as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = session.request("setExceptionBreakpoints", {"filters": ["odd"]})["breakpoints"]
            self.assertFalse(answer["verified"])
            self.assertIn("choose among uncaught, raised", answer["message"])
            session.request("configurationDone", {})
            session.finish_passed()


def run_plainly(script: str, shape: str) -> tuple[int, str, str]:
    """The driver without the agent."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "test-script")
        path.write_text(textwrap.dedent(script))
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NIXTEST"))}
        env |= {"PYTHONPATH": str(HERE / "fakes" / shape), "FAKE_DRIVER_OUT": directory, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, PROGRAM, str(path)], env=env, capture_output=True, text=True, cwd=directory, check=False
        )
        return done.returncode, done.stdout, done.stderr


def _without_source(report: str) -> list[str]:
    """The report without source lines and their marks: with the agent, tracebacks can show the script's."""
    kept: list[str] = []
    lines = report.splitlines()
    for index, line in enumerate(lines):
        follows_script = index > 0 and 'File "<string>"' in lines[index - 1]
        if line.strip() and set(line.strip()) <= set("~^"):
            continue
        if follows_script and line.startswith("    ") and "!!!" not in line:
            continue
        kept.append(line)
    return kept
