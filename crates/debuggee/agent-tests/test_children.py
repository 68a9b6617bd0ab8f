"""What is unfolded: pages, properties that are read when asked for, what a step's calls returned, threads."""

from __future__ import annotations

from adapter import DriverSession, Json
from cases import AgentTest, each_back_end

LARGE = """
    numbers = list(range(10000))
    pairs = tuple(range(300))
    table = {f"key {i}": i for i in range(10000)}
    small = {"a": 1, "b": 2}
    several = set(range(5000))
    class Holding(list):
        pass
    holding = Holding([1, 2, 3])
    holding.label = "three"
    done = 1  # @here
"""

PROPERTIES = """
    import time

    class Base:
        @property
        def width(self):
            reads.append("width")
            return self._width
        @width.setter
        def width(self, value):
            self._width = value

    class Thing(Base):
        def __init__(self):
            self._width = [1, 2]
        @property
        def broken(self):
            raise ValueError("no such thing")
        @property
        def endless(self):
            while True:
                time.sleep(0.01)
        @property
        def _hidden(self):
            reads.append("hidden")

    reads = []
    thing = Thing()
    done = 1  # @here
    print(reads)
"""


class Unfolding(AgentTest):
    def reference(self, session: DriverSession, name: str) -> Json:
        return session.evaluate_whole(name, context="watch")

    def names(self, session: DriverSession, reference: int, **page: int | str) -> list[str]:
        body = session.request("variables", {"variablesReference": reference} | page)
        return [variable["name"] for variable in body["variables"]]


@each_back_end
class Pages(Unfolding):
    def test_a_page_is_exactly_what_was_asked_for(self) -> None:
        with self.run_driver(LARGE) as session:
            session.start("here")
            session.stopped()
            for name, total in {"numbers": 10000, "pairs": 300, "table": 10000, "several": 5000}.items():
                with self.subTest(name):
                    found = self.reference(session, name)
                    self.assertEqual((found["indexedVariables"], found.get("namedVariables")), (total, None))
                    number = found["variablesReference"]
                    last = self.names(session, number, filter="indexed", start=total - 2, count=5)
                    expected = [f"'key {i}'" if name == "table" else f"[{i}]" for i in (total - 2, total - 1)]
                    self.assertEqual(last, expected)
                    self.assertEqual(len(self.names(session, number, filter="indexed", start=100, count=100)), 100)
                    self.assertEqual(self.names(session, number, filter="indexed", start=total, count=5), [])
                    self.assertEqual(self.names(session, number, filter="named"), [])
                    everything = self.names(session, number)
                    self.assertEqual(len(everything), min(total, 2000) + (total > 2000))
                    self.assertEqual(everything[-1], "…" if total > 2000 else f"[{total - 1}]")

    def test_named_and_indexed_children_are_told_apart(self) -> None:
        with self.run_driver(LARGE) as session:
            session.start("here")
            session.stopped()
            small = self.reference(session, "small")
            self.assertEqual((small.get("indexedVariables"), small["namedVariables"]), (None, 2))
            holding = self.reference(session, "holding")
            self.assertEqual((holding["indexedVariables"], holding["namedVariables"]), (3, 1))
            number = holding["variablesReference"]
            self.assertEqual(self.names(session, number), ["[0]", "[1]", "[2]", "label"])
            self.assertEqual(self.names(session, number, filter="named"), ["label"])
            self.assertEqual(self.names(session, number, start=2, count=2), ["[2]", "label"])
            elements = session.variables(self.reference(session, "pairs")["variablesReference"], start=0, count=1)
            self.assertEqual(elements["[0]"]["presentationHint"], {"kind": "data", "attributes": ["readOnly"]})


@each_back_end
class Properties(Unfolding):
    def test_a_property_is_read_when_it_is_unfolded(self) -> None:
        with self.run_driver(PROPERTIES) as session:
            session.start("here")
            session.stopped()
            found = session.variables(self.reference(session, "thing")["variablesReference"])
            self.assertEqual(list(found), ["_width", "broken", "endless", "width"])
            self.assertEqual(found["width"]["presentationHint"], {"kind": "property", "lazy": True})
            self.assertEqual(found["broken"]["presentationHint"]["attributes"], ["readOnly"])
            self.assertEqual(session.evaluate("reads"), "[]")
            width = session.variables(found["width"]["variablesReference"])["width"]
            self.assertEqual((width["value"], width["evaluateName"]), ("[1, 2]", "thing.width"))
            self.assertEqual(session.evaluate("reads"), "['width']")
            broken = session.variables(found["broken"]["variablesReference"])["broken"]
            self.assertEqual(broken["value"], "ValueError: no such thing")
            endless = session.variables(found["endless"]["variablesReference"])["endless"]
            self.assertIn("took longer", endless["value"])
            session.go()
            self.assertEqual(session.finish_passed(), "['width']\n")


@each_back_end
class Returned(AgentTest):
    SCRIPT = """
        def inner():
            return "inner"  # @inner
        def work(text):
            length = len(text)
            return length * 2  # @return
        first = 0  # @first
        a = work(inner())  # @call
        b = client.succeed("echo")  # @driver
        c = 3  # @last
    """

    def returned(self, session: DriverSession, frame: Json) -> dict[str, str] | None:
        found = session.scopes(frame).get("Return value")
        return None if found is None else {name: each["value"] for name, each in found.items()}

    def test_a_step_shows_what_its_last_call_returned(self) -> None:
        with self.run_driver(self.SCRIPT) as session:
            session.start("first")
            session.stopped()
            stop = session.go_and_stop("next")
            self.assertIsNone(self.returned(session, stop.frames[0]))
            stop = session.go_and_stop("next")
            self.assertEqual((stop.at, self.returned(session, stop.frames[0])), ("driver", {"(return) work": "10"}))
            scope = session.request("scopes", {"frameId": stop.frames[0]["id"]})["scopes"][0]
            self.assertEqual(scope["presentationHint"], "returnValue")
            arguments = {"variablesReference": scope["variablesReference"], "name": "(return) work", "value": "1"}
            self.assertIn("cannot be changed", session.refused("setVariable", arguments))
            stop = session.go_and_stop("next")
            self.assertEqual(self.returned(session, stop.frames[0]), {"(return) succeed": "'echo\\n'"})

    def test_stepping_out_shows_what_the_function_returned(self) -> None:
        with self.run_driver(self.SCRIPT) as session:
            session.start("return")
            session.stopped()
            stop = session.go_and_stop("stepOut")
            self.assertEqual((stop.at, self.returned(session, stop.frames[0])), ("driver", {"(return) work": "10"}))
            session.go()
            session.finish_passed()


@each_back_end
class Threads(AgentTest):
    SCRIPT = """
        import threading
        def work(number):
            twice = number * 2  # @inside
            after = twice + 1  # @after
        for number in range(2):
            worker = threading.Thread(target=work, args=(number,), name=f"worker {number}")
            worker.start()
            worker.join()
        done = 1  # @done
    """

    def test_each_has_its_name_its_stack_and_its_steps_and_is_announced_once(self) -> None:
        with self.run_driver(self.SCRIPT) as session:
            session.start("inside", "done")
            numbers = []
            for each in range(2):
                stop = session.stopped()
                numbers.append(stop.thread)
                self.assertTrue(stop.event["allThreadsStopped"])
                self.assertEqual(stop.names, ["work"])
                listed = {thread["id"]: thread["name"] for thread in session.request("threads")["threads"]}
                self.assertEqual(listed, {1: "testScript", stop.thread: f"worker {each}"})
                main = session.request("stackTrace", {"threadId": 1})
                self.assertEqual(main["stackFrames"][0]["name"], "testScript")
                step = session.go_and_stop("next", stop.thread)
                self.assertEqual((step.at, step.thread), ("after", stop.thread))
                session.go("continue", stop.thread)
            stop = session.stopped()
            self.assertEqual((stop.at, stop.thread), ("done", 1))
            self.assertEqual(len(set(numbers)), 2)
            told = [message["body"] for message in session.messages if message.get("event") == "thread"]
            for number in numbers:
                reasons = [each["reason"] for each in told if each["threadId"] == number]
                self.assertEqual(reasons, ["started", "exited"])
            session.go()
            session.finish_passed()

    def test_a_stack_is_given_by_pages(self) -> None:
        script = "def deep(n):\n    return deep(n - 1) if n else n  # @here\ndeep(9)\n"
        with self.run_driver(script) as session:
            session.start({"line": "here", "condition": "n == 0"})
            session.stopped()

            def page(**asked: int) -> list[str]:
                body = session.request("stackTrace", {"threadId": 1, "format": {"line": True}} | asked)
                self.assertEqual(body["totalFrames"], 11)
                return [frame["name"] for frame in body["stackFrames"]]

            self.assertEqual(page(), ["deep"] * 10 + ["testScript"])
            self.assertEqual(page(levels=0), page())
            self.assertEqual(page(startFrame=9, levels=20), ["deep", "testScript"])
            self.assertEqual(page(startFrame=2, levels=1), ["deep"])
            self.assertEqual(page(startFrame=11), [])


@each_back_end
class SeveralOnALine(AgentTest):
    SCRIPT = """
        def work():
            x = 1; y = 2; z = 3  # @inside
            return x  # @return
        a = 1; b = 2; c = 3  # @top
        work(); work()  # @calls
        d = 4  # @end
    """

    def test_a_breakpoint_stops_once_and_steps_go_to_the_next_line(self) -> None:
        with self.run_driver(self.SCRIPT) as session:
            session.start("top", "inside")
            stop = session.stopped()
            places = [stop.at]
            while stop.at != "end":
                stop = session.go_and_stop("next")
                places.append(stop.at)
            self.assertEqual(places, ["top", "calls", "inside", "return", "inside", "return", "end"])
            self.assertEqual(session.evaluate("a, b, c"), "(1, 2, 3)")
