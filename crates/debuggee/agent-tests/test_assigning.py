"""setVariable and setExpression: what can be changed, and the sentence for what cannot."""

from __future__ import annotations

from typing import Any

from adapter import DriverSession, Json, Stopped
from cases import AgentTest, each_back_end

SCRIPT = """
    class Box:
        __slots__ = ("slot",)

    class Thing:
        kept = 1
        def __init__(self):
            self.name = "thing"
            self._width = 2
        @property
        def width(self):
            return self._width
        @width.setter
        def width(self, value):
            self._width = value
        @property
        def fixed(self):
            return 1

    box = Box()
    box.slot = 1
    thing = Thing()
    total = 10

    def work(number, items):
        text = "before"
        def inner():
            return number
        pair = (1, 2)
        several = {7}
        table = {"a": 1, "b": [1], 3: 4}
        done = True  # @here
        return number, text, items, inner(), pair, several, table

    print(work(1, [1, 2, 3]), total, box.slot, thing.name)
"""


@each_back_end
class Assigning(AgentTest):
    def start(self, session: DriverSession) -> tuple[Stopped, dict[str, int]]:
        session.start("here")
        stop = session.stopped()
        scopes = session.request("scopes", {"frameId": stop.frames[0]["id"]})["scopes"]
        return stop, {scope["name"]: scope["variablesReference"] for scope in scopes}

    def set(self, session: DriverSession, reference: int, name: str, value: str) -> Json:
        return session.request("setVariable", self.arguments(reference, name, value))

    def refuse(self, session: DriverSession, reference: int, name: str, value: str) -> str:
        return session.refused("setVariable", self.arguments(reference, name, value))

    @staticmethod
    def arguments(reference: int, name: str, value: str) -> dict[str, Any]:
        return {"variablesReference": reference, "name": name, "value": value}

    def test_variables_of_the_function_and_of_the_script(self) -> None:
        with self.run_driver(SCRIPT) as session:
            _, scopes = self.start(session)
            body = self.set(session, scopes["Locals"], "number", "len(items) + number")
            self.assertEqual(body, {"value": "4", "type": "int", "variablesReference": 0})
            self.assertEqual(session.event("invalidated"), {"areas": ["variables"]})
            self.set(session, scopes["Locals"], "text", "text.upper()")
            self.set(session, scopes["Globals"], "total", "total + number")
            changed = self.set(session, scopes["Locals"], "items", "[9, number]")
            self.assertEqual(changed["indexedVariables"], 2)
            children = session.variables(changed["variablesReference"])
            self.assertEqual(children["[1]"]["evaluateName"], "items[1]")
            session.go()
            out = session.finish_passed()
            self.assertEqual(out, "(4, 'BEFORE', [9, 4], 4, (1, 2), {7}, {'a': 1, 'b': [1], 3: 4}) 14 1 thing\n")

    def test_elements_values_and_attributes(self) -> None:
        with self.run_driver(SCRIPT) as session:
            _, scopes = self.start(session)
            local = session.variables(scopes["Locals"])
            shared = session.variables(scopes["Globals"])
            self.set(session, local["items"]["variablesReference"], "[1]", "'two'")
            self.set(session, local["table"]["variablesReference"], "'a'", "number")
            self.set(session, local["table"]["variablesReference"], "3", "None")
            self.set(session, shared["box"]["variablesReference"], "slot", "5")
            self.set(session, shared["thing"]["variablesReference"], "name", "f'{number}!'")
            self.set(session, shared["thing"]["variablesReference"], "width", "7")
            self.assertEqual(session.evaluate("thing._width"), "7")
            session.go()
            out = session.finish_passed()
            self.assertIn("[1, 'two', 3]", out)
            self.assertIn("{'a': 1, 'b': [1], 3: None}) 10 5 1!", out)

    def test_what_cannot_be_changed_is_refused_in_a_sentence(self) -> None:
        with self.run_driver(SCRIPT) as session:
            _, scopes = self.start(session)
            local = session.variables(scopes["Locals"])
            thing = session.variables(scopes["Globals"])["thing"]["variablesReference"]

            def held(name: str) -> int:
                number: int = local[name]["variablesReference"]
                return number

            self.assertIn("an element of a tuple", self.refuse(session, held("pair"), "[0]", "1"))
            self.assertIn("an element of a set", self.refuse(session, held("several"), "[0]", "1"))
            self.assertIn("without a setter", self.refuse(session, thing, "fixed", "1"))
            self.assertIn("no element [9]", self.refuse(session, held("items"), "[9]", "1"))
            self.assertIn("no variable missing", self.refuse(session, scopes["Locals"], "missing", "1"))
            self.assertIn("no lost any more", self.refuse(session, thing, "lost", "1"))
            self.assertIn("NameError", self.refuse(session, scopes["Locals"], "text", "nonsense"))
            self.assertIn("SyntaxError", self.refuse(session, scopes["Locals"], "text", "a = 1"))
            self.assertIn("there is no variable 99999", self.refuse(session, 99999, "text", "1"))
            self.assertIn("send both", session.refused("setVariable", {"variablesReference": 1}))
            session.go()
            self.assertIn("'before'", session.finish_passed())

    def test_setExpression_takes_whatever_can_stand_before_an_equals_sign(self) -> None:
        with self.run_driver(SCRIPT) as session:
            stop, _ = self.start(session)
            frame = stop.frames[0]["id"]

            def assign(expression: str, value: str) -> Json:
                arguments = {"expression": expression, "value": value, "frameId": frame}
                return session.request("setExpression", arguments)

            self.assertEqual(assign("number", "40 + 2")["value"], "42")
            self.assertEqual(session.event("invalidated"), {"areas": ["variables"]})
            assign("table['b'][0]", "number")
            assign("items[0:2]", "[0]")
            assign("thing.name", "'renamed'")
            assign("(text, total)", "('swapped', 3)")
            for target in ("1", "work(1)", "number + 1", "None"):
                refused = session.refused("setExpression", {"expression": target, "value": "1", "frameId": frame})
                self.assertIn(f"{target} cannot be assigned to", refused)
            session.go()
            out = session.finish_passed()
            self.assertEqual(out.count("42"), 3)
            self.assertIn("'swapped', [0, 3]", out)
            self.assertTrue(out.endswith(" 3 1 renamed\n"), out)

    def test_in_the_module_and_without_a_frame(self) -> None:
        with self.run_driver("a = 1\nb = [a]  # @here\nprint(a, b)\n") as session:
            session.start("here")
            stop = session.stopped()
            scope = session.request("scopes", {"frameId": stop.frames[0]["id"]})["scopes"][0]
            self.set(session, scope["variablesReference"], "a", "a + 1")
            session.request("setExpression", {"expression": "a", "value": "a * 10"})
            self.assertEqual(session.evaluate("[name for name in globals() if ' ' in name]"), "[]")
            session.go()
            self.assertEqual(session.finish_passed(), "20 [20]\n")

    def test_only_what_may_change_something_invalidates(self) -> None:
        with self.run_driver("a = [1]  # @here\nb = 2  # @there\n") as session:
            session.start("there")
            session.stopped()
            for harmless in ("a", "a[0] + 1", "[x for x in a]"):
                session.evaluate(harmless)
            session.evaluate("a.append(1)", context="watch")
            session.evaluate("a.append(2)")
            session.event("invalidated")
            self.assertEqual([each for each in session.messages if each.get("event") == "invalidated"], [])
