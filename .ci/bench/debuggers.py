"""The two debuggers that are compared, and what a session with each needs. Everything else is the same for both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers import Bare, Project
from wire import Client, Message

INITIALIZE = {
    "adapterID": "bench",
    "clientID": "bench",
    "linesStartAt1": True,
    "columnsStartAt1": True,
    "pathFormat": "path",
    "supportsVariableType": True,
    "supportsVariablePaging": True,
}


class Debugger(Protocol):
    """`command` starts its adapter; `run` runs a project undebugged, as `launch` would run it debugged."""

    @property
    def command(self) -> list[str]: ...

    def launch(self, project: Project) -> Message: ...

    def run(self, project: Project) -> Bare: ...


@dataclass(frozen=True)
class Ours:
    program: str

    @property
    def command(self) -> list[str]:
        return [self.program, "dap"]

    def launch(self, project: Project) -> Message:
        return {"driver": str(project.program), "file": str(project.directory / "test.nix")}

    def run(self, project: Project) -> Bare:
        return project.run_driver()


@dataclass(frozen=True)
class Debugpy:
    """Takes the script as a program, because it knows no drivers. `package` is the directory of the package."""

    package: Path
    python: str

    @property
    def command(self) -> list[str]:
        return [self.python, str(self.package / "adapter")]

    def launch(self, project: Project) -> Message:
        return {
            "request": "launch",
            "type": "python",
            "program": str(project.script),
            "python": [self.python],
            "console": "internalConsole",
        }

    def run(self, project: Project) -> Bare:
        return project.run_script()


@contextmanager
def adapter(debugger: Debugger, directory: Path) -> Iterator[Client]:
    """An adapter that has answered `initialize`."""
    with Client(debugger.command, directory) as client:
        client.request("initialize", INITIALIZE)
        yield client


def launch(
    client: Client, debugger: Debugger, project: Project, lines: list[int], *, stop_on_entry: bool = False
) -> None:
    """From `launch` to the run of the script, with breakpoints on these lines of it."""
    client.send("launch", {**debugger.launch(project), "cwd": str(project.directory), "stopOnEntry": stop_on_entry})
    client.event("initialized")
    breakpoints = [{"line": line} for line in lines]
    client.request("setBreakpoints", {"source": {"path": str(project.script)}, "breakpoints": breakpoints})
    client.request("setExceptionBreakpoints", {"filters": []})
    client.request("configurationDone")
