"""Pausing where the script comes to no line: in commands, sleeps, locks; and that time stands still meanwhile."""

from __future__ import annotations

from adapter import DriverSession, Stopped
from cases import AgentTest, each_back_end

WAITING = """
    import threading, queue, select, socket, subprocess, os, time
    reading, writing = os.pipe()
    near, far = socket.socketpair()
    lock = threading.Lock()
    lock.acquire()
    condition = threading.Condition()
    gate = queue.Queue()
    def inside():
        with condition:
            condition.wait()
    begun = 1  # @begun
"""


def ready(session: DriverSession) -> None:
    session.start("begun")
    session.stopped()
    session.go()


def pause_in_the_wait(session: DriverSession) -> Stopped:
    """The first pauses may come before the wait: then the script stops at the beginning of the line."""
    while True:
        session.request("pause", {"threadId": 1})
        stop = session.stopped()
        if session.evaluate("'is_waiting' in globals()") == "True":
            return stop
        session.go()


@each_back_end
class Pausing(AgentTest):
    def assert_pauses(self, call: str, free: str) -> None:
        """The call can be paused in, evaluated at and stepped from; `free` lets it come to its end."""
        before, _, last = call.rpartition("; ")
        line = f"{before or 'pass'}; is_waiting = 1; {last}"
        script = f"{WAITING}    {line}  # @waiting\n    after = 2  # @after\n"
        with self.run_driver(script) as session:
            ready(session)
            stop = pause_in_the_wait(session)
            self.assertEqual((stop.reason, stop.at, stop.names), ("pause", "waiting", ["testScript"]))
            self.assertEqual(session.evaluate("begun + 1"), "2")
            self.assertIn("begun", session.scopes(stop.frames[0])["Locals"])
            session.evaluate(free)
            stop = session.go_and_stop("next")
            if stop.at == "waiting":
                # It was paused between the statements of the line, before the last one.
                stop = session.go_and_stop("next")
            self.assertEqual((stop.reason, stop.at), ("step", "after"))
            session.go()
            session.finish_passed()

    def test_a_sleep(self) -> None:
        self.assert_pauses("time.sleep(1.5)", "None")

    def test_a_lock(self) -> None:
        self.assert_pauses("lock.acquire()", "lock.release()")

    def test_a_queue(self) -> None:
        self.assert_pauses("gate.get()", "gate.put(1)")

    def test_a_queue_with_a_time_limit(self) -> None:
        self.assert_pauses("gate.get(timeout=60)", "gate.put(1)")

    def test_a_socket(self) -> None:
        self.assert_pauses("near.recv(1)", "far.send(b'x')")

    def test_select(self) -> None:
        self.assert_pauses("select.select([near], [], [], 60)", "far.send(b'x')")

    def test_a_pipe(self) -> None:
        self.assert_pauses("os.read(reading, 1)", "os.write(writing, b'x')")

    def test_a_process(self) -> None:
        self.assert_pauses(
            "child = subprocess.Popen(['cat'], stdin=subprocess.PIPE); child.wait()", "child.stdin.close()"
        )

    def test_a_thread(self) -> None:
        self.assert_pauses(
            "helper = threading.Thread(target=lock.acquire); helper.start(); helper.join()", "lock.release()"
        )

    def test_a_command(self) -> None:
        script = (
            "import time\nmachine.start()\nbegun = 1  # @begun\nmachine.execute('sleep 1')  # @waiting\nafter = 1\n"
        )
        with self.run_driver(script) as session:
            ready(session)
            session.event("nixtest/command")
            session.request("pause", {"threadId": 1})
            stop = session.stopped()
            self.assertEqual((stop.reason, stop.at), ("pause", "waiting"))
            self.assertRegex(stop.event["description"], r'^waiting in machine.execute\("sleep 1"\) for \d\.\d s$')
            self.assertEqual(session.evaluate("client.execute('other')"), "(0, 'other\\n')")
            session.go()
            session.finish_passed()

    def test_a_script_between_two_lines_stops_at_the_next_one(self) -> None:
        with self.run_driver("begun = 1  # @begun\nwhile begun < 10**7:\n    begun += 1  # @loop\n") as session:
            ready(session)
            session.request("pause", {"threadId": 1})
            stop = session.stopped()
            self.assertEqual(stop.reason, "pause")
            self.assertNotIn("description", stop.event)
            session.evaluate("begun = 10**7")
            session.go()
            session.finish_passed()

    def test_many_pauses_lose_nothing(self) -> None:
        script = """
            import socket, threading, time
            near, far = socket.socketpair()
            def send():
                for number in range(5000):
                    far.sendall(b"%08d" % number)
                    if number % 100 == 0:
                        time.sleep(0.01)
                far.close()
            begun = 1  # @begun
            threading.Thread(target=send).start()
            came = b""
            while chunk := near.recv(4096):
                came += chunk
            assert came == b"".join(b"%08d" % number for number in range(5000)), len(came)
        """
        with self.run_driver(script) as session:
            ready(session)
            for _ in range(20):
                session.request("pause", {"threadId": 1})
                if session.wait(lambda m: m.get("event") in ("stopped", "nixtest/scriptEnded"))["event"] != "stopped":
                    break
                session.request("continue", {"threadId": 1})
            else:
                session.ended()
            status, _, err = session.finish()
            self.assertEqual((status, err), (0, ""))


@each_back_end
class StandingStill(AgentTest):
    """Each script waits with a limit of half a second and is stopped in it for longer than that."""

    def assert_goes_on(self, before: str, call: str, after: str) -> None:
        script = f"""
            import threading, queue, select, socket, subprocess, os, time
            {before}
            begun = 1  # @begun
            is_waiting = 1; {call}  # @waiting
            {after}
        """
        with self.run_driver(script) as session:
            ready(session)
            self.assertEqual(pause_in_the_wait(session).at, "waiting")
            self.assertEqual(session.evaluate("__import__('subprocess').call(['sleep', '1'])"), "0")
            session.go()
            session.finish_passed()

    def test_a_sleep(self) -> None:
        self.assert_goes_on("", "a = time.process_time(), time.sleep(0.5), time.monotonic()", "assert a")

    def test_a_queue(self) -> None:
        self.assert_goes_on(
            "gate = queue.Queue(); late = threading.Event()", "late.wait(0.5)", "assert not late.is_set()"
        )

    def test_what_comes_while_the_script_stands_is_there(self) -> None:
        script = """
            import queue
            gate = queue.Queue()
            begun = 1  # @begun
            is_waiting = 1; assert gate.get(timeout=0.5) == 7  # @waiting
        """
        with self.run_driver(script) as session:
            ready(session)
            self.assertEqual(pause_in_the_wait(session).at, "waiting")
            session.evaluate("__import__('subprocess').call(['sleep', '1']) or gate.put(7)")
            session.go()
            session.finish_passed()
