"""Line breakpoints: where they hit, how often, and what they say when they cannot."""

from __future__ import annotations

from adapter import DriverSession
from cases import AgentTest, each_back_end


@each_back_end
class Breakpoints(AgentTest):
    def hits(self, script: str, *breakpoints: str) -> list[str]:
        """Where the script stops when it always goes on: the function's name and the marker."""
        found: list[str] = []
        with self.run_driver(script) as session:
            session.start(*breakpoints)
            while True:
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    self.assertEqual(message["body"], {"outcome": "passed"})
                    return found
                frame = session.request("stackTrace", {"threadId": message["body"]["threadId"]})["stackFrames"][0]
                found.append(f"{frame['name']}:{session.name_of(frame['line'])}")
                session.go(thread=message["body"]["threadId"])

    def test_a_line_of_the_module_stops_once(self) -> None:
        self.assertEqual(self.hits("a = 1\nb = 2  # @here\nc = 3\n", "here"), ["testScript:here"])

    def test_the_event_names_the_breakpoint_and_all_threads(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = session.break_at("here")
            session.request("configurationDone", {})
            stop = session.stopped()
            self.assertEqual(
                stop.event,
                {"reason": "breakpoint", "threadId": 1, "allThreadsStopped": True, "hitBreakpointIds": [answer["id"]]},
            )
            self.assertEqual(stop.frames[0]["source"], {"name": "<string>", "sourceReference": 1})

    def test_a_function_stops_at_each_call(self) -> None:
        script = """
            def double(x):
                return x * 2  # @body
            double(1)
            double(2)
        """
        self.assertEqual(self.hits(script, "body"), ["double:body"] * 2)

    def test_a_one_line_function_stops_at_definition_and_calls(self) -> None:
        script = """
            def double(x): return x * 2  # @all
            double(1)
        """
        self.assertEqual(self.hits(script, "all"), ["testScript:all", "double:all"])

    def test_a_lambda_stops_when_it_is_called(self) -> None:
        script = """
            double = (
                lambda x: x * 2  # @body
            )
            double(1)
            double(2)
        """
        self.assertEqual(self.hits(script, "body"), ["<lambda>:body"] * 2)

    def test_a_lambda_on_the_line_of_its_statement_stops_there_too(self) -> None:
        self.assertEqual(
            self.hits("double = lambda x: x * 2  # @line\ndouble(1)\n", "line"), ["testScript:line", "<lambda>:line"]
        )

    def test_an_element_of_a_comprehension_stops_for_each_element(self) -> None:
        script = """
            found = [
                str(i)  # @element
                for i in range(3)
            ]
        """
        self.assertEqual([hit.split(":")[1] for hit in self.hits(script, "element")], ["element"] * 3)

    def test_a_comprehension_on_one_line_stops_once(self) -> None:
        self.assertEqual(self.hits("found = [str(i) for i in range(3)]  # @line\n", "line"), ["testScript:line"])

    def test_a_generator_stops_each_time_it_goes_on(self) -> None:
        script = """
            def numbers():
                for i in range(2):
                    yield i  # @yield
            list(numbers())
        """
        self.assertEqual(self.hits(script, "yield"), ["numbers:yield"] * 2)

    def test_a_one_line_generator_stops(self) -> None:
        self.assertEqual(
            self.hits("def one(): yield 1  # @line\nlist(one())\n", "line"), ["testScript:line", "one:line"]
        )

    def test_a_coroutine_stops(self) -> None:
        script = """
            import asyncio
            async def work():
                await asyncio.sleep(0)  # @await
                return 1  # @return
            asyncio.run(work())
        """
        self.assertEqual(self.hits(script, "await", "return"), ["work:await", "work:return"])

    def test_a_loop_stops_in_every_iteration(self) -> None:
        script = """
            for i in range(3):
                print(i)  # @body
        """
        self.assertEqual(self.hits(script, "body"), ["testScript:body"] * 3)

    def test_a_loop_on_one_line_stops_in_every_iteration(self) -> None:
        # The last is where the loop finds that it is over.
        self.assertEqual(self.hits("for i in range(3): str(i)  # @line\n", "line"), ["testScript:line"] * 4)

    def test_a_while_loop_stops_at_each_test(self) -> None:
        script = """
            n = 0
            while n < 2:  # @test
                n += 1
        """
        self.assertEqual(self.hits(script, "test"), ["testScript:test"] * 3)

    def test_a_call_over_several_lines_stops_once(self) -> None:
        script = """
            machine.succeed(  # @call
                "true",
                timeout=3,
            )
        """
        self.assertEqual(self.hits(script, "call"), ["testScript:call"])

    def test_a_continuation_line_moves_up_to_its_statement(self) -> None:
        script = """
            machine.succeed(  # @call
                "true",  # @argument
            )
        """
        with self.run_driver(script) as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = session.break_at("argument")
            self.assertEqual((answer["verified"], answer["line"]), (True, session.line("call")))
            session.request("configurationDone", {})
            self.assertEqual(session.stopped().at, "call")

    def test_a_statement_that_begins_with_a_later_line_stops_before_it_runs(self) -> None:
        script = """
            seen = []
            value = [  # @statement
                seen.append(1),
            ]
        """
        with self.run_driver(script) as session:
            session.start("statement")
            self.assertEqual(session.stopped().at, "statement")
            self.assertEqual(session.evaluate("seen"), "[]")

    def test_the_body_of_a_subtest_stops(self) -> None:
        script = """
            with subtest("boots"):  # @subtest
                machine.succeed("true")  # @body
            print("after")
        """
        self.assertEqual(self.hits(script, "subtest", "body"), ["testScript:subtest", "testScript:body"])

    def test_try_except_and_finally_stop_once_each(self) -> None:
        script = """
            try:
                1 / 0  # @raise
            except ZeroDivisionError as error:  # @except
                print(error)  # @handler
            finally:
                print("end")  # @finally
        """
        self.assertEqual(
            self.hits(script, "raise", "except", "handler", "finally"),
            ["testScript:raise", "testScript:except", "testScript:handler", "testScript:finally"],
        )

    def test_finally_stops_also_when_an_exception_passes(self) -> None:
        script = """
            def work():
                try:
                    raise ValueError
                finally:
                    print("end")  # @finally
            try:
                work()
            except ValueError:
                pass
        """
        self.assertEqual(self.hits(script, "finally"), ["work:finally"])

    def test_decorators_and_the_decorated_stop_once_each(self) -> None:
        script = """
            def same(f):
                return f
            @same  # @first
            @same  # @second
            def work():  # @def
                pass
            work()
        """
        self.assertEqual(
            self.hits(script, "first", "second", "def"), ["testScript:first", "testScript:second", "testScript:def"]
        )

    def test_a_class_body_stops(self) -> None:
        script = """
            class Thing:  # @class
                size = 1  # @body
        """
        self.assertEqual(self.hits(script, "class", "body"), ["testScript:class", "Thing:body"])

    def test_a_condition_decides(self) -> None:
        script = """
            for i in range(5):
                str(i)  # @body
        """
        with self.run_driver(script) as session:
            session.start({"line": "body", "condition": "i == 3"})
            stop = session.stopped()
            self.assertEqual(session.evaluate("i", stop.frames[0]), "3")
            session.go()
            session.finish_passed()

    def test_a_condition_sees_the_variables_of_a_function_inside_a_comprehension(self) -> None:
        script = """
            def work(low, values):
                return values  # @body
            work(1, [2]); work(3, [2])
        """
        with self.run_driver(script) as session:
            session.start({"line": "body", "condition": "any(v > low for v in values)"})
            stop = session.stopped()
            self.assertEqual(session.evaluate("low", stop.frames[0]), "1")
            session.go()
            session.finish_passed()

    def test_a_condition_that_does_not_compile_is_not_verified(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.connect()
            session.event("nixtest/script")
            (answer,) = session.break_at({"line": "here", "condition": "a =="})
            self.assertFalse(answer["verified"])
            self.assertEqual(answer["message"], "the condition does not compile: invalid syntax")
            session.request("configurationDone", {})
            session.finish_passed()

    def test_a_condition_that_raises_stops_and_says_so(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start({"line": "here", "condition": "missing > 1"})
            stop = session.stopped()
            self.assertEqual(
                stop.event["text"], "the condition 'missing > 1' raised NameError: name 'missing' is not defined"
            )
            session.go()
            session.finish_passed()

    def test_a_condition_that_exits_stops_and_says_so(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start({"line": "here", "condition": "exit(3)"})
            self.assertIn("SystemExit: 3", session.stopped().event["text"])
            session.go()
            session.finish_passed()

    def test_two_breakpoints_on_a_line_are_both_named(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.connect()
            session.event("nixtest/script")
            answers = session.break_at(
                "here", {"line": "here", "condition": "True"}, {"line": "here", "condition": "False"}
            )
            session.request("configurationDone", {})
            self.assertEqual(session.stopped().event["hitBreakpointIds"], [each["id"] for each in answers[:2]])

    def test_breakpoints_keep_their_numbers(self) -> None:
        with self.run_driver("a = 1  # @one\nb = 2  # @two\n") as session:
            session.connect()
            session.event("nixtest/script")
            before = {each["line"]: each["id"] for each in session.break_at("one", "two")}
            self.assertEqual({each["line"]: each["id"] for each in session.break_at("two", "one")}, before)

    def test_a_breakpoint_set_while_a_loop_runs_hits(self) -> None:
        script = """
            print("start")
            go_on = True
            while go_on:
                a = 1
                b = 2  # @inside
            print("end")
        """
        with self.run_driver(script) as session:
            session.start()
            for _ in range(3):
                session.break_at("inside")
                stop = session.stopped()
                self.assertEqual(stop.at, "inside")
                session.break_at()
                session.go()
            session.break_at("inside")
            session.stopped()
            session.break_at()
            session.evaluate("go_on = False")
            session.go()
            session.finish_passed()

    def test_a_breakpoint_set_while_a_function_loops_hits(self) -> None:
        script = """
            def spin(state):
                while state:
                    x = 1
                    y = 2  # @inside
            state = [1]
            spin(state)
        """
        with self.run_driver(script) as session:
            session.start()
            session.break_at("inside")
            stop = session.stopped()
            self.assertEqual((stop.at, stop.names), ("inside", ["spin", "testScript"]))
            session.break_at()
            session.evaluate("state.clear()")
            session.go()
            session.finish_passed()

    def test_code_named_string_that_is_not_the_script_is_left_alone(self) -> None:
        script = """
            import dataclasses
            @dataclasses.dataclass
            class Point:
                x: int  # @field
            Point(1)
            exec("a = 1\\nb = 2\\nc = 3\\nd = 4\\ne = 5\\nf = 6")
        """
        self.assertEqual(self.hits(script, "field"), ["Point:field"])


class Moving(AgentTest):
    """Where a breakpoint goes that is set on a line without a statement."""

    script = """
        def work(a):  # @def
            "Documentation"  # @doc
            # a remark  # @remark
            if a:  # @if
                x = 1  # @then
                # the end of the block  # @end-of-then
            else:  # @else
                # a remark in else  # @remark-in-else
                x = 2  # @otherwise
            global y  # @global
            return x  # @return

            # the end of the function  # @end-of-work
        # between  # @between
        print('''  # @print
            text  # @text
        ''')
        if False:
            never()  # @never
        # nothing follows  # @last
    """

    def setUp(self) -> None:
        self.session = DriverSession(self.script)
        self.session.connect()
        self.session.event("nixtest/script")

    def tearDown(self) -> None:
        self.session.__exit__(None, None, None)

    def goes_to(self, name: str) -> str | None:
        (answer,) = self.session.break_at(name)
        if not answer["verified"]:
            self.assertIn("no statement follows this line", answer["message"])
            return None
        return self.session.name_of(answer["line"])

    def test_a_statement_stays(self) -> None:
        self.assertEqual(
            [self.goes_to(name) for name in ("def", "if", "then", "return")], ["def", "if", "then", "return"]
        )

    def test_a_docstring_moves_down_into_the_function(self) -> None:
        self.assertEqual(self.goes_to("doc"), "if")

    def test_a_remark_moves_down(self) -> None:
        self.assertEqual(self.goes_to("remark"), "if")

    def test_else_moves_to_its_first_statement(self) -> None:
        self.assertEqual(self.goes_to("else"), "otherwise")
        self.assertEqual(self.goes_to("remark-in-else"), "otherwise")

    def test_the_end_of_a_block_does_not_move_into_the_next_branch(self) -> None:
        self.assertIsNone(self.goes_to("end-of-then"))

    def test_a_statement_without_code_moves_down(self) -> None:
        self.assertEqual(self.goes_to("global"), "return")

    def test_a_line_between_statements_moves_down(self) -> None:
        self.assertEqual(self.goes_to("between"), "print")

    def test_a_line_of_a_long_string_moves_up_to_its_statement(self) -> None:
        self.assertEqual(self.goes_to("text"), "print")

    def test_nothing_below_is_said(self) -> None:
        self.assertIsNone(self.goes_to("last"))

    def test_a_line_beyond_the_end_is_not_verified(self) -> None:
        (answer,) = self.session.break_at(1000)
        self.assertFalse(answer["verified"])

    def test_a_line_that_is_no_number_is_not_verified(self) -> None:
        body = self.session.request("setBreakpoints", {"breakpoints": [{"line": None}, {}]})
        self.assertEqual([each["verified"] for each in body["breakpoints"]], [False, False])

    def test_columns_count_characters_from_one(self) -> None:
        (answer,) = self.session.break_at("then")
        self.assertEqual(answer["column"], 9)
