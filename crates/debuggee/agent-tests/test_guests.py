"""Commands of the adapter in the machines: when they run, what they wait for, and what becomes of those that cannot."""

from __future__ import annotations

from adapter import DriverSession, Json
from cases import AgentTest, each_shape

HELD = """
    import os, time
    os.mkfifo("gate")
    time.sleep = lambda seconds: open("gate").read()
"""
"""With this the command `sleep` lasts until the test opens the gate."""


def open_gate(session: DriverSession) -> None:
    (session.directory / "gate").write_text("")


def machines(session: DriverSession) -> list[Json]:
    found: list[Json] = session.request("nixtest/machines")["machines"]
    return sorted(found, key=lambda machine: str(machine["name"]))


def run(session: DriverSession, command: str, number: int = 7, machine: str = "machine") -> Json:
    return session.request("nixtest/guestCommand", {"machine": machine, "command": command, "id": number})


@each_shape
class Guests(AgentTest):
    def test_machines_are_listed_with_their_state_and_what_runs_in_them(self) -> None:
        script = HELD + '    machine.start()\n    machine.execute("sleep 1")  # @held\n'
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command")
            common = {"kind": "container", "commands": []}
            held = {"command": "sleep 1", "line": session.line("held")}
            self.assertEqual(
                machines(session),
                [common | {"name": "client", "state": "off"}]
                + [common | {"name": "machine", "state": "up", "commands": [held]}],
            )
            open_gate(session)
            session.finish_passed()

    def test_a_virtual_machine_whose_process_is_gone_is_lost(self) -> None:
        script = """
            import os, subprocess
            client.send_monitor_command = None
            client.state_dir = "/state"
            client.start()
            client.process = subprocess.Popen(["sleep", "600"])
            a = 1  # @alive
            client.process.kill()
            os.waitid(os.P_PID, client.process.pid, os.WEXITED | os.WNOWAIT)
            b = 2  # @dead
            assert client.process.returncode is None
            client.process.wait()
            c = 3  # @reaped
        """
        with self.run_driver(script) as session:
            session.start("alive", "dead", "reaped")
            whole = {"name": "client", "kind": "vm", "directory": "/state", "commands": []}
            for state in ("up", "lost", "lost"):
                session.stopped()
                self.assertEqual(machines(session)[0], whole | {"state": state})
                session.go()
            session.finish_passed()

    def test_a_command_runs_in_an_idle_machine_whatever_the_script_does(self) -> None:
        with self.run_driver("client.start()\na = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertEqual(run(session, "echo hello", machine="client"), {})
            answer = {"id": 7, "status": 0, "output": "echo hello\n"}
            self.assertEqual(session.event("nixtest/guestCommand"), answer)
            self.assertEqual(run(session, "exit 3", machine="client"), {})
            self.assertEqual(session.event("nixtest/guestCommand"), {"id": 7, "status": 3, "output": ""})
            session.go()
            session.finish_passed()
            self.assertEqual([m for m in session.messages if m.get("event") == "nixtest/command"], [])

    def test_a_command_waits_for_the_one_under_way_and_precedes_the_next(self) -> None:
        script = HELD + '    machine.execute("sleep 1")  # @held\n    machine.execute("next")\n'
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command")
            behind = {"behind": {"command": "sleep 1", "line": session.line("held")}}
            self.assertEqual([run(session, f"ours {number}", number) for number in (1, 2, 3)], [behind] * 3)
            session.request("nixtest/forgetGuestCommand", {"id": 2})
            open_gate(session)
            session.finish_passed()
            bodies = [
                m["body"] for m in session.messages if m.get("event") in ("nixtest/command", "nixtest/guestCommand")
            ]
            # That the first has ended and what comes after it are told by two threads.
            told = [body.get("output", body.get("command")) for body in bodies if body.get("command") != "sleep 1"]
            self.assertEqual(told, ["ours 1\n", "ours 3\n", "next", "next"])

    def test_a_machine_that_its_command_switched_off_is_not_started(self) -> None:
        script = HELD + "    held, time.sleep = time.sleep, lambda seconds: held(seconds) or switch_off()\n"
        script += "    switch_off = lambda: setattr(machine, 'booted', False)\n"
        script += "    machine.execute('sleep 1')\n    a = 1  # @after\n"
        with self.run_driver(script) as session:
            session.start("after")
            session.event("nixtest/command")
            self.assertIn("behind", run(session, "ours"))
            open_gate(session)
            session.stopped()
            refused = {"id": 7, "error": "the machine machine does not run; machine.start() starts it"}
            self.assertEqual(session.event("nixtest/guestCommand"), refused)
            session.go()
            session.finish_passed()

    def test_a_command_in_one_machine_does_not_wait_for_another(self) -> None:
        script = HELD + '    client.start()\n    machine.execute("sleep 1")\n'
        with self.run_driver(script) as session:
            session.start()
            session.event("nixtest/command")
            self.assertEqual(run(session, "ours", machine="client"), {})
            self.assertEqual(session.event("nixtest/guestCommand")["output"], "ours\n")
            open_gate(session)
            session.finish_passed()

    def test_what_cannot_be_run_is_refused_with_the_reason(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            ask = "nixtest/guestCommand"
            self.assertEqual(
                session.refused(ask, {"machine": "nobody", "command": "true", "id": 1}),
                "there is no machine 'nobody'; ask for the machines again",
            )
            self.assertEqual(
                session.refused(ask, {"machine": "client", "command": "true", "id": 1}),
                "the machine client does not run; client.start() starts it",
            )
            for arguments in ({}, {"machine": "client"}, {"machine": 1, "command": "true", "id": 1}):
                self.assertIn("needs a machine", session.refused(ask, arguments))
            session.go()
            session.finish_passed()

    def test_a_command_that_fails_is_told_and_harms_nobody(self) -> None:
        with self.run_driver("client.start()\na = 1  # @here\nclient.execute('echo')\n") as session:
            session.expects_trouble = True
            session.start("here")
            session.stopped()
            run(session, "explode", machine="client")
            self.assertEqual(
                session.event("nixtest/guestCommand"), {"id": 7, "error": "ConnectionError: the shell is gone"}
            )
            session.go()
            session.finish_passed()

    def test_after_an_interrupted_command_there_is_none_until_the_next_boot(self) -> None:
        script = """
            import time
            def interrupt(seconds):
                raise KeyboardInterrupt
            sleep, time.sleep = time.sleep, interrupt
            client.shell = object()
            try:
                client.execute("sleep 1")
            except KeyboardInterrupt:
                pass
            time.sleep = sleep
            a = 1  # @interrupted
            client.shell = object()
            b = 2  # @rebooted
        """
        with self.run_driver(script) as session:
            session.start("interrupted", "rebooted")
            session.stopped()
            arguments = {"machine": "client", "command": "true", "id": 1}
            self.assertIn("was interrupted", session.refused("nixtest/guestCommand", arguments))
            session.go_and_stop()
            self.assertEqual(run(session, "true", machine="client"), {})
            session.event("nixtest/guestCommand")
            session.go()
            session.finish_passed()

    def test_polling_conditions_are_not_checked_for_it(self) -> None:
        script = """
            import time
            client.start()
            client.callbacks = ["a condition"]
            seen = []
            sleep, time.sleep = time.sleep, lambda seconds: seen.append(client.callbacks)
            a = 1  # @before
            time.sleep = sleep
            assert seen == [[]], seen
            assert client.callbacks == ["a condition"]
        """
        with self.run_driver(script) as session:
            session.start("before")
            session.stopped()
            run(session, "sleep 1", machine="client")
            session.event("nixtest/guestCommand")
            session.go()
            session.finish_passed()

    def test_a_script_that_waits_for_the_adapter_can_be_ended(self) -> None:
        script = HELD + '    client.start()\n    a = 1  # @here\n    client.execute("theirs")\n'
        with self.run_driver(script) as session:
            session.start("here")
            session.stopped()
            # Ours takes the machine, and the script waits for it.
            run(session, "sleep 1", machine="client")
            session.go()
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
            status, _, _ = session.finish()
            self.assertNotEqual(status, 0)
