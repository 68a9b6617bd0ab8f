"""Data breakpoints: variables, what is in them, and functions' variables that go."""

from __future__ import annotations

from typing import Any

from adapter import DriverSession
from cases import AgentTest, each_back_end

SCRIPT = """
    class Box:
        value = 0
    x = 1
    items = [1, 2]
    table = {"a": 1}
    box = Box()
    begin = True  # @begin
    x = 2  # @x
    y = 0  # @after-x
    items.append(3)  # @append
    items[0] = 9  # @set
    table["a"] = 2  # @table
    box.value = 5  # @box
    x = 2  # @same
    def work(n):
        total = 0  # @total
        for i in range(n):
            total += i  # @add
        return total  # @return
    work(3)  # @work
    work(2)  # @again
    z = 1  # @end
"""


@each_back_end
class Data(AgentTest):
    def watch(self, session: DriverSession, name: str, frame: Any = None, **more: Any) -> dict[str, Any]:
        arguments = {"name": name} | ({"frameId": frame["id"]} if frame else {})
        info = session.request("dataBreakpointInfo", arguments)
        return {"dataId": info["dataId"], "accessType": "write"} | more

    def set(self, session: DriverSession, *asked: dict[str, Any]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = session.request("setDataBreakpoints", {"breakpoints": list(asked)})[
            "breakpoints"
        ]
        return answers

    def changes(self, name: str, **more: Any) -> list[tuple[str, str]]:
        """Where the script stops, and what has changed, when `name` is watched from the marker `begin` on."""
        found: list[tuple[str, str]] = []
        with self.run_driver(SCRIPT) as session:
            session.start("begin")
            session.stopped()
            (answer,) = self.set(session, self.watch(session, name, **more))
            self.assertTrue(answer["verified"])
            session.go()
            while True:
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    self.assertEqual(message["body"], {"outcome": "passed"})
                    return found
                self.assertEqual(message["body"]["reason"], "data breakpoint")
                self.assertEqual(message["body"]["hitBreakpointIds"], [answer["id"]])
                frame = session.request("stackTrace", {"threadId": 1})["stackFrames"][0]
                found.append((session.name_of(frame["line"]), message["body"]["description"]))
                session.go()

    def test_a_variable_stops_after_the_statement_that_changed_it(self) -> None:
        self.assertEqual(self.changes("x"), [("after-x", "x: 1 → 2")])

    def test_what_is_in_a_container_is_compared(self) -> None:
        self.assertEqual(
            self.changes("items"),
            [("set", "items: [1, 2] → [1, 2, 3]"), ("table", "items: [1, 2, 3] → [9, 2, 3]")],
        )
        self.assertEqual(self.changes("table"), [("box", "table: {'a': 1} → {'a': 2}")])

    def test_elements_and_attributes_are_watched(self) -> None:
        self.assertEqual(self.changes("items[0]"), [("table", "items[0]: 1 → 9")])
        self.assertEqual(self.changes("box.value"), [("same", "box.value: 0 → 5")])

    def test_what_is_not_there_yet_is_watched(self) -> None:
        self.assertEqual(self.changes("y"), [("append", "y: (unset) → 0")])

    def test_the_condition_and_the_hit_count_decide(self) -> None:
        self.assertEqual(self.changes("items", condition="len(items) > 5"), [])
        self.assertEqual([stop[0] for stop in self.changes("items", hitCondition="2")], ["table"])

    def test_a_functions_variable_goes_with_the_function(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("add")
            stop = session.stopped()
            session.break_at()
            (answer,) = self.set(session, self.watch(session, "total", stop.frames[0], id=8))
            self.assertEqual(answer, {"id": 8, "verified": True})
            found = []
            for _ in range(2):
                found.append(session.go_and_stop().event["description"])
            self.assertEqual(found, ["total: 0 → 1", "total: 1 → 3"])
            session.go()
            gone = session.event("breakpoint")["breakpoint"]
            self.assertEqual((gone["id"], gone["verified"]), (8, False))
            self.assertIn("has returned", gone["message"])
            session.finish_passed()

    def test_children_of_a_variable_are_watched_by_their_reference(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("begin")
            stop = session.stopped()
            reference = session.scopes(stop.frames[0])["Locals"]["items"]["variablesReference"]
            info = session.request("dataBreakpointInfo", {"name": "[0]", "variablesReference": reference})
            self.assertEqual((info["description"], info["canPersist"]), ("items[0]", False))
            self.set(session, {"dataId": info["dataId"]})
            self.assertEqual(session.go_and_stop().event["description"], "items[0]: 1 → 9")
            session.go()
            session.finish_passed()

    def test_a_global_can_be_watched_from_the_beginning(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.connect()
            session.event("nixtest/script")
            self.set(session, {"dataId": "global:x"})
            session.request("configurationDone", {})
            self.assertEqual(session.stopped().event["description"], "x: (unset) → 1")
            self.set(session)
            session.go()
            session.finish_passed()

    def test_what_cannot_be_watched_is_said(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("begin")
            session.stopped()
            self.assertIsNone(session.request("dataBreakpointInfo", {"name": "1 +"})["dataId"])
            self.assertIn("send one", session.refused("dataBreakpointInfo", {"name": ""}))
            self.assertIn("send one", session.refused("setDataBreakpoints", {"breakpoints": 3}))
            answers = self.set(session, {"dataId": "77:x"}, {}, {"dataId": "global:x", "accessType": "read"})
            self.assertEqual([each["verified"] for each in answers], [False] * 3)
            session.go()
            session.finish_passed()
