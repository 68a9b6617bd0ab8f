"""Hit counts and log points: which hits of a breakpoint stop, and what is written instead of a stop."""

from __future__ import annotations

from typing import Any

from adapter import DriverSession
from cases import AgentTest, each_back_end

LOOP = """
    for i in range(1, 7):
        x = i  # @body
        y = i  # @other
"""


def outputs(session: DriverSession) -> list[dict[str, Any]]:
    """What log points have written so far; the script has ended."""
    session.ended()
    return [m["body"] for m in session.messages if m.get("event") == "output"]


@each_back_end
class HitCounts(AgentTest):
    def stops(self, *breakpoints: dict[str, Any], script: str = LOOP) -> list[str]:
        """The value of `i` at each stop."""
        found: list[str] = []
        with self.run_driver(script) as session:
            session.start(*breakpoints)
            while True:
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    self.assertEqual(message["body"], {"outcome": "passed"})
                    return found
                found.append(session.evaluate("i"))
                session.go()

    def test_each_comparison_chooses_its_hits(self) -> None:
        for hits, stops in {
            "3": "3",
            "== 3": "3",
            "=3": "3",
            ">4": "56",
            " >= 5 ": "56",
            "<3": "12",
            "<= 2": "12",
            "%2": "246",
        }.items():
            with self.subTest(hits):
                self.assertEqual("".join(self.stops({"line": "body", "hitCondition": hits})), stops)

    def test_what_is_no_hit_count_is_said(self) -> None:
        with self.run_driver(LOOP) as session:
            session.connect()
            session.event("nixtest/script")
            counts = ["often", "-1", "3 times", "0", "% 0", "<1", 7]
            answers = session.break_at(*({"line": "body", "hitCondition": count} for count in counts))
            self.assertEqual([answer["verified"] for answer in answers], [False] * len(counts))
            self.assertEqual(
                [answer["message"] for answer in answers],
                [
                    f"the hit count {c!r} is not understood; write a number, or one after >, >=, ==, <, <= or %"
                    for c in counts[:3]
                ]
                + [f"the hit count {c!r} is never met; hits are counted from 1" for c in counts[3:6]]
                + ["hitCondition is no text; send one"],
            )
            session.request("configurationDone", {})
            session.finish_passed()

    def test_a_hit_counts_when_the_condition_holds(self) -> None:
        self.assertEqual(self.stops({"line": "body", "condition": "i % 2 == 0", "hitCondition": "2"}), ["4"])

    def test_lines_with_one_id_count_together(self) -> None:
        one = {"line": "body", "hitCondition": "%4", "id": 7}
        self.assertEqual(self.stops(one, one | {"line": "other"}), ["2", "4", "6"])

    def test_lines_with_one_id_that_moved_to_one_statement_are_one(self) -> None:
        script = """
            for i in range(1, 4):
                # a remark  # @remark
                x = i  # @body
        """
        one = {"line": "body", "hitCondition": "2", "id": 7}
        self.assertEqual(self.stops(one, one | {"line": "remark"}, script=script), ["2"])

    def test_counts_survive_a_request_that_repeats_the_breakpoint(self) -> None:
        with self.run_driver(LOOP) as session:
            counted = {"line": "body", "hitCondition": "4"}
            session.start(counted, {"line": "other", "condition": "i == 2"})
            self.assertEqual(session.stopped().at, "other")
            first, _ = session.break_at(counted, {"line": "other", "condition": "i == 3"})
            stop = session.go_and_stop()
            self.assertEqual((stop.at, session.evaluate("i")), ("other", "3"))
            stop = session.go_and_stop()
            self.assertEqual((stop.at, session.evaluate("i")), ("body", "4"))
            self.assertEqual(stop.event["hitBreakpointIds"], [first["id"]])
            session.go()
            session.finish_passed()

    def test_counts_begin_anew_when_the_breakpoint_was_taken_away(self) -> None:
        with self.run_driver(LOOP) as session:
            counted = {"line": "body", "hitCondition": "2"}
            stop = {"line": "other", "condition": "i == 1"}
            session.start(counted, stop)
            session.stopped()
            session.break_at(stop)
            session.break_at(counted, stop)
            session.go_and_stop()
            self.assertEqual(session.evaluate("i"), "3")
            session.go()
            session.finish_passed()

    def test_counts_begin_anew_with_each_run(self) -> None:
        with self.run_driver(LOOP, environment={"FAKE_DRIVER_RUNS": "2"}) as session:
            session.start({"line": "body", "hitCondition": "5"})
            session.stopped()
            self.assertEqual(session.evaluate("i"), "5")
            session.go()
            session.ended()
            session.stopped()
            self.assertEqual(session.evaluate("i"), "5")
            session.go()
            session.finish_passed()


@each_back_end
class LogPoints(AgentTest):
    def written(self, message: str, script: str = LOOP, **more: Any) -> list[str]:
        with self.run_driver(script) as session:
            session.start({"line": "body", "logMessage": message} | more)
            return [body["output"] for body in outputs(session)]

    def test_a_message_is_written_with_its_place_and_nothing_stops(self) -> None:
        with self.run_driver(LOOP) as session:
            session.start({"line": "body", "logMessage": "i is {i}", "hitCondition": "2"})
            self.assertEqual(
                outputs(session),
                [
                    {
                        "category": "console",
                        "output": "i is 2\n",
                        "source": {"name": "<string>"},
                        "line": session.line("body"),
                        "column": 5,
                    }
                ],
            )

    def test_texts_are_written_as_they_are_and_other_values_as_they_show(self) -> None:
        script = "name = 'a b'\nvalues = ['x', 1]\nf = 1  # @body\n"
        self.assertEqual(self.written("{name} {values} {len(name)}", script), ["a b ['x', 1] 3\n"])

    def test_braces_are_doubled_and_may_be_in_expressions(self) -> None:
        script = "x = 1  # @body\n"
        self.assertEqual(self.written("{{x}} { {'}': 'a'}['}'] } {{'}}", script), ["{x} a {'}\n"])

    def test_the_variables_of_the_function_are_seen(self) -> None:
        script = """
            def work(a):
                b = a + 1  # @body
            work(4)
        """
        self.assertEqual(self.written("{a} {[a for _ in 'xy']}", script), ["4 [4, 4]\n"])

    def test_what_fails_is_said_in_its_place(self) -> None:
        script = "x = 1\ny = 2  # @body\n"
        self.assertEqual(
            self.written("{x}, {nothing}, {x}", script), ["1, {error: NameError: name 'nothing' is not defined}, 1\n"]
        )

    def test_a_condition_that_fails_is_written_and_does_not_stop(self) -> None:
        script = "x = 1  # @body\n"
        self.assertEqual(
            self.written("here", script, condition="nothing"),
            ["the condition 'nothing' raised NameError: name 'nothing' is not defined\n"],
        )

    def test_the_condition_decides_and_hits_are_counted(self) -> None:
        self.assertEqual(self.written("{i}", condition="i > 2", hitCondition="%2"), ["4\n", "6\n"])

    def test_a_message_that_cannot_be_read_is_said(self) -> None:
        with self.run_driver(LOOP) as session:
            session.connect()
            session.event("nixtest/script")
            messages = ["{", "a {x", "{}", "{x +}", 3]
            answers = session.break_at(*({"line": "body", "logMessage": message} for message in messages))
            found = [answer["message"] for answer in answers]
            self.assertEqual(found[0], "the log message has a '{' without a '}'; write '{{' for a brace")
            self.assertEqual(found[1], found[0])
            self.assertIn("nothing between", found[2])
            self.assertIn("{x +} in the log message does not compile", found[3])
            self.assertEqual(found[4], "logMessage is no text; send one")

    def test_a_breakpoint_on_the_same_line_still_stops(self) -> None:
        with self.run_driver("x = 1  # @body\n") as session:
            session.start({"line": "body", "logMessage": "first"}, "body")
            stop = session.stopped()
            self.assertEqual(stop.at, "body")
            self.assertEqual(session.event("output")["output"], "first\n")
            self.assertEqual(len(stop.event["hitBreakpointIds"]), 1)
            session.go()
            session.finish_passed()

    def test_a_log_point_in_a_hot_loop_does_not_stall(self) -> None:
        script = "for i in range(5000):\n    x = i  # @body\n"
        with self.run_driver(script) as session:
            session.start({"line": "body", "logMessage": "{i}"})
            for i in range(0, 5000):
                self.assertEqual(session.event("output")["output"], f"{i}\n")
            session.finish_passed()
