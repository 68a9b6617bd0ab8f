"""Exception filters: which exceptions stop, under which conditions; and what is told of a command that failed."""

from __future__ import annotations

import sys
import unittest
from typing import Any

from cases import AgentTest, each_back_end, each_shape

ALL_KINDS = """
    import os
    def attempt(function):
        try:
            function()
        except BaseException:
            pass
    def check():
        assert False  # @assert
    attempt(lambda: machine.succeed("exit 3"))  # @succeed
    attempt(check)
    attempt(lambda: machine.succeed("explode"))  # @explode
    attempt(lambda: int("x"))  # @int
    attempt(lambda: os.stat("/nowhere"))  # @stat
"""


class Filtering(AgentTest):
    def stops(self, script: str, *filters: Any) -> list[str]:
        """Where the script stops when it always goes on."""
        found: list[str] = []
        with self.run_driver(script) as session:
            session.connect()
            session.event("nixtest/script")
            options = [each if isinstance(each, dict) else {"filterId": each} for each in filters]
            session.request("setExceptionBreakpoints", {"filters": [], "filterOptions": options})
            session.request("configurationDone", {})
            while True:
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    session.finish()
                    return found
                self.assertEqual(message["body"]["reason"], "exception")
                frame = session.request("stackTrace", {"threadId": message["body"]["threadId"]})["stackFrames"][0]
                found.append(session.name_of(frame["line"]))
                session.go(thread=message["body"]["threadId"])


@each_shape
@each_back_end
class Filters(Filtering):
    def test_each_filter_stops_at_its_own(self) -> None:
        for name, places in {
            "uncaught": [],
            "raised": ["succeed", "assert", "explode", "int", "stat"],
            "assertion": ["succeed", "assert"],
            "machine": ["explode"],
            "subtest": [],
        }.items():
            with self.subTest(name):
                self.assertEqual(self.stops(ALL_KINDS, name), places)

    def test_a_condition_sees_the_exception_and_the_frame(self) -> None:
        script = """
            def attempt(number):
                try:
                    raise ValueError(number)  # @raise
                except ValueError:
                    pass
            for i in range(5):
                attempt(i)
        """
        condition = {"filterId": "raised", "condition": "error.args[0] == number and number > 2"}
        self.assertEqual(self.stops(script, condition), ["raise"] * 2)

    def test_names_of_types_choose_the_exceptions(self) -> None:
        for condition, places in {
            "ValueError": ["int"],
            "OSError": ["explode", "stat"],
            "ValueError, builtins.AssertionError": ["int"],
            "KeyError": [],
        }.items():
            with self.subTest(condition):
                found = self.stops(ALL_KINDS, {"filterId": "raised", "condition": condition})
                self.assertEqual([each for each in found if each not in ("succeed", "assert")], places)

    def test_the_end_of_the_script_has_a_condition_too(self) -> None:
        script = "x = 1\nraise ValueError(x)  # @raise\n"
        self.assertEqual(self.stops(script, {"filterId": "uncaught", "condition": "x == 2"}), [])
        self.assertEqual(self.stops(script, {"filterId": "uncaught", "condition": "error.args == (x,)"}), ["raise"])
        self.assertEqual(self.stops(script, {"filterId": "uncaught", "condition": "KeyError"}), [])

    def test_an_exception_that_leaves_subtests_stops_once_where_it_was_raised(self) -> None:
        script = """
            def work():
                try:
                    {}["inside"]
                except KeyError:
                    pass
                with subtest("inner"):
                    fail()  # @call
            def fail():
                raise ValueError  # @raise
            with subtest("fine"):
                try:
                    fail()
                except ValueError:
                    pass
            with subtest("outer"):
                work()  # @outer
        """
        with self.run_driver(script) as session:
            session.start(filters=["subtest"])
            stop = session.stopped()
            self.assertEqual(stop.event["description"], "an exception leaves a subtest")
            self.assertEqual(stop.names, ["fail", "work", "testScript"])
            self.assertEqual([session.name_of(frame["line"]) for frame in stop.frames], ["raise", "call", "outer"])
            session.go()
            self.assertEqual(session.ended()["outcome"], "failed")

    def test_an_exception_that_was_shown_when_it_was_raised_is_not_shown_again_for_its_subtest(self) -> None:
        script = "with subtest('s'):\n    assert False  # @assert\n"
        self.assertEqual(self.stops(script, "assertion", "subtest"), ["assert"])

    def test_a_condition_that_raises_stops_and_says_so(self) -> None:
        with self.run_driver("try:\n    raise KeyError\nexcept KeyError:\n    pass\n") as session:
            session.connect()
            session.event("nixtest/script")
            options = [{"filterId": "raised", "condition": "nothing"}]
            session.request("setExceptionBreakpoints", {"filters": [], "filterOptions": options})
            session.request("configurationDone", {})
            text = session.stopped().event["text"]
            self.assertIn("the condition 'nothing' raised NameError", text)
            session.go()
            session.finish_passed()

    def test_each_filter_is_answered(self) -> None:
        with self.run_driver("a = 1\n") as session:
            session.connect()
            session.event("nixtest/script")
            options = [
                {"filterId": "machine"},
                {"filterId": "raised", "condition": "1 +"},
                {"filterId": "odd"},
                {"filterId": "subtest", "condition": 3},
                {},
            ]
            body = session.request("setExceptionBreakpoints", {"filters": ["uncaught", 5], "filterOptions": options})
            found = [each["verified"] for each in body["breakpoints"]]
            self.assertEqual(found, [True, False, True, False, False, False, False])
            self.assertIn("does not compile", body["breakpoints"][3]["message"])
            self.assertIn("send them", session.refused("setExceptionBreakpoints", {"filterOptions": "x"}))
            session.request("configurationDone", {})
            session.finish_passed()


@each_shape
class FailedCommands(AgentTest):
    def test_the_command_that_failed_is_told(self) -> None:
        script = """
            machine.succeed("echo before")
            machine.succeed("exit 3")  # @fail
        """
        with self.run_driver(script) as session:
            session.start()
            stop = session.stopped()
            self.assertEqual(stop.event["description"], "`succeed` on machine failed with exit status 3: exit 3")
            self.assertIn("command `exit 3` failed", stop.event["text"])
            body = session.request("exceptionInfo", {"threadId": 1})
            about = body["nixtest"]
            self.assertGreaterEqual(about.pop("durationMs"), 0)
            self.assertEqual(
                about,
                {
                    "machine": "machine",
                    "method": "succeed",
                    "command": "exit 3",
                    "status": 3,
                    "output": "",
                    "outputCut": 0,
                    "line": session.line("fail"),
                },
            )
            lines = body["description"].splitlines()
            self.assertRegex(lines[0], r"`succeed` on machine failed: exit status 3 after \d+\.\d s")
            self.assertEqual(lines[1:3], ["command: exit 3", "output: none"])
            self.assertIn("command `exit 3` failed (exit code 3)", lines[3])
            session.go()
            session.ended()

    def test_the_end_of_a_long_output_is_kept_and_the_cut_is_told(self) -> None:
        with self.run_driver("machine.succeed('shout 20000')\n") as session:
            session.start()
            session.stopped()
            body = session.request("exceptionInfo", {"threadId": 1})
            about = body["nixtest"]
            self.assertEqual((about["output"], about["outputCut"]), ("x" * (16 * 1024 - 1) + "!", 20001 - 16 * 1024))
            self.assertIn(f"output (18001 characters before it are left out):\n{'x' * 1999}!", body["description"])
            session.go()
            session.ended()

    def test_an_exception_that_is_not_about_the_last_command_does_not_name_it(self) -> None:
        script = """
            machine.succeed("echo fine")
            raise ValueError("no")
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertEqual(session.stopped().event["description"], "the script ends with an exception")
            self.assertNotIn("nixtest", session.request("exceptionInfo", {"threadId": 1}))
            session.go()
            session.ended()


@unittest.skipIf(sys.version_info < (3, 11), "exception groups came with 3.11")
class Groups(AgentTest):
    script = """
        def fail(kind):
            raise kind("no")
        found = []
        for kind in (ValueError, KeyError):
            try:
                fail(kind)
            except Exception as error:
                found.append(error)
        raise ExceptionGroup("both", found)
    """

    def test_a_group_is_taken_apart(self) -> None:
        with self.run_driver(self.script) as session:
            session.start()
            session.stopped()
            details = session.request("exceptionInfo", {"threadId": 1})["details"]
            inner = [(each["typeName"], "fail" in each["stackTrace"]) for each in details["innerException"]]
            self.assertEqual(inner, [("ValueError", True), ("KeyError", True)])
            session.go()
            ended = session.ended()["exception"]
            self.assertEqual([each["type"] for each in ended["exceptions"]], ["ValueError", "KeyError"])
            self.assertEqual([len(each["frames"]) for each in ended["exceptions"]], [2, 2])
