"""stepInTargets and stepIn with a target; where values were written."""

from __future__ import annotations

from adapter import DriverSession, Json
from cases import AgentTest, each_back_end

SCRIPT = """
    from functools import wraps

    def traced(function):
        @wraps(function)
        def wrapper(*args):
            return function(*args)  # @wrapper
        return wrapper

    class Box:
        def __init__(self, size):
            self.size = size  # @init
        def grow(self, by):
            self.size += by  # @grow
            return self

    def one():
        return 1  # @one

    @traced
    def two():
        return 2  # @two

    def add(a, b):
        return a + b  # @add

    box = Box(1)
    total = add(one(), len("ab")) + two()  # @statement
    ätsch = "ä" + str(add(2, 3)); box.grow(one())  # @wide
    Box(one()).grow(2)  # @chain
    end = 1  # @end
"""


@each_back_end
class Targets(AgentTest):
    def targets(self, session: DriverSession, frame: Json) -> list[Json]:
        found: list[Json] = session.request("stepInTargets", {"frameId": frame["id"]})["targets"]
        return found

    def test_the_calls_of_the_script_in_the_order_in_which_they_are_made(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("statement", "wide", "chain")
            stop = session.stopped()
            found = self.targets(session, stop.frames[0])
            self.assertEqual([each["label"] for each in found], ["one(…)", "add(…)", "two(…)"])
            line = session.lines[stop.line - 1]
            texts = [line[each["column"] - 1 : each["endColumn"] - 1] for each in found]
            self.assertEqual(texts, ["one()", 'add(one(), len("ab"))', "two()"])
            stop = session.go_and_stop()
            line = session.lines[stop.line - 1]
            found = self.targets(session, stop.frames[0])
            texts = [line[each["column"] - 1 : each["endColumn"] - 1] for each in found]
            self.assertEqual(texts, ["add(2, 3)", "one()", "box.grow(one())"])
            stop = session.go_and_stop()
            labels = [each["label"] for each in self.targets(session, stop.frames[0])]
            self.assertEqual(labels, ["one(…)", "Box(…)", "Box(one()).grow(…)"])

    def test_a_step_goes_into_the_call_that_was_chosen(self) -> None:
        for label, place in {"one(…)": "one", "add(…)": "add", "two(…)": "wrapper"}.items():
            with self.subTest(label), self.run_driver(SCRIPT) as session:
                session.start("statement")
                stop = session.stopped()
                targets = {each["label"]: each["id"] for each in self.targets(session, stop.frames[0])}
                session.request("stepIn", {"threadId": 1, "targetId": targets[label]})
                stop = session.stopped()
                self.assertEqual((stop.at, stop.reason), (place, "step"))

    def test_a_method_of_a_call_is_gone_into(self) -> None:
        for label, place in {"Box(…)": "init", "Box(one()).grow(…)": "grow"}.items():
            with self.subTest(label), self.run_driver(SCRIPT) as session:
                session.start("chain")
                stop = session.stopped()
                targets = {each["label"]: each["id"] for each in self.targets(session, stop.frames[0])}
                session.request("stepIn", {"threadId": 1, "targetId": targets[label]})
                self.assertEqual(session.stopped().at, place)

    def test_a_call_that_is_never_made_ends_as_a_step_over(self) -> None:
        script = "def one():\n    return 1\nx = 0 and one()  # @here\ny = 2  # @next\n"
        with self.run_driver(script) as session:
            session.start("here")
            stop = session.stopped()
            (target,) = self.targets(session, stop.frames[0])
            session.request("stepIn", {"threadId": 1, "targetId": target["id"]})
            self.assertEqual(session.stopped().at, "next")

    def test_unknown_targets_are_refused_and_outer_frames_have_none(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("add")
            stop = session.stopped()
            self.assertEqual(self.targets(session, stop.frames[1]), [])
            for wrong in (12345, "one"):
                message = session.refused("stepIn", {"threadId": 1, "targetId": wrong})
                self.assertIn("ask for the targets", message)
            session.go()
            session.stopped()


@each_back_end
class Places(AgentTest):
    def test_functions_methods_and_classes_know_where_they_were_written(self) -> None:
        with self.run_driver(SCRIPT) as session:
            session.start("end")
            stop = session.stopped()
            found = session.scopes(stop.frames[0])

            def line(variable: Json) -> str:
                arguments = {"locationReference": variable["valueLocationReference"]}
                body = session.request("locations", arguments)
                self.assertEqual(body["source"], {"name": "<string>"})
                return str(session.lines[body["line"] - 1].strip())

            self.assertEqual(line(found["Locals"]["one"]), "def one():")
            self.assertEqual(line(found["Locals"]["two"]), "@traced")
            self.assertEqual(line(found["Locals"]["Box"]), "class Box:")
            self.assertEqual(line(session.evaluate_whole("box.grow")), "def grow(self, by):")
            self.assertNotIn("valueLocationReference", found["Locals"]["total"])
            driver = session.evaluate_whole("client.succeed")["valueLocationReference"]
            body = session.request("locations", {"locationReference": driver})
            self.assertTrue(body["source"]["path"].endswith("test_driver/driver.py"), body)
            self.assertIn("ask for the scopes", session.refused("locations", {"locationReference": 99999}))
