"""Another text for the script while it runs: which statements run, and where code of both texts is said to stand."""

from __future__ import annotations

import textwrap

from adapter import DriverSession, Json
from cases import AgentTest, each_back_end


def load(session: DriverSession, text: str) -> Json:
    """Replace the script by `text`; markers are those of the new text afterwards."""
    text = textwrap.dedent(text)
    session.lines = text.split("\n")
    return session.request("nixtest/reload", {"text": text})


@each_back_end
class Reloading(AgentTest):
    def test_statements_that_have_not_started_are_those_of_the_new_text(self) -> None:
        with self.run_driver("print('one')\nprint('two')  # @two\nprint('three')\nprint('four')\n") as session:
            session.start("two")
            self.assertEqual(session.stopped().at, "two")
            answer = load(session, "print('one')\nprint('two')  # @two\nprint('drei')  # @drei\n")
            self.assertEqual((answer["version"], answer["differences"]), (2, []))
            self.assertEqual(answer["statementLines"], [1, 2, 3])
            session.break_at("drei")
            self.assertEqual(session.go_and_stop().at, "drei")
            session.go()
            self.assertTrue(session.finish_passed().endswith("one\ntwo\ndrei\n"))

    def test_what_ran_counts_as_run_and_its_changes_are_told(self) -> None:
        old = "a = 1\nb = 2\nc = 3\nd = 4  # @here\ne = 5\n"
        new = "a = 1\nadded = 1\nb = 22\nd = 44\ne = 55\nprint(a, b, c, d, e)\n"
        with self.run_driver(old) as session:
            session.start("here")
            session.stopped()
            answer = load(session, new)
            self.assertEqual(
                answer["differences"],
                [
                    {"kind": "changed", "line": 2, "last_line": 2},
                    {"kind": "changed", "line": 3, "last_line": 3},
                    {"kind": "changed", "line": 4, "last_line": 4},
                ],
            )
            session.go()
            self.assertIn("1 2 3 4 55\n", session.finish_passed())

    def test_a_function_breakpoint_stays_on_functions_that_were_defined_by_the_old_text(self) -> None:
        old = "def greet():\n    print('hello')\n\nx = 1  # @here\ngreet()\n"
        with self.run_driver(old) as session:
            session.start("here")
            session.request("setFunctionBreakpoints", {"breakpoints": [{"name": "greet"}]})
            session.stopped()
            load(session, "# a line more\n" + old.replace("greet()\n", "greet()\nlater = 2\n", 1))
            stopped = session.go_and_stop()
            self.assertEqual((stopped.reason, stopped.names), ("function breakpoint", ["greet", "testScript"]))
            session.go()
            self.assertTrue(session.finish_passed().endswith("hello\n"))

    def test_a_text_that_is_no_python_changes_nothing(self) -> None:
        with self.run_driver("print('one')  # @one\nprint('two')\n") as session:
            session.start("one")
            session.stopped()
            answer = session.request("nixtest/reload", {"text": "print('one')\nif x\n"})
            self.assertEqual((answer["invalid"]["line"], "version" in answer), (2, False))
            self.assertIn("needs the text", session.refused("nixtest/reload"))
            self.assertIn("needs the text", session.refused("nixtest/reload", {"text": 3}))
            session.go()
            self.assertTrue(session.finish_passed().endswith("one\ntwo\n"))

    def test_the_statement_that_stands_runs_anew_as_the_new_text_has_it(self) -> None:
        with self.run_driver("a = 1\nb = a + 1  # @here\nprint(a, b)\n") as session:
            session.start("here")
            session.stopped()
            answer = load(session, "a = 1\nprint('once more')\nb = a + 10  # @here\nprint(a, b)\n")
            self.assertEqual([each["kind"] for each in answer["differences"]], ["changed"])
            stop = session.request("gotoTargets", {"lines": [3]})["targets"]
            session.request("goto", {"threadId": 1, "targetId": stop[0]["id"]})
            there = session.stopped()
            self.assertEqual((there.reason, there.at), ("goto", "here"))
            session.break_at()
            session.go()
            self.assertTrue(session.finish_passed().endswith("1 11\n"))

    def test_code_that_stands_elsewhere_now_is_told_there_and_breakpoints_hit_in_it(self) -> None:
        old = """
            def work():
                x = 1  # @x
                return x
            start = 0  # @start
            work()
        """
        new = """
            # A remark,
            # and one more.
            def work():
                x = 1  # @x
                return x
            start = 0  # @start
            second = 0
            work()  # @call
        """
        with self.run_driver(old) as session:
            session.start("start")
            session.stopped()
            answer = load(session, new)
            stack = session.request("stackTrace", {"threadId": 1})["stackFrames"]
            self.assertEqual((stack[0]["line"], stack[0]["source"]["sourceReference"]), (session.line("start"), 2))
            self.assertEqual(answer["differences"], [])
            session.break_at("x")
            stop = session.go_and_stop()
            self.assertEqual((stop.at, [frame["line"] for frame in stop.frames]), ("x", [5, session.line("call")]))
            self.assertEqual(session.go_and_stop("next").line, 6)
            session.go()
            session.finish_passed()

    def test_code_that_is_gone_is_told_by_the_text_it_is_of(self) -> None:
        old = """
            def work():
                x = 1
                machine.succeed(f"exit {x}")
            start = 0  # @start
            work()
        """
        new = """
            def work():
                return None
            start = 0
            print("more")
            work()
        """
        with self.run_driver(old) as session:
            session.start("start")
            session.stopped()
            load(session, new)
            session.go()
            stop = session.stopped()
            places = [(frame["line"], frame["source"]["sourceReference"]) for frame in stop.frames]
            self.assertEqual((stop.reason, places), ("exception", [(4, 1), (6, 2)]))
            session.go()
            told = [
                (each["version"], each["line"]) for each in session.ended()["exception"]["frames"] if each["isScript"]
            ]
            self.assertEqual(told, [(1, 4), (2, 6)])
            _, _, err = session.finish()
            self.assertIn('!!! line 6, in <module>: work()\n!!! line 4, in work: machine.succeed(f"exit {x}")\n', err)

    def test_a_running_script_goes_on_with_the_new_text(self) -> None:
        script = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.005)\nprint('old')\n"
        with self.run_driver(script) as session:
            session.start()
            load(session, script.replace("print('old')", "print('new')"))
            (session.directory / "go").touch()
            self.assertIn("new\n", session.finish_passed())

    def test_a_second_run_is_of_the_new_text(self) -> None:
        with self.run_driver("print('old')\nx = 1  # @x\n", environment={"FAKE_DRIVER_RUNS": "2"}) as session:
            session.start("x")
            session.stopped()
            load(session, "print('new')\nx = 1\n")
            session.break_at()
            session.go()
            self.assertEqual([session.ended()["outcome"] for _ in range(2)], ["passed", "passed"])
            out = session.finish()[1]
            self.assertEqual([line for line in out.split() if line in ("old", "new")], ["old", "new"])
