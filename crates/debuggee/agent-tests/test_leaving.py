"""Leaving a statement on purpose: what runs on the way, what is told of it, and that tracing goes on."""

from __future__ import annotations

from cases import AgentTest, each_back_end


@each_back_end
class Leaving(AgentTest):
    def test_the_script_frame_is_restarted_at_its_statement(self) -> None:
        script = """
            turns = [0]
            def work():
                turns[0] += 1
                print("turn", turns[0])  # @work
            with subtest("one"):  # @subtest
                print("body")  # @body
                work()
            print("after")  # @after
        """
        with self.run_driver(script) as session:
            session.start("work")
            stop = session.stopped()
            self.assertEqual((stop.at, stop.names), ("work", ["work", "testScript"]))
            session.request("restartFrame", {"frameId": stop.frames[1]["id"]})
            again = session.stopped()
            self.assertEqual((again.reason, again.at, again.names), ("goto", "subtest", ["testScript"]))
            self.assertEqual(session.evaluate("turns"), "[1]")
            at = [session.go_and_stop("next").at, session.go_and_stop().at, session.evaluate("turns")]
            self.assertEqual(at, ["body", "work", "[2]"])
            session.break_at("after")
            self.assertEqual(session.go_and_stop().at, "after")
            session.go()
            self.assertEqual(session.ended(), {"outcome": "passed"})
            status, out, err = session.finish()
            told = [line for line in out.splitlines() if line.startswith(("turn", "body", "after"))]
            self.assertEqual((status, told), (0, ["body", "body", "turn 2", "after"]))
            self.assertNotIn("failed", err)

    def test_what_is_passed_is_left_as_by_any_exception(self) -> None:
        script = """
            seen = []
            class Context:
                def __enter__(self): seen.append("enter")
                def __exit__(self, *exception): seen.append("exit")
            def inner():
                with Context():
                    try:
                        seen.append("in")  # @inner
                    except Exception:
                        seen.append("swallowed")
                    finally:
                        seen.append("finally")
            if len(seen) < 4:  # @if
                inner()
            print(*seen)
        """
        with self.run_driver(script) as session:
            session.start("inner")
            stop = session.stopped()
            session.request("restartFrame", {"frameId": stop.frames[-1]["id"]})
            again = session.stopped()
            self.assertEqual((again.at, session.evaluate("seen")), ("if", "['enter', 'finally', 'exit']"))
            session.break_at()
            session.go()
            self.assertIn("enter finally exit enter in finally exit\n", session.finish_passed())

    def test_what_swallows_it_gets_it_again_or_is_left_at_its_end(self) -> None:
        """Under `sys.settrace` tracing is off until the statement has ended, so there it is the end."""
        script = """
            seen = []
            for turn in range(2):  # @for
                try:
                    seen.append("one")  # @one
                except BaseException:
                    pass
                try:
                    seen.append("two")
                finally:
                    seen.append("three")
            print("end")  # @end
        """
        with self.run_driver(script) as session:
            session.start("one")
            stop = session.stopped()
            session.break_at()
            session.request("restartFrame", {"frameId": stop.frames[0]["id"]})
            self.assertEqual(session.stopped().at, "for")
            before = session.evaluate("seen")
            late = ["two", "three", "one", "two", "three"]
            self.assertEqual(before, "[]" if self.back_end == "monitoring" else str(late))
            session.go()
            session.finish_passed()

    def test_a_frame_of_a_function_that_called_is_not_restarted(self) -> None:
        script = """
            def inner():
                return 1  # @inner
            def outer():
                return inner()
            outer()
        """
        with self.run_driver(script) as session:
            session.start("inner")
            stop = session.stopped()
            text = session.refused("restartFrame", {"frameId": stop.frames[1]["id"]})
            self.assertIn("testScript", text)
            self.assertIn("no frame", session.refused("restartFrame", {"frameId": 4711}))
            self.assertIn("no frame", session.refused("restartFrame"))
            session.go()
            session.finish_passed()

    def test_after_a_failure_the_statement_runs_again(self) -> None:
        script = """
            import os
            ready = False
            assert ready, "not yet"  # @assert
            print("ready")
        """
        with self.run_driver(script) as session:
            session.start()
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.at), ("exception", "assert"))
            session.evaluate("ready = True")
            session.request("restartFrame", {"frameId": stop.frames[0]["id"]})
            again = session.stopped()
            self.assertEqual((again.reason, again.at), ("goto", "assert"))
            session.go()
            self.assertIn("ready\n", session.finish_passed())
