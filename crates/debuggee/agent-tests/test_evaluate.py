"""Evaluation and variables: what a client sees of a stopped script, and what it can change."""

from __future__ import annotations

from cases import AgentTest, each_back_end

FUNCTION = """
    base = 10
    def work(x, items):
        inner = x * 2
        def closure():
            return inner
        return closure, inner  # @here
    result = work(1, [1, 2, 3])
    print("result", result[1], result[0](), base)
"""


@each_back_end
class Evaluate(AgentTest):
    def test_expressions_in_the_module(self) -> None:
        with self.run_driver("a = 20\nb = 2  # @here\n") as session:
            session.start("here")
            stop = session.stopped()
            self.assertEqual(session.evaluate_whole("[a + i for i in range(2)]", stop.frames[0])["result"], "[20, 21]")
            self.assertEqual(session.evaluate_whole("a")["type"], "int")
            self.assertEqual(session.evaluate("None"), "None")
            self.assertEqual(session.evaluate("(lambda: a)()"), "20")

    def test_names_of_a_function_are_visible_in_nested_scopes(self) -> None:
        with self.run_driver(FUNCTION) as session:
            session.start("here")
            frame = session.stopped().frames[0]
            self.assertEqual(session.evaluate("[x + i + base for i in items]", frame), "[12, 13, 14]")
            self.assertEqual(session.evaluate("(lambda: inner + x)()", frame), "3")
            self.assertEqual(session.evaluate("closure()", frame), "2")

    def test_a_frame_further_out_is_evaluated_with_its_own_names(self) -> None:
        with self.run_driver(FUNCTION) as session:
            session.start("here")
            frames = session.stopped().frames
            self.assertIn("NameError", session.evaluate_refused("x", frames[1]))
            self.assertEqual(session.evaluate("base", frames[1]), "10")

    def test_assignment_in_the_module_changes_the_script(self) -> None:
        with self.run_driver("a = 1\nprint(a, b)  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("a = 5; b = a + 1"), "")
            session.go()
            self.assertEqual(session.finish_passed(), "5 6\n")

    def test_assignment_in_a_function_changes_its_variables(self) -> None:
        with self.run_driver(FUNCTION) as session:
            session.start("here")
            frame = session.stopped().frames[0]
            session.evaluate("inner = 77", frame)
            self.assertEqual(session.evaluate("inner", frame), "77")
            session.evaluate("global base; base = 99", frame)
            session.go()
            self.assertEqual(session.finish_passed(), "result 77 77 99\n")

    def test_several_lines_give_the_value_of_the_last(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("total = 0\nfor i in range(4):\n    total += i\ntotal * 2"), "12")

    def test_what_is_printed_goes_where_it_always_goes(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("print('from the console')"), "None")
            session.go()
            self.assertEqual(session.finish_passed(), "from the console\n")

    def test_failures_are_told_with_type_and_message(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            for expression, message in {
                "missing": "NameError: name 'missing' is not defined",
                "1 +": "SyntaxError: invalid syntax",
                "raise SystemExit(4)": "SystemExit: 4",
                "raise KeyboardInterrupt": "KeyboardInterrupt",
                "def f(): f()\nf()": "RecursionError: maximum recursion depth exceeded",
                "raise BaseException('odd')": "BaseException: odd",
            }.items():
                with self.subTest(expression):
                    self.assertIn(message, session.evaluate_refused(expression))
            self.assertEqual(session.evaluate("a if 'a' in globals() else 'still here'"), "'still here'")
            session.go()
            session.finish_passed()

    def test_hover_evaluates_no_calls(self) -> None:
        with self.run_driver("a = {'k': [1, 2]}\nb = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("a['k'][0]", context="hover"), "1")
            for expression in ("print('no')", "a.clear()", "[x for x in a]", "(b := 3)"):
                self.assertIn("names, attributes", session.evaluate_refused(expression, context="hover"))

    def test_clipboard_gives_everything(self) -> None:
        with self.run_driver("a = list(range(5000))\nb = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("a", context="clipboard"), repr(list(range(5000))))
            self.assertLess(len(session.evaluate("a", context="watch")), 300)

    def test_a_breakpoint_in_an_evaluated_call_is_a_stop_of_its_own(self) -> None:
        script = """
            def work(n):
                return n + 1  # @inside
            a = 1  # @here
        """
        with self.run_driver(script) as session:
            session.start("here", "inside")
            outer = session.stopped()
            asked = session.send("evaluate", {"expression": "work(4)", "context": "repl"})
            nested = session.stopped()
            self.assertEqual((nested.at, nested.names), ("inside", ["work", "testScript"]))
            self.assertEqual(session.evaluate("n", nested.frames[0]), "4")
            session.go()
            self.assertEqual(session.response(asked)["body"]["result"], "5")
            again = session.stopped()
            self.assertEqual((again.at, again.event), ("here", outer.event))
            session.go()
            session.finish_passed()

    def test_a_watch_never_stops(self) -> None:
        script = """
            def work(n):
                return n + 1  # @inside
            a = 1  # @here
        """
        with self.run_driver(script) as session:
            session.start("here", "inside")
            session.stopped()
            self.assertEqual(session.evaluate("work(4)", context="watch"), "5")
            session.go()
            session.finish_passed()

    def test_nothing_is_evaluated_while_the_script_runs(self) -> None:
        with self.run_driver("machine.succeed('sleep 0.2')\n") as session:
            session.start()
            session.event("nixtest/command")
            self.assertEqual(session.evaluate_refused("1"), "notStopped: the script is running; pause it first")
            session.finish_passed()

    def test_handles_of_an_earlier_stop_are_refused(self) -> None:
        with self.run_driver("a = [1]  # @one\nb = 2  # @two\n") as session:
            session.start("one", "two")
            frame = session.stopped().frames[0]
            scope = session.request("scopes", {"frameId": frame["id"]})["scopes"][0]
            session.go_and_stop()
            self.assertIn("ask for the stack again", session.refused("scopes", {"frameId": frame["id"]}))
            arguments = {"variablesReference": scope["variablesReference"]}
            self.assertIn("ask for the scopes again", session.refused("variables", arguments))

    def test_future_flags_of_the_script_apply(self) -> None:
        script = """
            from __future__ import annotations
            def f(x: undefined_name) -> also_undefined: ...
            a = 1  # @here
        """
        with self.run_driver(script) as session:
            session.start("here")
            session.stopped()
            self.assertEqual(session.evaluate("def g(x: missing): pass\ng.__annotations__"), "{'x': 'missing'}")


class Scopes(AgentTest):
    def test_the_module_has_its_own_names_and_the_drivers(self) -> None:
        with self.run_driver("a = 1\nos = 'mine'\nb = 2  # @here\n") as session:
            session.start("here")
            frame = session.stopped().frames[0]
            scopes = session.request("scopes", {"frameId": frame["id"]})["scopes"]
            self.assertEqual([scope["name"] for scope in scopes], ["Locals", "Driver"])
            self.assertEqual(scopes[0]["presentationHint"], "locals")
            found = session.scopes(frame)
            self.assertEqual(set(found["Locals"]), {"a", "os"})
            self.assertIn("machine", found["Driver"])
            self.assertNotIn("os", found["Driver"])

    def test_a_function_has_locals_and_globals(self) -> None:
        with self.run_driver(FUNCTION) as session:
            session.start("here")
            found = session.scopes(session.stopped().frames[0])
            self.assertEqual(list(found), ["Locals", "Globals", "Driver"])
            self.assertEqual(sorted(found["Locals"]), ["closure", "inner", "items", "x"])
            self.assertEqual(list(found["Globals"]), ["base", "work"])

    def test_a_scope_shows_what_an_evaluation_changed(self) -> None:
        with self.run_driver(FUNCTION) as session:
            session.start("here")
            frame = session.stopped().frames[0]
            scope = session.request("scopes", {"frameId": frame["id"]})["scopes"][0]
            session.evaluate("inner = 5", frame)
            self.assertEqual(session.variables(scope["variablesReference"])["inner"]["value"], "5")


class Values(AgentTest):
    """One script with every kind of value; each test looks at one."""

    script = """
        import collections, enum, time, types
        numbers = list(range(3000))
        huge = 10 ** 100000
        text = "x" * 100000
        nested = {"a": [1, {"b": (2,)}], 3: {4}}
        point = collections.namedtuple("Point", "x y")(1, 2)
        empty = [[], (), {}, set(), frozenset()]
        class Plain:
            def __init__(self):
                self.size, self._hidden = 3, 4
        plain = Plain()
        class Slots:
            __slots__ = ("a", "b")
            def __init__(self): self.a = 1
        slots = Slots()
        class Shown:
            def __repr__(self): return "<shown>"
        shown = Shown()
        class Evil:
            __slots__ = ()
            def __repr__(self): raise RuntimeError("no")
            def __len__(self): raise RuntimeError("no")
            def __getattr__(self, name): raise RuntimeError("no")
            def __iter__(self): raise RuntimeError("no")
            def __eq__(self, other): raise RuntimeError("no")
            __hash__ = None
            @property
            def __class__(self): raise RuntimeError("no")
        evil = Evil()
        class EvilList(list):
            def __len__(self): raise RuntimeError("no")
            def __iter__(self): raise RuntimeError("no")
            def __getitem__(self, key): raise RuntimeError("no")
        evil_list = EvilList([1, 2])
        class Slow:
            def __repr__(self):
                time.sleep(30)
        slow = Slow()
        class Spinning:
            def __repr__(self):
                while True: pass
        spinning = Spinning()
        class Exiting:
            def __repr__(self): raise SystemExit
        exiting = Exiting()
        class Wrong:
            def __repr__(self): return 3
        wrong = Wrong()
        class Meta(type):
            def __eq__(cls, other): raise RuntimeError("no")
            __hash__ = None
            def __getattribute__(cls, name): raise RuntimeError("no")
        class OfMeta(metaclass=Meta): pass
        of_meta = OfMeta()
        loop = []
        loop.append(loop)
        lone = "\\ud800"
        error = ValueError("wrong", 3)
        class Colour(enum.Enum):
            RED = 1
        red = Colour.RED
        many = {str(i): i for i in range(3000)}
        odd_keys = {(1, "a"): 1, Plain: 2}
        bytes_ = b"x" * 1000
        here = 1  # @here
    """

    def setUp(self) -> None:
        self.session = self.run_driver(self.script)
        self.session.start("here")
        self.frame = self.session.stopped().frames[0]

    def tearDown(self) -> None:
        self.session.__exit__(None, None, None)

    def value(self, name: str) -> str:
        return self.session.evaluate(name, context="watch")

    def children(self, name: str, **arguments: object) -> dict[str, str]:
        reference = self.session.evaluate_whole(name, context="watch")["variablesReference"]
        return {key: each["value"] for key, each in self.session.variables(reference, **arguments).items()}

    def test_all_variables_come_in_time(self) -> None:
        found = self.session.scopes(self.frame)["Locals"]
        self.assertEqual(found["shown"]["value"][:7], "<shown>")
        self.assertIn("evil", found)
        self.assertEqual(found["numbers"]["indexedVariables"], 3000)

    def test_long_values_are_short(self) -> None:
        self.assertEqual(self.value("numbers"), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …]")
        self.assertEqual(self.value("huge"), "<int of 332193 bits>")
        self.assertLess(len(self.value("text")), 250)
        self.assertLess(len(self.value("bytes_")), 250)

    def test_nested_values(self) -> None:
        self.assertEqual(self.value("nested"), "{'a': [1, {'b': (2,)}], 3: {4}}")
        self.assertEqual(self.value("empty"), "[[], (), {}, set(), frozenset()]")
        self.assertEqual(self.children("nested"), {"'a'": "[1, {'b': (2,)}]", "3": "{4}"})

    def test_a_list_that_holds_itself(self) -> None:
        self.assertEqual(self.value("loop"), "[[[[[…]]]]]")

    def test_objects_unfold_to_what_they_hold(self) -> None:
        self.assertEqual(self.children("plain"), {"size": "3", "_hidden": "4"})
        self.assertEqual(self.children("slots"), {"a": "1"})
        self.assertEqual(self.children("error"), {"args": "('wrong', 3)"})
        self.assertEqual(self.children("point"), {"[0]": "1", "[1]": "2"})

    def test_a_representation_of_the_users_is_used(self) -> None:
        self.assertEqual(self.value("shown"), "<shown>")
        self.assertEqual(self.value("red"), "<Colour.RED: 1>")

    def test_hostile_values_do_no_harm(self) -> None:
        for name in ("evil", "slow", "spinning", "exiting", "wrong"):
            with self.subTest(name):
                self.assertIn("its __repr__ failed or took too long", self.value(name))
        self.assertIn("object", self.value("of_meta"))
        self.assertTrue(self.value("evil_list").endswith("EvilList([1, 2])"))
        self.assertEqual(self.children("evil_list"), {"[0]": "1", "[1]": "2"})
        self.assertEqual(self.value("lone"), "'\\ud800'")
        self.assertEqual(self.session.evaluate("1 + 1"), "2")

    def test_pages(self) -> None:
        self.assertEqual(
            self.children("numbers", start=2990, count=5, filter="indexed"),
            {f"[{n}]": str(n) for n in range(2990, 2995)},
        )
        self.assertEqual(self.children("many", start=10, count=2), {"'10'": "10", "'11'": "11"})
        self.assertEqual(self.children("numbers", filter="named"), {})
        everything = self.children("numbers")
        self.assertEqual((len(everything), everything["…"]), (2001, "1000 more; ask for them by pages"))

    def test_names_to_evaluate_lead_to_the_child(self) -> None:
        whole = self.session.evaluate_whole("nested", context="watch")
        child = self.session.variables(whole["variablesReference"])["'a'"]
        self.assertEqual(child["evaluateName"], "nested['a']")
        grandchild = self.session.variables(child["variablesReference"])["[1]"]
        self.assertEqual(grandchild["evaluateName"], "nested['a'][1]")
        self.assertEqual(self.value(grandchild["evaluateName"]), "{'b': (2,)}")

    def test_keys_of_other_kinds(self) -> None:
        names = list(self.children("odd_keys"))
        self.assertEqual(names[0], "(1, 'a')")
        self.assertEqual(len(names), 2)
