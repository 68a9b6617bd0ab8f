"""Function breakpoints: of the script's functions and of the driver's calls."""

from __future__ import annotations

from typing import Any

from adapter import DriverSession
from cases import AgentTest, each_back_end, each_shape

SCRIPT = """
    import threading
    def greet(name, *, loud=False):  # @greet
        return name  # @body
    class Greeter:
        def greet(self, name):  # @method
            def inner(): return name  # @inner
            return inner()
    def numbers():  # @numbers
        yield 1
        yield 2
    greet("a")  # @first
    greet("b", loud=True)  # @second
    Greeter().greet("c")
    list(numbers())
    machine.succeed("echo 1")  # @succeed
    client.succeed("echo 2")  # @other
    machine.call(lambda: client.succeed("echo 3"))  # @lambda
    start_all()  # @start_all
    with subtest("s"):  # @subtest
        machine.succeed("echo 4", timeout=5)  # @last
"""


class Functions(AgentTest):
    script = SCRIPT

    def set(self, session: DriverSession, *asked: Any) -> list[dict[str, Any]]:
        wanted = [each if isinstance(each, dict) else {"name": each} for each in asked]
        body = session.request("setFunctionBreakpoints", {"breakpoints": wanted})
        answers: list[dict[str, Any]] = body["breakpoints"]
        return answers

    def stops(self, *asked: Any) -> list[tuple[str, str]]:
        """Where the script stops when it always goes on, and what is said."""
        found: list[tuple[str, str]] = []
        with self.run_driver(self.script) as session:
            session.connect()
            session.event("nixtest/script")
            answers = self.set(session, *asked)
            self.assertEqual([each["verified"] for each in answers], [True] * len(asked), answers)
            session.request("configurationDone", {})
            while True:
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    self.assertEqual(message["body"], {"outcome": "passed"})
                    return found
                self.assertEqual(message["body"]["reason"], "function breakpoint")
                frame = session.request("stackTrace", {"threadId": message["body"]["threadId"]})["stackFrames"][0]
                found.append((session.name_of(frame["line"]), message["body"]["description"]))
                session.go(thread=message["body"]["threadId"])


@each_back_end
class OfTheScript(Functions):
    def test_a_function_stops_where_it_begins_at_each_call(self) -> None:
        self.assertEqual(
            self.stops("greet"),
            [
                ("greet", "greet('a', loud=False) is called"),
                ("greet", "greet('b', loud=True) is called"),
                ("method", "greet('c') is called"),
            ],
        )

    def test_a_method_is_named_by_its_class_and_an_inner_function_by_either_name(self) -> None:
        for name, place in {
            "Greeter.greet": "method",
            "inner": "inner",
            "Greeter.greet.inner": "inner",
            "Greeter.greet.<locals>.inner": "inner",
            "numbers()": "numbers",
        }.items():
            with self.subTest(name):
                self.assertEqual([stop[0] for stop in self.stops(name)], [place])

    def test_the_condition_sees_arguments_and_hits_are_counted(self) -> None:
        stops = self.stops({"name": "greet", "condition": "name != 'a'", "hitCondition": "2"})
        self.assertEqual([stop[0] for stop in stops], ["method"])

    def test_the_arguments_can_be_seen_and_the_breakpoint_is_named(self) -> None:
        with self.run_driver(self.script) as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = self.set(session, {"name": "greet", "id": 41})
            self.assertEqual((answer["id"], answer["line"]), (41, session.line("greet")))
            session.request("configurationDone", {})
            stop = session.stopped()
            self.assertEqual(stop.event["hitBreakpointIds"], [41])
            self.assertEqual(session.evaluate("name + '!'", stop.frames[0]), "'a!'")
            self.assertEqual(session.go_and_stop("next").at, "body")
            self.set(session)
            session.go()
            session.finish_passed()

    def test_one_that_is_set_while_the_script_stands_counts(self) -> None:
        with self.run_driver(self.script) as session:
            session.start("second")
            session.stopped()
            self.set(session, "Greeter.greet", "machine.succeed")
            self.assertEqual(session.go_and_stop().at, "method")
            self.assertEqual(session.go_and_stop().at, "succeed")
            self.set(session)
            session.go()
            session.finish_passed()

    def test_a_name_that_nothing_has_is_said_with_the_nearest(self) -> None:
        with self.run_driver(self.script) as session:
            session.connect()
            session.event("nixtest/script")
            answers = self.set(
                session, "gret", "machine.suceed", "qqqqqqqq", "", {"name": 3}, {"name": "greet", "condition": "("}
            )
            self.assertEqual([each["verified"] for each in answers], [False] * 6)
            messages = [each["message"] for each in answers]
            self.assertEqual(messages[0], "there is no function 'gret'; did you mean 'greet'?")
            self.assertEqual(messages[1], "there is no function 'machine.suceed'; did you mean 'machine.succeed'?")
            self.assertIn("name one of the script", messages[2])
            self.assertIn("needs the name", messages[3])
            self.assertIn("does not compile", messages[5])
            self.assertIn("send one", session.refused("setFunctionBreakpoints", {"breakpoints": "x"}))
            session.request("configurationDone", {})
            session.finish_passed()


@each_shape
@each_back_end
class OfTheDriver(Functions):
    def test_a_method_of_a_machine_stops_in_the_script(self) -> None:
        self.assertEqual(
            self.stops("machine.succeed"),
            [
                ("succeed", "machine.succeed('echo 1') is called"),
                ("last", "machine.succeed('echo 4', timeout=5) is called"),
            ],
        )

    def test_any_machine_may_be_meant(self) -> None:
        for name in ("*.succeed", "succeed"):
            with self.subTest(name):
                places = [stop[0] for stop in self.stops(name)]
                self.assertEqual(places, ["succeed", "other", "lambda", "last"])

    def test_what_the_driver_calls_itself_does_not_stop(self) -> None:
        self.assertEqual(self.stops("execute"), [])

    def test_functions_of_the_driver_stop(self) -> None:
        self.assertEqual([stop[0] for stop in self.stops("start_all")], ["start_all"])
        self.assertEqual(self.stops("driver.subtest"), [("subtest", "subtest('s') is called")])

    def test_the_condition_sees_what_is_called_with_what(self) -> None:
        stops = self.stops({"name": "succeed", "condition": "'3' in commands[0] and greet"})
        self.assertEqual(stops, [("lambda", "client.succeed('echo 3') is called")])

    def test_a_machine_that_is_not_there_yet_is_said(self) -> None:
        with self.run_driver(self.script) as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = self.set(session, "later.succeed")
            self.assertEqual((answer["verified"], "'later'" in answer["message"]), (True, True))
            session.request("configurationDone", {})
            session.finish_passed()
