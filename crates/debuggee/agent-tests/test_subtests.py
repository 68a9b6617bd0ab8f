"""Subtests: what is told of them, going on after a failure, and running only some."""

from __future__ import annotations

import re
import sys
import unittest
from typing import Any

from adapter import DriverSession
from cases import AgentTest, each_back_end, each_shape

THREE = """
    ran = []
    with subtest("one"):
        ran.append("one")
    def check(number):
        local = number
        with subtest(f"two {number}"):  # @two
            ran.append(number)
            assert number > 2, f"only {local}"  # @assert
        ran.append("after")
    with subtest("group") as nothing:
        check(1)
        check(3)
        check(2)  # @call
    with subtest("last"): ran.append("last")
    print(*ran, nothing)  # @end
"""


class Base(AgentTest):
    def told(self, session: DriverSession) -> list[str]:
        """What was told of subtests so far, one line each."""
        bodies: list[dict[str, Any]] = [
            message["body"] for message in session.messages if message.get("event") == "nixtest/subtest"
        ]
        for body in bodies:
            self.assertEqual("durationMs" in body, body["phase"] != "started")
        return [" ".join(filter(None, (body.get("parent"), body["name"], body["phase"]))) for body in bodies]


@each_back_end
@each_shape
class Told(Base):
    def test_a_tree_of_results_is_told(self) -> None:
        with self.run_driver(THREE.replace("assert", "pass #")) as session:
            session.start("end")
            session.stopped()
            self.assertEqual(
                self.told(session),
                [
                    "one started",
                    "one passed",
                    "group started",
                    *(f"group two {number} {phase}" for number in (1, 3, 2) for phase in ("started", "passed")),
                    "group passed",
                    "last started",
                    "last passed",
                ],
            )
            line = session.event("nixtest/subtest", lambda body: body["name"] == "two 1")["line"]
            self.assertEqual(session.name_of(line), "two")
            session.go()
            session.finish_passed()

    def test_a_failure_stops_once_where_it_leaves_the_subtest(self) -> None:
        with self.run_driver(THREE) as session:
            session.start()
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.event["text"]), ("exception", "AssertionError: only 1"))
            self.assertEqual(stop.event["description"], "an exception leaves a subtest")
            self.assertEqual((stop.at, stop.names), ("assert", ["check", "testScript"]))
            self.assertEqual(session.evaluate("local", stop.frames[0]), "1")
            self.assertEqual(session.evaluate("nothing", stop.frames[1]), "None")
            self.assertEqual(session.request("exceptionInfo", {"threadId": 1})["exceptionId"], "AssertionError")
            session.go()
            ended = session.ended()
            self.assertEqual((ended["outcome"], ended["exception"]["type"]), ("failed", "AssertionError"))
            self.assertEqual(
                self.told(session)[-4:],
                ["group started", "group two 1 started", "group two 1 failed", "group failed"],
            )
            self.assertEqual(session.finish()[0], 1)

    def test_what_the_script_catches_itself_does_not_stop(self) -> None:
        script = """
            try:
                with subtest("expected"):
                    raise ValueError("no")
            except (ValueError, SystemExit):
                pass
            x = 1  # @end
        """
        with self.run_driver(script) as session:
            session.start("end")
            self.assertEqual(session.stopped().at, "end")
            self.assertEqual(self.told(session), ["expected started", "expected failed"])
            session.go()
            session.finish_passed()

    def test_subtests_of_threads_have_parents_of_their_own(self) -> None:
        script = """
            import threading
            def work():
                with subtest("in a thread"):
                    with subtest("inside"):
                        pass
            with subtest("main"):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
            x = 1  # @end
        """
        with self.run_driver(script) as session:
            session.start("end")
            session.stopped()
            self.assertEqual(
                self.told(session),
                [
                    "main started",
                    "in a thread started",
                    "in a thread inside started",
                    "in a thread inside passed",
                    "in a thread passed",
                    "main passed",
                ],
            )
            session.go()
            session.finish_passed()

    def test_leaving_by_the_end_that_was_asked_for_is_no_failure(self) -> None:
        with self.run_driver("with subtest('one'):\n    x = 1  # @x\n") as session:
            session.start("x")
            session.stopped()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            self.assertEqual(self.told(session), ["one started", "one left"])


@each_back_end
@each_shape
class GoingOn(Base):
    def test_the_script_goes_on_and_fails_at_its_end_with_the_first(self) -> None:
        with self.run_driver(THREE) as session:
            session.start(filters=[], continueAfterFailedSubtest=True)
            ended = session.ended()
            exception = ended["exception"]
            self.assertEqual((ended["outcome"], exception["message"]), ("failed", "only 1"))
            own = [session.name_of(frame["line"]) for frame in exception["frames"] if frame["isScript"]]
            self.assertEqual(own, ["assert", "line 12"])
            self.assertEqual(
                [each for each in self.told(session) if "started" not in each],
                [
                    "one passed",
                    "group two 1 failed",
                    "group two 3 passed",
                    "group two 2 failed",
                    "group failed",
                    "last passed",
                ],
            )
            status, out, err = session.finish()
            self.assertEqual((status, out), (1, "one 1 after 3 after 2 after last None\n"))
            if self.shape == "layered":
                self.assertEqual(err.count("AssertionError: only 1"), 1)

    @unittest.skipIf(sys.version_info < (3, 11), "3.10 restores what the agent takes out of a traceback")
    def test_the_report_of_the_driver_is_that_of_a_run_without_the_agent(self) -> None:
        script = THREE.replace("number > 2", "number == 1").replace('"last"', '"last one"')
        reports = []
        runs: list[dict[str, Any] | None] = [
            None,
            {"filters": []},
            {"filters": [], "continueAfterFailedSubtest": True},
        ]
        for settings in runs:
            with self.run_driver(script, agent=settings is not None) as session:
                if settings is not None:
                    session.start(**settings)
                    session.ended()
                status, _, err = session.finish()
            # The log of what comes after is not there alone.
            report = err[err.find("Traceback") :] if "Traceback" in err else ""
            reports.append((status, re.sub(r'File "/[^"]*/', 'File "', report)))
        self.assertEqual(reports[1], reports[0])
        self.assertEqual(reports[2], reports[0])

    def test_each_failure_stops_and_goes_on(self) -> None:
        with self.run_driver(THREE) as session:
            session.start(continueAfterFailedSubtest=True)
            self.assertEqual(session.stopped().event["text"], "AssertionError: only 1")
            self.assertEqual(session.go_and_stop().event["text"], "AssertionError: only 2")
            session.go()
            self.assertEqual(session.ended()["exception"]["message"], "only 1")
            self.assertEqual(session.finish()[:2], (1, "one 1 after 3 after 2 after last None\n"))

    def test_an_exit_of_the_script_is_not_held_up(self) -> None:
        with self.run_driver("import sys\nwith subtest('a'):\n    sys.exit(7)\nprint('no')\n") as session:
            session.start(filters=[], continueAfterFailedSubtest=True)
            session.ended()
            self.assertEqual(session.finish()[:2], (7, ""))

    def test_a_failure_in_a_thread_is_kept_too(self) -> None:
        script = """
            import threading
            def work():
                with subtest("in a thread"):
                    raise ValueError("no")
                print("after")
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        """
        with self.run_driver(script) as session:
            session.start(filters=[], continueAfterFailedSubtest=True)
            self.assertEqual(session.ended()["exception"]["message"], "no")
            self.assertEqual(session.finish()[:2], (1, "after\n"))


@each_back_end
@each_shape
class Chosen(Base):
    def test_only_named_subtests_run_and_everything_outside(self) -> None:
        with self.run_driver(THREE) as session:
            session.start("end", subtests=["la*"])
            self.assertEqual(session.stopped().at, "end")
            self.assertEqual(
                self.told(session),
                ["one started", "one skipped", "group started", "group skipped", "last started", "last passed"],
            )
            self.assertEqual(session.evaluate("ran"), "['last']")
            session.go()
            self.assertEqual(session.finish_passed(), "last None\n")

    def test_the_one_around_a_named_one_runs_and_those_inside_it(self) -> None:
        script = """
            ran = []
            with subtest("outer"):
                ran.append("outer")
                with subtest("inner"):
                    ran.append("inner")
            with subtest("other"):
                ran.append("other")
            print(*ran)
        """
        for wanted in ("outer", "inner"):
            with self.run_driver(script) as session:
                session.start(subtests=[wanted])
                self.assertEqual(session.finish_passed(), "outer inner\n")

    def test_bodies_of_every_form_are_skipped_and_tracing_goes_on(self) -> None:
        script = """
            import contextlib
            ran = []
            class Holder:
                pass
            with subtest("as") as Holder.attribute:
                ran.append("as")
            with subtest("a"): ran.append("a")
            with subtest("b") as b, contextlib.suppress(KeyError) as c:
                ran.append("b")
            def function():
                for turn in range(3):
                    with subtest("c"):
                        ran.append("c")
                    ran.append(turn)  # @turn
                with contextlib.suppress(KeyError), subtest(
                    "d",
                ):
                    # only a comment first
                    ran.append("d")
                return "done"
            with subtest("e"):
                try:
                    ran.append("e")
                finally:
                    ran.append("e")
            with driver.subtest("f"):
                pass
            with subtest("g") as g:
                ran.append("g")
            with subtest("h") as (h):
                pass
            result = function()
            with subtest("wanted"):
                ran.append("wanted")  # @wanted
        """
        with self.run_driver(script) as session:
            session.start("turn", "wanted", subtests=["wanted"])
            for _ in range(3):
                self.assertEqual(session.stopped().at, "turn")
                session.go()
            self.assertEqual(session.stopped().at, "wanted")
            self.assertEqual(session.evaluate("ran, result, b, g"), "([0, 1, 2], 'done', None, None)")
            session.go()
            session.finish_passed()

    def test_a_name_that_matches_nothing_fails_and_names_the_nearest(self) -> None:
        with self.run_driver(THREE) as session:
            session.start(subtests=["lats", "one"])
            ended = session.ended()
            self.assertEqual(ended["outcome"], "failed")
            problem = "no subtest is called 'lats'; the nearest are 'last'"
            self.assertEqual(ended["exception"]["message"], problem)
            status, _, err = session.finish()
            self.assertEqual(status, 1)
            self.assertIn(problem, err)

    def test_one_that_is_entered_otherwise_runs_and_that_is_said(self) -> None:
        script = """
            import contextlib
            with contextlib.ExitStack() as stack:
                stack.enter_context(subtest("stacked"))
                print("ran")
            manual = subtest("manual")
            manual.__enter__()
            print("ran")
            manual.__exit__(None, None, None)
            with subtest("wanted"):
                pass
        """
        with self.run_driver(script) as session:
            session.start(subtests=["wanted"])
            for name in ("stacked", "manual"):
                said = session.event("output")["output"]
                self.assertIn(f"{name!r} is not entered by a `with`", said)
            self.assertEqual(session.finish_passed(), "ran\nran\n")


if __name__ == "__main__":
    unittest.main()
