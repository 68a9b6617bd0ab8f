"""`debug` in a script: nothing without `--debug-hook-attach`, else a debugger at the end of a TCP connection."""

import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from tests.support import PATIENCE, DriverTest

ATTACH = ("--debug-hook-attach", "/enter the/sandbox")
# Since 3.13 Python's debugger stops at the call that asks for it, before it at the line behind.
STOPS_AT_THE_CALL = sys.version_info >= (3, 13)


class Client:
    """What a person with `telnet` does."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.unread = b""

    def answer(self) -> str:
        """What the debugger says up to its prompt, or to the end of the connection."""
        while b"(Pdb) " not in self.unread:
            chunk = self.connection.recv(4096)
            if not chunk:
                break
            self.unread += chunk
        text, _, self.unread = self.unread.partition(b"(Pdb) ")
        return text.decode().replace("\r\n", "\n")

    def ask(self, command: str) -> str:
        self.connection.sendall(command.encode() + b"\r\n")
        return self.answer()

    def leave(self) -> None:
        self.connection.close()


class HookTest(DriverTest):
    """Scripts that stop, with a port for each test."""

    def setUp(self) -> None:
        super().setUp()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def stopped(self, script: str) -> "subprocess.Popen[str]":
        """Start a script in which PORT stands for a free port; returns when it waits for a debugger there."""
        return self.start(script.replace("PORT", str(self.port)), *ATTACH, until="then 'telnet")

    def client(self) -> Client:
        client = Client(self.port)
        self.addCleanup(client.leave)
        return client

    def end(self, process: "subprocess.Popen[str]") -> tuple[int, list[str], list[str]]:
        """Exit code, what the script printed, and the rest of the log."""
        output, log = process.communicate(timeout=PATIENCE)
        return process.returncode, output.splitlines()[4:], self.stable(log).splitlines()


class BreakpointTest(HookTest):
    def test_breakpoint_without_the_hook_does_nothing(self) -> None:
        finished = self.drive("debug.breakpoint()\ndebug.breakpoint(port=1, host='x')\nprint('on')\n", machines=())
        self.assert_passes(finished)

    def test_breakpoint_says_how_to_reach_it(self) -> None:
        finished = self.drive(
            "import threading\n"
            "# Nobody will come: the driver is ended while it waits.\n"
            f"threading.Timer(0.5, os.kill, (os.getpid(), 15)).start()\ndebug.breakpoint(port={self.port})\n",
            *ATTACH,
            machines=(),
        )
        self.assertEqual(finished.returncode, -signal.SIGTERM)
        report = [line for line in self.log(finished) if line.startswith("!!!")]
        self.assertRegex(report[0], r"^!!! Breakpoint reached, run 'sudo /enter the/sandbox \d{7}'$")
        self.assertEqual(
            report[1:], [f"!!! then 'telnet 127.0.0.1 {self.port}'; outside of a sandbox the latter is enough"]
        )

    def test_process_that_leads_into_the_sandbox_lasts_as_long_as_the_wait(self) -> None:
        process = self.start(f"debug.breakpoint(port={self.port})", *ATTACH, until="run the VM test script")
        number = self.read_until(process, "Breakpoint reached").split()[-1].strip("'")
        (place,) = self.processes(f"sleep {number}")
        self.assertIn("bashInteractive=", (Path("/proc") / place / "environ").read_text())
        self.read_until(process, "then 'telnet")
        client = self.client()
        client.answer()
        self.assertEqual(self.processes(f"sleep {number}"), [])
        client.ask("c")
        self.assertEqual(self.end(process)[0], 0)

    def processes(self, words: str) -> list[str]:
        """Numbers of the processes with these words in their command lines, as `pgrep -f` has it."""
        listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        return [line.split()[0] for line in listed.splitlines() if words in line]

    def test_debugger_shows_and_steps_through_the_script(self) -> None:
        process = self.stopped(
            "x = 5\n"
            "def f():\n"
            "    y = 'grün'\n"
            "    debug.breakpoint(port=PORT)\n"
            "    z = 7\n"
            "    return z\n"
            "f()\n"
            "print('after')\n"
        )
        client = self.client()
        here = "> <string>(4)f()\n-> debug.breakpoint(port=" + str(self.port) + ")\n"
        behind = "> <string>(5)f()\n-> z = 7\n"
        if STOPS_AT_THE_CALL:
            self.assertEqual(client.answer(), here)
            self.assertEqual(client.ask("n"), behind)
        else:
            self.assertEqual(client.answer(), behind)
        self.assertTrue(client.ask("w").endswith(f"  <string>(7)<module>()\n-> f()\n{behind}"))
        self.assertEqual(client.ask("p y, x"), "('grün', 5)\n")
        self.assertEqual(client.ask("n"), "> <string>(6)f()\n-> return z\n")
        self.assertEqual(client.ask("!z = 8"), "")
        self.assertEqual(
            client.ask("interact"), "there is no 'interact' over a connection: type statements at this prompt\n"
        )
        self.assertEqual(client.ask("c"), "")
        code, printed, log = self.end(process)
        self.assertEqual((code, printed), (0, ["after"]))
        self.assertNotIn("Traceback", "".join(log))

    def test_breakpoints_of_the_debugger_stop_the_same_connection_again(self) -> None:
        process = self.stopped("debug.breakpoint(port=PORT)\nx = 1\nx = 2\nx = 3\nprint(x)\n")
        client = self.client()
        client.answer()
        self.assertEqual(client.ask("b 4"), "Breakpoint 1 at <string>:4\n")
        self.assertEqual(client.ask("c"), "> <string>(4)<module>()\n-> x = 3\n")
        self.assertIn("Deleted breakpoint 1", client.ask("cl 1"))
        self.assertEqual(client.ask("c"), "")
        self.assertEqual(self.end(process)[:2], (0, ["3"]))

    def test_each_breakpoint_waits_for_a_connection_of_its_own(self) -> None:
        process = self.stopped("debug.breakpoint(port=PORT)\nx = 1\ndebug.breakpoint(port=PORT)\nprint('on')\n")
        first = self.client()
        first.answer()
        first.ask("c")
        self.read_until(process, "then 'telnet")
        second = self.client()
        second.answer()
        self.assertEqual(second.ask("p x"), "1\n")
        second.ask("c")
        self.assertEqual(self.end(process)[:2], (0, ["on"]))

    def test_quit_ends_the_test(self) -> None:
        process = self.stopped("debug.breakpoint(port=PORT)\nprint('one')\nprint('two')\n")
        client = self.client()
        client.answer()
        self.assertEqual(client.ask("q"), "")
        self.assertEqual(
            self.end(process),
            (1, [], ["!!! the test was ended from the debugger", "cleanup", "(finished: cleanup, in N seconds)"]),
        )

    def test_peer_that_leaves_lets_the_test_go_on(self) -> None:
        process = self.stopped("debug.breakpoint(port=PORT)\nx = 1\nx = 2\nprint(os.sys.gettrace())\n")
        client = self.client()
        client.answer()
        self.assertEqual(client.ask("b 3"), "Breakpoint 1 at <string>:3\n")
        client.leave()
        self.assertEqual(self.end(process)[:2], (0, ["None"]))

    def test_port_that_is_taken_is_named(self) -> None:
        with socket.create_server(("127.0.0.1", self.port)):
            finished = self.drive(f"debug.breakpoint(port={self.port})", *ATTACH, machines=())
        self.assertEqual(finished.returncode, 1)
        self.assertIn(
            f"!!! test_driver.errors.MachineError: cannot serve the debugger at 127.0.0.1:{self.port} (Address already "
            "in use): name another port in the script, as in 'debug.breakpoint(port=4445)', or for failures "
            "'debug.failure_port = 4445'",
            self.log(finished),
        )


class FailureTest(HookTest):
    def test_failed_assertion_stops_in_the_script_s_own_frame(self) -> None:
        process = self.start(
            f"debug.failure_port = {self.port}\n"
            "def check(value):\n"
            "    with subtest('compares'):\n"
            "        t.assertEqual(value, 6)\n"
            "check(5)\n",
            *ATTACH,
            until="then 'telnet",
        )
        client = self.client()
        self.assertEqual(client.answer(), "> <string>(4)check()\n-> t.assertEqual(value, 6)\n")
        self.assertEqual(client.ask("p value, machine.name"), "(5, 'machine')\n")
        self.assertEqual(client.ask("u"), "> <string>(5)<module>()\n-> check(5)\n")
        self.assertEqual(client.ask("c"), "")
        code, _, log = self.end(process)
        self.assertEqual((code, log), (1, ["cleanup", "(finished: cleanup, in N seconds)"]))

    def test_other_exception_stops_and_then_goes_through(self) -> None:
        process = self.start(f"debug.failure_port = {self.port}\n1 / 0\n", *ATTACH, until="then 'telnet")
        client = self.client()
        self.assertEqual(client.answer(), "> <string>(2)<module>()\n-> 1 / 0\n")
        client.leave()
        code, _, log = self.end(process)
        self.assertEqual((code, log[-1]), (1, "ZeroDivisionError: division by zero"))

    def test_machine_error_does_not_stop(self) -> None:
        self.assertEqual(self.drive("NspawnMachine()", *ATTACH).returncode, 1)

    def test_port_that_is_taken_does_not_hide_the_failure(self) -> None:
        with socket.create_server(("127.0.0.1", self.port)):
            finished = self.drive(f"debug.failure_port = {self.port}\nt.fail('so')\n", *ATTACH, machines=())
        self.assertEqual(finished.returncode, 1)
        report = [line for line in self.log(finished) if line.startswith("!!! ")]
        self.assertEqual(report[-2], "!!! RequestedAssertionFailed: so")
        self.assertTrue(
            report[-1].startswith(f"!!! cannot serve the debugger at 127.0.0.1:{self.port} (Address"), report
        )


if __name__ == "__main__":
    unittest.main()
