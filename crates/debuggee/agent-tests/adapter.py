"""The adapter's side of the link, for tests: starts a driver with the agent inside and talks to it.

A test names lines by `# @name` comments, waits for messages with a deadline, and never sleeps.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
AGENT = HERE.parent / "agent"
SECONDS = 20.0

PROGRAM = str(HERE / "fakes" / "run.py")


class Stopped:
    """A stop: the event, and the stack asked for at once."""

    def __init__(self, session: DriverSession, event: Json) -> None:
        self.session = session
        self.event = event
        self.reason: str = event["reason"]
        self.thread: int = event["threadId"]
        self.frames: list[Json] = session.request("stackTrace", {"threadId": self.thread})["stackFrames"]

    @property
    def line(self) -> int:
        line: int = self.frames[0]["line"]
        return line

    @property
    def at(self) -> str:
        """The marker on the line of the top frame, or the line's number."""
        return self.session.name_of(self.line)

    @property
    def names(self) -> list[str]:
        return [frame["name"] for frame in self.frames]


class DriverSession:
    """One driver process. Used as a context: at its end the process is gone and its files are removed."""

    def __init__(
        self,
        script: str | bytes,
        *,
        shape: str = "layered",
        tracing: str | None = None,
        environment: dict[str, str] | None = None,
        agent: bool = True,
    ) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="agent-"))
        text = script if isinstance(script, bytes) else textwrap.dedent(script).encode("utf-8", "surrogateescape")
        self.script = self.directory / "test-script"
        self.script.write_bytes(text)
        self.lines = re.split(r"\r\n|\r|\n", text.decode("utf-8", "surrogateescape"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / "agent.sock"))
        self.listener.listen(1)
        self.listener.settimeout(SECONDS)
        self.out = self.directory / "out"
        self.out.mkdir()
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NIXTEST"))}
        path = [str(HERE / "fakes" / shape)]
        if agent:
            path.insert(0, str(AGENT))
            env["NIXTEST_DAP_AGENT"] = str(self.directory / "agent.sock")
        env["PYTHONPATH"] = os.pathsep.join(path)
        env["FAKE_DRIVER_OUT"] = str(self.out)
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        if tracing is not None:
            env["NIXTEST_DAP_TRACING"] = tracing
        env |= environment or {}
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, str(self.script)],
            env=env,
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        self.connection: socket.socket | None = None
        self.buffer = b""
        self.seq = 0
        self.messages: list[Json] = []
        self.answers: dict[int, Json] = {}

    def __enter__(self) -> DriverSession:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.listener.close()
        if self.connection is not None:
            self.connection.close()
        trouble = self.directory / "agent-trouble.txt"
        found = trouble.read_text() if trouble.exists() else ""
        shutil.rmtree(self.directory)
        if found and exception[0] is None and not self.expects_trouble:
            raise AssertionError(f"the agent had trouble:\n{found}")

    expects_trouble = False

    # Lines.

    def line(self, name: str) -> int:
        """The line marked `# @name`."""
        found = [
            number for number, line in enumerate(self.lines, 1) if re.search(rf"# @{re.escape(name)}(?![\w-])", line)
        ]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} lines are marked @{name}")
        return found[0]

    def name_of(self, line: int) -> str:
        found = re.search(r"# @([\w-]+)", self.lines[line - 1])
        return found.group(1) if found else f"line {line}"

    # Messages.

    def connect(self) -> Json:
        """Accept the agent and return its greeting."""
        self.connection, _ = self.listener.accept()
        return self.event("nixtest/hello")

    def receive(self, deadline: float) -> Json:
        if self.connection is None:
            raise AssertionError("the agent is not connected yet")
        while True:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if separator:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    message: Json = json.loads(rest[:length])
                    return message
            self.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                chunk = self.connection.recv(1 << 20)
            except TimeoutError as error:
                raise AssertionError(f"nothing came in time; so far: {self.summary()}") from error
            if not chunk:
                raise EOFError(f"the agent closed the link; so far: {self.summary()}")
            self.buffer += chunk

    def summary(self) -> str:
        return ", ".join(f"{m.get('event')}:{json.dumps(m.get('body'))[:150]}" for m in self.messages[-6:])

    def wait(self, wanted: Callable[[Json], bool]) -> Json:
        """The first message that is wanted, also among those that came before and were not."""
        deadline = time.monotonic() + SECONDS
        while True:
            for index, message in enumerate(self.messages):
                if wanted(message):
                    del self.messages[index]
                    return message
            self.messages.append(self.receive(deadline))

    def event(self, name: str, wanted: Callable[[Json], bool] = lambda body: True) -> Json:
        found = self.wait(lambda message: message.get("event") == name and wanted(message["body"]))
        body: Json = found["body"]
        return body

    def send(self, command: str, arguments: Json | None = None) -> int:
        self.seq += 1
        message: Json = {"seq": self.seq, "type": "request", "command": command}
        if arguments is not None:
            message["arguments"] = arguments
        self.send_bytes(json.dumps(message).encode())
        return self.seq

    def send_bytes(self, body: bytes) -> None:
        if self.connection is None:
            raise AssertionError("the agent is not connected yet")
        self.connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def response(self, seq: int) -> Json:
        return self.wait(lambda message: message.get("request_seq") == seq)

    def request(self, command: str, arguments: Json | None = None) -> Json:
        answer = self.response(self.send(command, arguments))
        if not answer["success"]:
            raise AssertionError(f"{command} failed: {answer['message']}")
        body: Json = answer["body"]
        return body

    def refused(self, command: str, arguments: Json | None = None) -> str:
        """The message of a request that must fail."""
        answer = self.response(self.send(command, arguments))
        if answer["success"]:
            raise AssertionError(f"{command} succeeded: {answer['body']}")
        message: str = answer["message"]
        return message

    # The script.

    def start(
        self,
        *breakpoints: str | int | Json,
        stop_on_entry: bool = False,
        filters: Iterable[str] = ("uncaught",),
        **settings: Any,
    ) -> Json:
        """Connect, set breakpoints by marker, line or whole, and let the script run. Returns `nixtest/script`.

        `settings` are further arguments of `configurationDone`.
        """
        self.connect()
        script = self.event("nixtest/script")
        self.break_at(*breakpoints)
        self.request("setExceptionBreakpoints", {"filters": list(filters)})
        self.request("configurationDone", {"stopOnEntry": stop_on_entry} | settings)
        return script

    def break_at(self, *breakpoints: str | int | Json) -> list[Json]:
        asked: list[Json] = []
        for each in breakpoints:
            if isinstance(each, dict):
                named = each["line"]
                asked.append(each | {"line": self.line(named) if isinstance(named, str) else named})
            else:
                asked.append({"line": self.line(each) if isinstance(each, str) else each})
        body = self.request("setBreakpoints", {"source": {"name": "<string>"}, "breakpoints": asked})
        answers: list[Json] = body["breakpoints"]
        return answers

    def stopped(self) -> Stopped:
        return Stopped(self, self.event("stopped"))

    def go(self, command: str = "continue", thread: int = 1) -> None:
        self.request(command, {"threadId": thread})

    def go_and_stop(self, command: str = "continue", thread: int = 1) -> Stopped:
        self.go(command, thread)
        return self.stopped()

    def evaluate(self, expression: str, frame: Json | None = None, context: str = "repl") -> str:
        return str(self.evaluate_whole(expression, frame, context)["result"])

    def evaluate_whole(self, expression: str, frame: Json | None = None, context: str = "repl") -> Json:
        return self.request("evaluate", self._evaluation(expression, frame, context))

    def evaluate_refused(self, expression: str, frame: Json | None = None, context: str = "repl") -> str:
        return self.refused("evaluate", self._evaluation(expression, frame, context))

    def _evaluation(self, expression: str, frame: Json | None, context: str) -> Json:
        arguments: Json = {"expression": expression, "context": context}
        return arguments if frame is None else arguments | {"frameId": frame["id"]}

    def scopes(self, frame: Json) -> dict[str, dict[str, Json]]:
        """The variables of each scope, by name."""
        scopes = self.request("scopes", {"frameId": frame["id"]})["scopes"]
        return {scope["name"]: self.variables(scope["variablesReference"]) for scope in scopes}

    def variables(self, reference: int, **arguments: Any) -> dict[str, Json]:
        body = self.request("variables", {"variablesReference": reference} | arguments)
        return {variable["name"]: variable for variable in body["variables"]}

    def ended(self) -> Json:
        return self.event("nixtest/scriptEnded")

    def finish(self) -> tuple[int, str, str]:
        """Wait for the process: exit status, standard output, standard error."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def finish_passed(self) -> str:
        """The script ends well; returns what it printed."""
        ended = self.ended()
        if ended != {"outcome": "passed"}:
            raise AssertionError(f"the script ended with {ended}")
        status, out, err = self.finish()
        if status != 0:
            raise AssertionError(f"the driver ended with {status}: {err}")
        return out
