"""Scripts that do odd things: the agent lets them, and they run as they would without it."""

from __future__ import annotations

import time

from cases import AgentTest, each_back_end


@each_back_end
class OddScripts(AgentTest):
    def ends(self, script: str | bytes, outcome: str = "passed") -> str:
        with self.run_driver(script) as session:
            session.start(filters=[])
            self.assertEqual(session.ended()["outcome"], outcome)
            return session.finish()[1]

    def invalid(self, script: str | bytes) -> dict[str, object]:
        with self.run_driver(script) as session:
            session.connect()
            body = session.event("nixtest/scriptInvalid")
            self.assertEqual(session.finish()[0], 1)
            return body

    def test_an_empty_script(self) -> None:
        self.ends("")
        self.ends("# only\n\n# remarks\n")
        self.ends("\n\f\n")

    def test_a_docstring_stays_and_other_strings_do_not_replace_it(self) -> None:
        self.assertEqual(self.ends("'doc'\n'not doc'\nprint(__doc__)\n"), "doc\n")
        self.assertEqual(self.ends("a = 1\n'not doc'\nprint('__doc__' in globals())\n"), "False\n")

    def test_names_are_those_of_a_plain_run(self) -> None:
        self.assertEqual(self.ends("print(sorted(n for n in globals() if n.startswith('__')))\n"), "['__builtins__']\n")

    def test_line_endings_tabs_and_form_feeds(self) -> None:
        with self.run_driver(b"a = 1\r\n\fif a:\r\n\tb = 2  # @here\r\nc = '\xc3\xa4'; d = 4\r\n") as session:
            found = session.start("here")
            self.assertEqual(found["statementLines"], [1, 2, 3, 4])
            stop = session.stopped()
            self.assertEqual((stop.line, stop.frames[0]["column"]), (3, 2))
            session.go()
            session.finish_passed()

    def test_columns_after_wide_characters(self) -> None:
        script = "def f(a, b): raise ValueError\nx = ('äöü😀', f(1, 2))\n"
        with self.run_driver(script) as session:
            session.start()
            frame = session.stopped().frames[1]
            line = script.splitlines()[frame["line"] - 1]
            if "endColumn" in frame:
                self.assertEqual(line[frame["column"] - 1 : frame["endColumn"] - 1], "f(1, 2)")
            else:
                self.assertEqual(frame["column"], 1)

    def test_a_syntax_error_is_told_with_its_place(self) -> None:
        body = self.invalid("a = 1\nb = = 2\n")
        self.assertEqual(
            body,
            {
                "text": "a = 1\nb = = 2\n",
                "message": "SyntaxError: invalid syntax",
                "line": 2,
                "column": 5,
                "endLine": 2,
                "endColumn": 6,
            },
        )

    def test_a_syntax_error_of_the_compiler_is_told_too(self) -> None:
        self.assertEqual(self.invalid("a = 1\nreturn 3\n")["line"], 2)
        self.assertEqual(self.invalid("if True:\n\tb = 1\n        c = 2\n")["line"], 3)

    def test_a_nul_byte_is_told_with_its_place(self) -> None:
        body = self.invalid(b"a = 1\nb = '\x00'\n")
        self.assertEqual((body["line"], body["column"]), (2, 6))

    def test_text_that_is_no_unicode(self) -> None:
        self.assertEqual(self.invalid(b"a = '\xff'\n")["line"], 1)

    def test_future_imports_reach_all_statements(self) -> None:
        script = """
            '''doc'''
            from __future__ import annotations
            def f(x: nowhere): pass
            y: nothing = 3
            print(f.__annotations__, __annotations__, __doc__)
        """
        self.assertEqual(self.ends(script), "{'x': 'nowhere'} {'y': 'nothing'} doc\n")

    def test_global_statements(self) -> None:
        script = """
            def work():
                global made
                made = 1
            work()
            global other
            other = made + 1
            print(other)
        """
        self.assertEqual(self.ends(script), "2\n")

    def test_replaced_builtins(self) -> None:
        script = """
            import builtins
            for name in ("repr", "sorted", "open", "print", "exec", "eval", "compile", "min", "input"):
                setattr(builtins, name, None)
            exec = print = repr = None
            a = 1  # @here
            b = 2  # @after
        """
        with self.run_driver(script) as session:
            session.start("here")
            frame = session.stopped().frames[0]
            self.assertEqual(session.scopes(frame)["Locals"]["name"]["value"], "'input'")
            self.assertEqual(session.evaluate("[a_ for a_ in (1, 2)]"), "[1, 2]")
            self.assertEqual(session.go_and_stop("next").at, "after")
            session.go()
            self.assertEqual(session.ended(), {"outcome": "passed"})

    def test_a_trace_function_of_the_script(self) -> None:
        script = """
            import sys
            seen = []
            def trace(frame, event, argument):
                seen.append(event)
                return trace
            sys.settrace(trace)
            def work():
                return 1
            work()
            sys.settrace(None)
            print("return" in seen)
        """
        self.assertEqual(self.ends(script), "True\n")

    def test_a_fork(self) -> None:
        script = """
            import sys
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                a = 1  # @child
                os._exit(7)
            status = os.waitpid(child, 0)[1]
            print(os.waitstatus_to_exitcode(status))  # @parent
        """
        with self.run_driver(script) as session:
            session.start("child", "parent")
            self.assertEqual(session.stopped().at, "parent")
            session.go()
            self.assertEqual(session.finish_passed(), "7\n")

    def test_a_fork_that_runs_to_the_end(self) -> None:
        script = """
            child = os.fork()
            if child != 0:
                os.waitpid(child, 0)
                print("parent", flush=True)
        """
        with self.run_driver(script) as session:
            session.start()
            self.assertEqual(session.finish_passed(), "parent\n")
            self.assertEqual(len([m for m in session.messages if m.get("event") == "nixtest/scriptEnded"]), 0)

    def test_an_exit_without_an_end(self) -> None:
        with self.run_driver("os._exit(5)\n") as session:
            session.start()
            with self.assertRaises(EOFError):
                session.ended()
            self.assertEqual(session.finish()[0], 5)

    def test_a_script_counts_its_own_threads_only(self) -> None:
        self.assertEqual(self.ends("import threading\nprint(threading.active_count())\n"), "1\n")

    def test_a_recursion_too_deep_is_the_scripts_own_error(self) -> None:
        script = """
            def down():
                return down()  # @down
            try:
                down()
            except RecursionError:
                print("too deep")
        """
        with self.run_driver(script) as session:
            session.start({"line": "down", "condition": "False"})
            self.assertEqual(session.finish_passed(), "too deep\n")

    def test_warnings_come_once(self) -> None:
        with self.run_driver("print(1 is 1)\n", environment={"PYTHONWARNINGS": "default"}) as session:
            session.start()
            session.ended()
            self.assertEqual(session.finish()[2].count("SyntaxWarning"), 1)

    def test_a_long_script_starts_quickly(self) -> None:
        script = (
            "".join(f"a{i} = [{i}, {i} + 1]\n" for i in range(9000)) + "def f():\n" + "    x = 1\n" * 1000 + "end = 1\n"
        )
        with self.run_driver(script.encode()) as session:
            session.connect()
            start = time.monotonic()
            session.event("nixtest/script")
            self.assertLess(time.monotonic() - start, 8)
            session.break_at(5000)
            session.request("configurationDone", {})
            self.assertEqual(session.stopped().line, 5000)
            session.break_at()
            session.go()
            session.finish_passed()
