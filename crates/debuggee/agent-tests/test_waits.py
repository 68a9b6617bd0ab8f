"""What the script waits for is told, and can be cancelled, skipped or taken for having come true."""

from __future__ import annotations

from adapter import DriverSession, Json
from cases import AgentTest, each_back_end


def wait_told(session: DriverSession, phase: str) -> Json:
    return session.event("nixtest/wait", lambda body: body["phase"] == phase)


def end(session: DriverSession, how: str) -> Json:
    return session.request("nixtest/endWait", {"how": how})


SCRIPT = """
    def never():
        return False
    machine.start()
    begun = 1
    {call}  # @waiting
    after = 2  # @after
"""


@each_back_end
class Told(AgentTest):
    def test_a_long_command_is_told_with_what_is_known_of_it(self) -> None:
        with self.run_driver("machine.start()\nmachine.execute('sleep 1.3')  # @waiting\n") as session:
            session.start()
            told = wait_told(session, "started")
            self.assertGreaterEqual(told.pop("elapsedMs"), 1000)
            self.assertEqual(
                told,
                {
                    "id": 1,
                    "phase": "started",
                    "machine": "machine",
                    "what": 'execute("sleep 1.3")',
                    "command": "sleep 1.3",
                    "attempts": 0,
                    "lastStatus": None,
                    "lastOutput": None,
                    "timeLeftMs": None,
                    "line": session.line("waiting"),
                },
            )
            self.assertEqual(wait_told(session, "ended")["outcome"], "succeeded")
            session.finish_passed()

    def test_a_wait_tells_attempts_the_last_try_and_the_time_left(self) -> None:
        call = "machine.wait_until_succeeds('exit 3', timeout=60)"
        with self.run_driver(SCRIPT.format(call=call)) as session:
            session.start("after")
            told = wait_told(session, "started")
            self.assertEqual(told["what"], 'wait_until_succeeds("exit 3", 60)')
            self.assertEqual((told["lastStatus"], told["lastOutput"], told["command"]), (3, "", "exit 3"))
            self.assertGreater(told["attempts"], 0)
            self.assertLessEqual(told["timeLeftMs"], 60_000 - told["elapsedMs"])
            self.assertEqual(end(session, "succeed"), {"what": "machine." + told["what"], "isStopped": False})
            self.assertEqual(wait_told(session, "ended")["outcome"], "succeeded")
            self.assertEqual(session.stopped().at, "after")
            session.go()
            session.finish_passed()


@each_back_end
class EndedByTheUser(AgentTest):
    CALLS = ("machine.wait_until_succeeds('exit 3')", "machine.execute('sleep 600')", "retry(lambda last: never())")

    def test_succeed_and_skip_go_on_behind_it(self) -> None:
        for call in self.CALLS:
            for how, outcome in (("succeed", "succeeded"), ("skip", "skipped")):
                with self.subTest(call=call, how=how), self.run_driver(SCRIPT.format(call=call)) as session:
                    session.start("after")
                    wait_told(session, "started")
                    end(session, how)
                    self.assertEqual(wait_told(session, "ended")["outcome"], outcome)
                    self.assertEqual(session.stopped().at, "after")
                    session.go()
                    session.finish_passed()

    def test_cancel_raises_in_the_script(self) -> None:
        for call in self.CALLS:
            with self.subTest(call=call), self.run_driver(SCRIPT.format(call=call)) as session:
                session.start()
                words = wait_told(session, "started")
                where = "" if words["machine"] is None else "machine."
                end(session, "cancel")
                self.assertEqual(wait_told(session, "ended")["outcome"], "cancelled")
                stop = session.stopped()
                self.assertEqual((stop.reason, stop.at), ("exception", "waiting"))
                self.assertEqual(
                    stop.event["text"], f"WaitCancelled: the user cancelled the wait in {where}{words['what']}"
                )
                session.go()
                self.assertEqual(session.ended()["outcome"], "failed")

    def test_the_script_can_catch_it(self) -> None:
        script = """
            machine.start()
            try:
                machine.execute("sleep 600")
            except Exception as error:
                caught = type(error).__name__
            assert caught == "WaitCancelled"
            assert machine.execute("next") == (0, "next\\n")
        """
        with self.run_driver(script) as session:
            session.start()
            wait_told(session, "started")
            end(session, "cancel")
            session.finish_passed()

    def test_while_the_script_stands_it_takes_effect_when_it_goes_on(self) -> None:
        with self.run_driver(SCRIPT.format(call="machine.execute('sleep 600')")) as session:
            session.start("after")
            wait_told(session, "started")
            session.request("pause", {"threadId": 1})
            self.assertEqual(session.stopped().at, "waiting")
            self.assertTrue(end(session, "skip")["isStopped"])
            self.assertEqual(session.go_and_stop().at, "after")
            session.go()
            session.finish_passed()

    def test_what_cannot_be_ended_is_refused_with_the_reason(self) -> None:
        with self.run_driver("a = 1  # @here\n") as session:
            session.start("here")
            session.stopped()
            self.assertIn("waits for nothing", session.refused("nixtest/endWait", {"how": "skip"}))
            for arguments in ({}, {"how": "fly"}, {"how": "skip", "id": "x"}):
                self.assertIn("send one", session.refused("nixtest/endWait", arguments))
            session.go()
            session.finish_passed()
