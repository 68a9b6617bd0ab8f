"""The stops at the end of a script, and the whole script run again from a stop."""

from __future__ import annotations

import unittest
from pathlib import Path

from adapter import DriverSession, Stopped
from cases import AgentTest, each_back_end, each_shape

PASSING = """
    def double(value):
        return value * 2  # @inside
    count = 1
    for each in range(3):
        count = double(count)
    print("count", count)  # @last
"""


class Base(AgentTest):
    def stop_at_end(self, session: DriverSession, *breakpoints: str) -> Stopped:
        session.start(*breakpoints, stopAtEnd=True)
        for _ in breakpoints:
            session.stopped()
            session.go()
        stop = session.stopped()
        self.assertEqual((stop.reason, stop.event["description"]), ("end", "the test script has ended"))
        return stop


@each_back_end
@each_shape
class AtTheEnd(Base):
    def test_after_the_last_line_the_script_stops_once_more(self) -> None:
        with self.run_driver(PASSING) as session:
            stop = self.stop_at_end(session)
            self.assertEqual((stop.names, stop.at), (["testScript"], "last"))
            self.assertEqual(session.scopes(stop.frames[0])["Locals"]["count"]["value"], "8")
            self.assertEqual(session.evaluate("double(count)", stop.frames[0]), "16")
            self.assertEqual(session.evaluate("machine.succeed('echo alive')"), "'echo alive\\n'")
            session.evaluate("later = 1", stop.frames[0])
            self.assertEqual(session.scopes(stop.frames[0])["Locals"]["later"]["value"], "1")
            self.assertIn("did not stop at an exception", session.refused("exceptionInfo", {"threadId": 1}))
            self.assertFalse((session.out / "cleaned-up").exists())
            session.go()
            session.finish_passed()

    def test_any_step_ends_it(self) -> None:
        for step in ("next", "stepIn", "stepOut"):
            with self.subTest(step=step), self.run_driver(PASSING) as session:
                self.stop_at_end(session)
                session.go(step)
                session.finish_passed()

    def test_a_step_from_the_last_line_arrives_there(self) -> None:
        with self.run_driver(PASSING) as session:
            session.start("last", stopAtEnd=True)
            session.stopped()
            self.assertEqual(session.go_and_stop("next").reason, "end")
            session.go()
            session.finish_passed()

    def test_an_ordinary_exit_stops_where_it_is_made(self) -> None:
        with self.run_driver("import sys\ndef leave():\n    sys.exit(0)  # @exit\nleave()\nx = 1\n") as session:
            stop = self.stop_at_end(session)
            self.assertEqual((stop.names, stop.at), (["leave", "testScript"], "exit"))
            session.go()
            self.assertEqual(session.ended(), {"outcome": "passed"})

    def test_a_script_without_statements_stops_too(self) -> None:
        with self.run_driver("# nothing\n") as session:
            stop = self.stop_at_end(session)
            self.assertEqual((stop.names, stop.line), (["testScript"], 1))
            session.go()
            session.finish_passed()

    def test_without_the_wish_it_ends(self) -> None:
        with self.run_driver(PASSING) as session:
            session.start()
            self.assertEqual(session.finish_passed(), "count 8\n")

    def test_a_failure_stops_only_at_the_exception(self) -> None:
        with self.run_driver("raise ValueError('no')\n") as session:
            session.start(stopAtEnd=True)
            self.assertEqual(session.stopped().reason, "exception")
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")
            self.assertEqual(session.finish()[0], 1)

    def test_the_end_that_is_asked_for_there_comes(self) -> None:
        with self.run_driver(PASSING) as session:
            self.stop_at_end(session)
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            session.finish()
            self.assertTrue((session.out / "cleaned-up").exists())

    def test_a_failure_does_not_stop_when_that_is_switched_off(self) -> None:
        with self.run_driver("raise ValueError('no')\n") as session:
            session.start(filters=["uncaught"], stopOnFailure=False)
            self.assertEqual(session.ended()["outcome"], "failed")
            self.assertEqual(session.finish()[0], 1)


@each_back_end
@each_shape
class Again(Base):
    def test_the_whole_script_runs_again_under_the_debugger(self) -> None:
        with self.run_driver(PASSING) as session:
            outer = self.stop_at_end(session)
            session.break_at("inside")
            pending = session.send("evaluate", {"expression": "driver.test_script()", "context": "repl"})
            inner = session.stopped()
            self.assertEqual((inner.at, inner.names[:2]), ("inside", ["double", "testScript"]))
            self.assertEqual(session.evaluate("value", inner.frames[0]), "1")
            stepped = session.go_and_stop("stepOut")
            self.assertEqual((stepped.reason, stepped.names[0]), ("step", "testScript"))
            session.break_at()
            session.go()
            self.assertEqual(session.ended(), {"outcome": "passed", "isInside": True})
            self.assertTrue(session.response(pending)["success"])
            again = session.stopped()
            self.assertEqual((again.reason, again.at), ("end", "last"))
            self.assertEqual(session.scopes(outer.frames[0])["Locals"]["count"]["value"], "8")
            session.go()
            self.assertEqual(session.finish_passed(), "count 8\ncount 8\n")

    def test_from_a_breakpoint_the_outer_stop_stands_again(self) -> None:
        with self.run_driver(PASSING) as session:
            session.start("last", stopAtEnd=True)
            outer = session.stopped()
            session.evaluate("count = 5", outer.frames[0])
            session.break_at()
            session.evaluate("driver.test_script()")
            self.assertEqual(session.event("nixtest/scriptEnded"), {"outcome": "passed", "isInside": True})
            self.assertEqual(session.evaluate("count", outer.frames[0]), "5")
            self.assertEqual(session.go_and_stop("next").reason, "end")
            session.go()
            self.assertEqual(session.finish_passed(), "count 8\ncount 5\n")

    def test_to_fail_again_does_not_end_the_session(self) -> None:
        script = """
            tries = machine.tries = getattr(machine, "tries", 0) + 1
            assert tries == 3, f"try {tries}"  # @assert
        """
        with self.run_driver(script) as session:
            session.start()
            first = session.stopped()
            self.assertEqual((first.at, first.event["text"]), ("assert", "AssertionError: try 1"))
            pending = session.send("evaluate", {"expression": "driver.test_script()", "context": "repl"})
            second = session.stopped()
            self.assertEqual((second.at, second.event["text"]), ("assert", "AssertionError: try 2"))
            session.go()
            ended = session.ended()
            self.assertEqual((ended["outcome"], ended["isInside"]), ("failed", True))
            self.assertFalse(session.response(pending)["success"])
            self.assertEqual(session.stopped().event["text"], "AssertionError: try 1")
            self.assertEqual(session.evaluate("driver.test_script()"), "None")
            session.go()
            self.assertEqual(session.ended(), {"outcome": "passed", "isInside": True})
            self.assertEqual(session.ended()["outcome"], "failed")
            self.assertEqual(session.finish()[0], 1)
            self.assertFalse(Path(session.out, "driver-breakpoint").exists())

    def test_the_end_that_is_asked_for_inside_ends_everything(self) -> None:
        with self.run_driver(PASSING) as session:
            self.stop_at_end(session)
            session.break_at("inside")
            session.send("evaluate", {"expression": "driver.test_script()", "context": "repl"})
            session.stopped()
            session.request("terminate")
            ended = session.event("nixtest/scriptEnded", lambda body: "isInside" not in body)
            self.assertEqual(ended, {"outcome": "terminated"})
            session.finish()
            self.assertTrue((session.out / "cleaned-up").exists())


if __name__ == "__main__":
    unittest.main()
