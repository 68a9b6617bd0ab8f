"""The session as the adapter sees it: greeting, runs, messages, the end, and a broken link."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from adapter import AGENT, DriverSession
from cases import AgentTest, each_back_end, each_shape


@each_shape
class Life(AgentTest):
    def test_the_greeting_tells_who_is_there(self) -> None:
        with self.run_driver("a = 1\n") as session:
            hello = session.connect()
            self.assertEqual((hello["protocol"], hello["pid"]), (1, session.process.pid))
            self.assertRegex(hello["python"], r"^3\.\d+\.\d+$")
            self.assertIn(hello["tracing"], ("monitoring", "settrace"))

    def test_the_script_is_announced_before_it_runs(self) -> None:
        script = "# remark\na = 1\n\ndef f():\n    'doc'\n    return (1,\n        2)\n"
        with self.run_driver(script) as session:
            session.connect()
            found = session.event("nixtest/script")
            self.assertEqual((found["text"], found["file"]), (script, "<string>"))
            self.assertEqual(found["statementLines"], [2, 4, 6])
            self.assertEqual(found["statementColumns"], [1, 1, 5])
            self.assertEqual(found["machines"], ["machine", "client"])
            session.request("configurationDone", {})
            session.finish_passed()

    def test_messages_are_numbered_from_one(self) -> None:
        with self.run_driver("a = 1\n") as session:
            session.connection, _ = session.listener.accept()
            deadline = time.monotonic() + 10
            self.assertEqual([session.receive(deadline)["seq"] for _ in range(2)], [1, 2])

    def test_commands_are_reported(self) -> None:
        script = """
            machine.succeed("echo one")  # @first
            def work():
                client.execute("exit 7")  # @second
            work()
            machine.execute(command="true", timeout=3)  # @third
        """
        with self.run_driver(script) as session:
            session.start()
            session.finish_passed()
            found = [m["body"] for m in session.messages if m.get("event") == "nixtest/command"]
            duration = [each.pop("durationMs") for each in found if each["phase"] == "finished"]
            self.assertEqual(len(duration), 3)
            expected = []
            for machine, command, status, line in (
                ("machine", "echo one", 0, "first"),
                ("client", "exit 7", 7, "second"),
                ("machine", "true", 0, "third"),
            ):
                body = {"machine": machine, "command": command, "line": session.line(line)}
                expected += [body | {"phase": "started"}, body | {"phase": "finished", "status": status}]
            self.assertEqual(found, expected)

    def test_a_command_that_raises_is_reported_without_a_status(self) -> None:
        with self.run_driver("try:\n    machine.execute('explode')\nexcept ConnectionError:\n    pass\n") as session:
            session.start()
            session.event("nixtest/command")
            finished = session.event("nixtest/command", lambda body: body["phase"] == "finished")
            self.assertNotIn("status", finished)
            session.finish_passed()

    def test_signatures_of_the_driver_stay(self) -> None:
        with self.run_driver("import inspect\nprint(inspect.signature(machine.execute))\n") as session:
            session.start()
            self.assertIn("check_return: ", session.finish_passed())

    def test_breakpoint_in_the_script_stops(self) -> None:
        with self.run_driver("a = 1\nbreakpoint()  # @here\nb = 2  # @after\n") as session:
            session.start()
            stop = session.stopped()
            self.assertEqual(
                (stop.reason, stop.at, stop.event["description"]), ("breakpoint", "here", "breakpoint() was called")
            )
            self.assertEqual(session.go_and_stop("next").at, "after")

    def test_a_second_run_of_the_same_text_is_not_announced(self) -> None:
        with self.run_driver("a = 1  # @here\n", environment={"FAKE_DRIVER_RUNS": "2"}) as session:
            session.start("here")
            for _ in range(2):
                session.stopped()
                session.go()
                self.assertEqual(session.ended(), {"outcome": "passed"})
            session.finish()
            self.assertEqual([m for m in session.messages if m.get("event") == "nixtest/script"], [])

    def test_a_second_run_of_another_text_is_announced_and_waits(self) -> None:
        with self.run_driver("a = 1  # @here\n") as first:
            other = first.directory / "other"
            other.write_text("b = 1\nc = 2\n")
            with self.run_driver(
                "a = 1\n", environment={"FAKE_DRIVER_RUNS": "2", "FAKE_DRIVER_NEXT": str(other)}
            ) as session:
                session.start()
                session.ended()
                self.assertEqual(session.event("nixtest/script")["text"], other.read_text())
                session.break_at(2)
                session.request("configurationDone", {})
                self.assertEqual(session.stopped().line, 2)
                session.go()
                session.finish_passed()


class Absence(AgentTest):
    def test_without_a_link_in_the_environment_nothing_is_loaded(self) -> None:
        script = "import sys\nprint(any('nixtest' in n for n in sys.modules), driver.__class__.__module__)\n"
        environment = {"PYTHONPATH": os.pathsep.join([str(AGENT), str(Path(__file__).parent / "fakes" / "layered")])}
        with self.run_driver(script, agent=False, environment=environment) as session:
            status, out, err = session.finish()
            self.assertEqual((status, out, err), (0, "False test_driver.driver\n", ""))

    def test_the_next_sitecustomize_is_loaded(self) -> None:
        with self.run_driver("import sitecustomize\nprint(sitecustomize.mark)\n") as first:
            hidden = first.directory / "hidden"
            hidden.mkdir()
            (hidden / "sitecustomize.py").write_text("mark = 'the hidden one'\n")
            path = os.pathsep.join([str(AGENT), str(hidden), str(Path(__file__).parent / "fakes" / "layered")])
            with self.run_driver(
                "import sitecustomize\nprint(sitecustomize.mark)\n", environment={"PYTHONPATH": path}
            ) as session:
                session.start()
                self.assertEqual(session.finish_passed(), "the hidden one\n")

    def test_an_adapter_that_is_not_there_leaves_the_driver_alone(self) -> None:
        with self.run_driver("print('ran')\n", environment={"NIXTEST_DAP_AGENT": "/nonexistent/agent.sock"}) as session:
            status, out, err = session.finish()
            self.assertEqual((status, out, err), (0, "ran\n", ""))

    def test_an_address_that_refuses_is_noted_beside_it(self) -> None:
        with DriverSession("print('ran')\n", environment={}) as first:
            first.expects_trouble = True
            address = str(first.directory / "nobody.sock")
            with self.run_driver("print('ran')\n", environment={"NIXTEST_DAP_AGENT": address}) as session:
                self.assertEqual(session.finish()[:2], (0, "ran\n"))
            self.assertIn("taking over the test driver", (first.directory / "agent-trouble.txt").read_text())


@each_back_end
class End(AgentTest):
    def test_terminate_unwinds_a_stopped_script(self) -> None:
        script = """
            try:
                a = 1  # @here
            finally:
                print("cleaned")
            print("never")
        """
        with self.run_driver(script) as session:
            session.start("here")
            session.stopped()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            self.assertEqual(session.finish()[1], "cleaned\n")
            self.assertTrue((session.out / "cleaned-up").exists())

    def test_terminate_interrupts_a_driver_call(self) -> None:
        script = """
            try:
                machine.succeed("sleep 100")
            finally:
                print("cleaned")
        """
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command")
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            self.assertEqual(session.finish()[1], "cleaned\n")
            self.assertTrue((session.out / "cleaned-up").exists())

    def test_terminate_interrupts_a_busy_script(self) -> None:
        with self.run_driver("machine.succeed('true')\nwhile True:\n    pass\n") as session:
            session.start()
            session.event("nixtest/command")
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})

    def test_terminate_interrupts_an_evaluation(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            for expression in ("machine.succeed('sleep 100')",):
                asked = session.send("evaluate", {"expression": expression})
                session.event("nixtest/command")
                session.request("terminate")
                self.assertFalse(session.response(asked)["success"])
            self.assertEqual(session.ended(), {"outcome": "terminated"})

    def test_terminate_before_the_script_runs(self) -> None:
        with self.run_driver("print('never')\n") as session:
            session.connect()
            session.event("nixtest/script")
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            self.assertEqual(session.finish()[1], "")

    def test_terminate_while_an_exception_stands(self) -> None:
        with self.run_driver("raise ValueError\n") as session:
            session.start()
            session.stopped()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})

    def test_terminate_in_a_nested_stop(self) -> None:
        script = "def work():\n    return 1  # @inside\na = 1  # @here\n"
        with self.run_driver(script) as session:
            session.start("here", "inside")
            session.stopped()
            session.send("evaluate", {"expression": "work()"})
            session.stopped()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})

    def test_terminate_while_another_thread_is_stopped(self) -> None:
        script = """
            import threading
            def work():
                x = 1  # @inside
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            machine.succeed("sleep 100")
        """
        with self.run_driver(script) as session:
            session.start("inside")
            session.stopped()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            session.finish()

    def test_a_broken_link_ends_a_stopped_script(self) -> None:
        with self.run_driver("a = 1  # @here\nprint('never')\n") as session:
            session.start("here")
            session.stopped()
            self._break(session)
            status, out, err = session.finish()
            self.assertNotEqual(status, 0)
            self.assertEqual(out, "")
            self.assertIn("KeyboardInterrupt", err)
            self.assertTrue((session.out / "cleaned-up").exists())

    def test_a_broken_link_ends_a_running_script(self) -> None:
        with self.run_driver("machine.succeed('sleep 100')\n") as session:
            session.start()
            session.event("nixtest/command")
            self._break(session)
            self.assertIn("KeyboardInterrupt", session.finish()[2])
            self.assertTrue((session.out / "cleaned-up").exists())

    def test_a_broken_link_before_the_script_runs_ends_it(self) -> None:
        with self.run_driver("print('never')\n") as session:
            session.connect()
            session.event("nixtest/script")
            self._break(session)
            self.assertEqual(session.finish()[1], "")

    def _break(self, session: DriverSession) -> None:
        if session.connection is not None:
            session.connection.close()
            session.connection = None


class Messages(AgentTest):
    def test_an_unknown_command_is_refused(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            answer = session.response(session.send("fly"))
            self.assertEqual((answer["success"], answer["command"]), (False, "fly"))
            error = answer["body"]["error"]
            self.assertEqual((error["format"], error["showUser"]), (answer["message"], False))
            self.assertIsInstance(error["id"], int)

    def test_malformed_messages_do_no_harm(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            for body in (
                b"{",
                b"[]",
                b"null",
                b"\xff\xfe",
                b"",
                b"{}",
                b'"text"',
                b'{"seq": 1, "type": "event"}',
                b"[" * 100000,
            ):
                session.send_bytes(body)
            for message in (
                {"seq": "x", "type": "request"},
                {"type": "request", "command": ["stackTrace"]},
                {"seq": 90, "type": "request", "command": "stackTrace", "arguments": []},
                {"seq": 91, "type": "request", "command": "variables", "arguments": {"variablesReference": "a"}},
                {"seq": 92, "type": "request", "command": "evaluate", "arguments": {"expression": 3}},
                {"seq": 93, "type": "request", "command": "setBreakpoints", "arguments": {"breakpoints": 3}},
                {"seq": 94, "type": "request", "command": "scopes", "arguments": {"frameId": {}}},
            ):
                session.send_bytes(json.dumps(message).encode())
            for seq in range(90, 95):
                self.assertFalse(session.response(seq)["success"])
            self.assertEqual(session.evaluate("1 + 1"), "2")
            session.go()
            session.finish_passed()

    def test_a_message_may_come_byte_by_byte(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            body = json.dumps({"seq": 500, "type": "request", "command": "threads"}).encode()
            for byte in b"X-Other: 1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body):
                assert session.connection is not None
                session.connection.sendall(bytes([byte]))
            self.assertTrue(session.response(500)["success"])

    def test_absent_arguments_are_empty(self) -> None:
        with self.run_driver("a = 1\n") as session:
            session.connect()
            session.event("nixtest/script")
            session.send("setBreakpoints")
            session.send("setExceptionBreakpoints")
            session.send("configurationDone")
            session.finish_passed()

    def test_pages_of_the_stack(self) -> None:
        script = """
            def down(n):
                if n:
                    down(n - 1)
                return n  # @here
            down(10)
        """
        with self.run_driver(script) as session:
            session.start("here")
            session.stopped()
            body = session.request("stackTrace", {"threadId": 1, "startFrame": 1, "levels": 3})
            self.assertEqual((len(body["stackFrames"]), body["totalFrames"]), (3, 12))
            again = session.request("stackTrace", {"threadId": 1, "startFrame": 1, "levels": 3})
            self.assertEqual(again, body)
