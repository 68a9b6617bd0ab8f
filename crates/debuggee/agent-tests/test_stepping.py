"""Steps and pauses: where the script stands afterwards."""

from __future__ import annotations

from cases import AgentTest, each_back_end


@each_back_end
class Stepping(AgentTest):
    def steps(self, script: str, start: str, *commands: str) -> list[str]:
        """Stop at `start`, give the commands, and return where each ended: a marker, or "end"."""
        found: list[str] = []
        with self.run_driver(script) as session:
            session.start(start)
            session.stopped()
            session.break_at()
            for command in commands:
                session.go(command)
                message = session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))
                if message["event"] != "stopped":
                    found.append("end")
                    break
                self.assertEqual(message["body"]["reason"], "step")
                frames = session.request("stackTrace", {"threadId": 1})["stackFrames"]
                found.append(session.name_of(frames[0]["line"]))
        return found

    def test_entry_stops_at_the_first_statement(self) -> None:
        with self.run_driver("# a remark\n\na = 1  # @first\nb = 2\n") as session:
            session.start(stop_on_entry=True)
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.at, stop.names), ("entry", "first", ["testScript"]))
            self.assertEqual(session.go_and_stop("next").line, 4)

    def test_next_passes_over_a_call(self) -> None:
        script = """
            def work():
                return 1
            work()  # @call
            print()  # @after
        """
        self.assertEqual(self.steps(script, "call", "next", "next"), ["after", "end"])

    def test_next_treats_a_long_call_as_one_statement(self) -> None:
        script = """
            machine.succeed(  # @call
                "true",
                "false",
            )
            print()  # @after
        """
        self.assertEqual(self.steps(script, "call", "next"), ["after"])

    def test_step_over_a_subtest_stops_after_it(self) -> None:
        script = """
            with subtest("one"):  # @subtest
                x = 1  # @body
            y = 2  # @after
        """
        self.assertEqual(self.steps(script, "subtest", "next", "next"), ["body", "after"])

    def test_next_from_the_last_line_of_a_function_goes_to_its_caller(self) -> None:
        script = """
            def work():
                return 1  # @return
            work()
            print()  # @after
        """
        self.assertEqual(self.steps(script, "return", "next"), ["after"])

    def test_next_in_a_recursion_stays_in_its_frame(self) -> None:
        script = """
            def down(n):
                if n > 0:  # @if
                    down(n - 1)  # @call
                return n  # @return
            down(3)
        """
        with self.run_driver(script) as session:
            session.start("call")
            session.stopped()
            session.break_at()
            stop = session.go_and_stop("next")
            self.assertEqual((stop.at, session.evaluate("n", stop.frames[0])), ("return", "3"))

    def test_a_breakpoint_in_a_called_function_interrupts_next(self) -> None:
        script = """
            def work():
                return 1  # @inside
            work()  # @call
            print()  # @after
        """
        with self.run_driver(script) as session:
            session.start("call", "inside")
            session.stopped()
            stop = session.go_and_stop("next")
            self.assertEqual((stop.reason, stop.at), ("breakpoint", "inside"))
            session.go()
            session.finish_passed()

    def test_next_lands_in_the_handler_of_an_exception(self) -> None:
        script = """
            def fail():
                raise ValueError
            try:
                fail()  # @call
                print()
            except ValueError:  # @except
                pass  # @handler
        """
        self.assertEqual(self.steps(script, "call", "next", "next"), ["except", "handler"])

    def test_next_in_a_function_that_raises_lands_in_the_callers_handler(self) -> None:
        script = """
            def fail():
                raise ValueError  # @raise
            try:
                fail()
            except ValueError:  # @except
                pass
        """
        self.assertEqual(self.steps(script, "raise", "next"), ["except"])

    def test_next_in_a_loop_visits_its_head(self) -> None:
        script = """
            for i in range(2):  # @head
                str(i)  # @body
            print()  # @after
        """
        self.assertEqual(self.steps(script, "head", *["next"] * 5), ["body", "head", "body", "head", "after"])

    def test_step_in_enters_a_function(self) -> None:
        script = """
            def work():
                return 1  # @inside
            work()  # @call
        """
        self.assertEqual(self.steps(script, "call", "stepIn"), ["inside"])

    def test_step_in_enters_a_one_line_function(self) -> None:
        script = """
            work = lambda: 1  # @inside
            work()  # @call
        """
        self.assertEqual(self.steps(script, "call", "stepIn"), ["inside"])

    def test_step_in_enters_a_function_that_the_driver_calls(self) -> None:
        script = """
            def work():
                return 1  # @inside
            machine.call(work)  # @call
        """
        with self.run_driver(script) as session:
            session.start("call")
            session.stopped()
            stop = session.go_and_stop("stepIn")
            self.assertEqual(stop.at, "inside")
            self.assertEqual([frame.get("presentationHint") for frame in stop.frames], [None, "subtle", None])
            self.assertTrue(stop.frames[1]["source"]["path"].endswith("driver.py"))

    def test_step_in_without_a_script_function_is_next(self) -> None:
        script = """
            machine.succeed("true")  # @call
            print()  # @after
        """
        self.assertEqual(self.steps(script, "call", "stepIn"), ["after"])

    def test_step_in_enters_the_body_of_a_script_context_manager(self) -> None:
        script = """
            import contextlib
            @contextlib.contextmanager
            def held():
                yield 1  # @yield
            with held():  # @with
                pass  # @body
        """
        self.assertEqual(self.steps(script, "with", "stepIn", "next"), ["yield", "body"])

    def test_step_out_goes_to_the_caller(self) -> None:
        script = """
            def work():
                x = 1  # @inside
                return x
            def outer():
                work()
                return 2  # @after
            outer()
        """
        self.assertEqual(self.steps(script, "inside", "stepOut"), ["after"])

    def test_step_out_of_the_module_ends_the_run(self) -> None:
        self.assertEqual(self.steps("a = 1  # @first\nb = 2\n", "first", "stepOut"), ["end"])

    def test_next_at_the_last_line_ends_the_run(self) -> None:
        self.assertEqual(self.steps("a = 1\nb = 2  # @last\n", "last", "next"), ["end"])

    def test_a_step_in_a_generator_returns_to_its_consumer(self) -> None:
        script = """
            def numbers():
                yield 1  # @first
                yield 2  # @second
            for n in numbers():  # @head
                str(n)  # @body
        """
        self.assertEqual(self.steps(script, "first", "next", "next", "next"), ["body", "head", "body"])

    def test_a_step_inside_a_loop_that_ran_quietly_stops_at_the_next_line(self) -> None:
        script = """
            for i in range(100):
                a = i  # @a
                b = i  # @b
                c = i  # @c
        """
        with self.run_driver(script) as session:
            session.start({"line": "b", "condition": "i == 50"})
            session.stopped()
            self.assertEqual([session.go_and_stop("next").at for _ in range(3)], ["c", "line 2", "a"])

    def test_pause_stops_at_the_next_line(self) -> None:
        script = """
            go_on = True
            machine.succeed("true")
            while go_on:
                a = 1
            print("end")
        """
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command", lambda body: body["phase"] == "finished")
            session.request("pause", {"threadId": 1})
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.names), ("pause", ["testScript"]))
            session.evaluate("go_on = False")
            session.go()
            session.finish_passed()

    def test_pause_of_a_stopped_script_does_nothing(self) -> None:
        with self.run_driver("a = 1  # @here\nb = 2\n") as session:
            session.start("here")
            session.stopped()
            session.request("pause", {"threadId": 1})
            session.go()
            session.finish_passed()


@each_back_end
class Threads(AgentTest):
    script = """
        import threading
        ready = threading.Event()
        done = threading.Event()
        def work():
            ready.set()
            x = "in thread"  # @inside
            done.wait()
            return x
        thread = threading.Thread(target=work, name="helper")
        thread.start()
        ready.wait()
        a = 1
        while not done.is_set():
            a += 1  # @main
        thread.join()
    """

    def test_a_breakpoint_in_a_thread_stops_it_and_the_others_wait(self) -> None:
        with self.run_driver(self.script) as session:
            session.start("inside")
            stop = session.stopped()
            self.assertEqual((stop.at, stop.names), ("inside", ["work"]))
            threads = {each["name"]: each["id"] for each in session.request("threads")["threads"]}
            self.assertEqual(threads, {"testScript": 1, "helper": stop.thread})
            before = session.evaluate("globals().get('a')")
            self.assertEqual(session.evaluate("globals().get('a')"), before)
            session.evaluate("done.set()")
            session.go(thread=stop.thread)
            session.finish_passed()

    def test_the_stack_of_another_thread_can_be_read(self) -> None:
        with self.run_driver(self.script) as session:
            session.start("main")
            session.stopped()
            threads = {each["name"]: each["id"] for each in session.request("threads")["threads"]}
            if "helper" in threads:
                frames = session.request("stackTrace", {"threadId": threads["helper"]})["stackFrames"]
                self.assertEqual(frames[-1]["name"], "work")
            session.break_at()
            session.evaluate("done.set()")
            session.go()
            session.finish_passed()

    def test_an_exception_in_a_thread_does_not_stop_the_script(self) -> None:
        script = """
            import threading
            def work():
                raise ValueError("in thread")
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            print("end")
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertEqual(session.ended(), {"outcome": "passed"})
            status, out, err = session.finish()
            self.assertEqual((status, out), (0, "end\n"))
            self.assertIn("ValueError: in thread", err)
            self.assertNotIn("nixtest_agent", err)
