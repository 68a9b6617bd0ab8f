"""From a stop: one subtest again, the next one after a failure, the whole script with fresh variables."""

from __future__ import annotations

import unittest

from adapter import DriverSession
from cases import AgentTest, each_back_end, each_shape

SCRIPT = """
    ran = []
    with subtest("one"):
        ran.append("one")  # @one
    for name in ("a", "b"):
        with subtest("in a loop"):
            ran.append(name)
    def function():
        with subtest("in a function"):
            ran.append("function")
    function()
    with subtest("fails"):
        assert "ready" in ran, "not ready"  # @fails
    print(*ran)  # @last
"""


@each_back_end
@each_shape
class Subtest(AgentTest):
    def at_failure(self, session: DriverSession) -> None:
        session.start()
        self.assertEqual(session.stopped().event["text"], "AssertionError: not ready")

    def test_the_next_one_follows_and_the_failure_is_kept(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.at_failure(session)
            session.break_at("last")
            self.assertEqual(session.request("nixtest/continueWithNextSubtest"), {"name": "fails"})
            self.assertEqual(session.stopped().at, "last")
            why = session.refused("nixtest/continueWithNextSubtest")
            self.assertIn("no exception is about to leave a subtest", why)
            session.go()
            ended = session.ended()
            self.assertEqual((ended["outcome"], ended["exception"]["message"]), ("failed", "not ready"))
            self.assertEqual(session.finish()[:2], (1, "one a b function\n"))

    def test_one_runs_again_with_breakpoints_and_the_stop_stands_again(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.at_failure(session)
            session.break_at("one")
            pending = session.send("nixtest/runSubtest", {"name": "one"})
            self.assertEqual(session.stopped().at, "one")
            session.go()
            self.assertEqual(session.response(pending)["body"], {"name": "one", "outcome": "passed"})
            self.assertEqual(session.stopped().at, "fails")
            session.break_at()
            body = session.request("nixtest/runSubtest", {"name": "in a loop"})
            self.assertEqual(body, {"name": "in a loop", "outcome": "passed"})
            self.assertEqual(session.evaluate("ran"), "['one', 'a', 'b', 'function', 'one', 'b']")

    def test_one_that_fails_again_stops_and_is_answered(self) -> None:
        for goes_on in (False, True):
            with self.run_driver(SCRIPT) as session:
                session.start(continueAfterFailedSubtest=goes_on)
                session.stopped()
                pending = session.send("nixtest/runSubtest", {"name": "fails"})
                self.assertEqual(session.stopped().event["text"], "AssertionError: not ready")
                session.go()
                body = session.response(pending)["body"]
                self.assertEqual(body, {"name": "fails", "outcome": "failed", "error": "AssertionError: not ready"})
                self.assertEqual(session.stopped().at, "fails")
                session.evaluate("ran.append('ready')")
                body = session.request("nixtest/runSubtest", {"name": "fails"})
                self.assertEqual(body, {"name": "fails", "outcome": "passed"})
                session.go()
                self.assertEqual(session.ended()["exception"]["message"], "not ready")

    def test_why_one_cannot_run_by_itself_is_said(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.at_failure(session)
            why = session.refused("nixtest/runSubtest", {"name": "in a function"})
            self.assertIn("is in the function 'function' and needs its variables; call 'function' in the console", why)
            why = session.refused("nixtest/runSubtest", {"name": "lost"})
            self.assertIn("those that can are 'one', 'in a loop', 'fails'", why)
            for arguments in ({}, {"name": 3}, {"name": ""}):
                self.assertIn("name the subtest", session.refused("nixtest/runSubtest", arguments))


@each_back_end
@each_shape
class Script(AgentTest):
    def test_the_script_begins_again_with_fresh_variables(self) -> None:
        script = """
            machine.runs = getattr(machine, "runs", 0) + 1
            assert "count" not in globals(), "not fresh"
            count = 1
            def work():
                try:
                    with subtest("work"):
                        inside = 1  # @inside
                finally:
                    print("left")
            work()
            print("runs", machine.runs)  # @last
        """
        with self.run_driver(script) as session:
            session.start("inside", stopAtEnd=True)
            session.stopped()
            session.request("nixtest/rerun")
            self.assertEqual(session.stopped().at, "inside")
            session.go()
            self.assertEqual(session.stopped().reason, "end")
            session.break_at()
            session.request("nixtest/rerun", {"stopAtEnd": False})
            self.assertEqual(session.finish_passed(), "left\nleft\nruns 2\nleft\nruns 3\n")

    def test_from_a_failure_it_begins_again_and_may_pass(self) -> None:
        script = """
            machine.runs = getattr(machine, "runs", 0) + 1
            with subtest("second time lucky"):
                assert machine.runs == 2
        """
        with self.run_driver(script) as session:
            session.start()
            session.stopped()
            session.request("nixtest/rerun")
            session.finish_passed()


if __name__ == "__main__":
    unittest.main()
