"""Short commands of the adapter in the machines, between those of the script.

A machine has one shell for commands, which takes one at a time. So a command of the adapter waits until none of the
script's is under way in that machine, and those that come meanwhile wait for it. It runs on a thread of its own: the
script goes on, and a stopped thread goes on answering. What a machine is, and how a command gets into it, is told by
the `Driver` that is given.
"""

from __future__ import annotations

import _thread
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from . import trouble
from .interrupts import Interrupts
from .link import Json, Link

RUNNING: Final = ("booting", "up")
"""The states in which a machine takes commands, if only later."""


class Driver(Protocol):
    def machines(self) -> list[Any]:
        """All there are now."""

    def describe(self, machine: Any) -> Json:
        """With `name`, `kind`, `state` and, of a virtual machine, the `directory` that it runs in."""

    def execute(self, machine: Any, command: str) -> tuple[int, str]:
        """Run a command in the machine, at once; waits for its boot. Returns status and output."""

    def connection(self, machine: Any) -> object:
        """What leads to the machine's shell; another one for each boot."""


class Unavailable(Exception):
    """A machine that takes no commands. The text names it and the next step."""


class MachineBusy(Exception):
    """A command for a machine whose shell is in the middle of one that cannot go on meanwhile."""

    __module__ = "builtins"


@dataclass
class _Turn:
    machine: Any
    under_way: list[Json] = field(default_factory=list)
    """The script's commands, as they are told to the adapter."""
    waiting: deque[tuple[int, str]] = field(default_factory=deque)
    """The adapter's commands, by their numbers."""
    is_taken: bool = False
    """By a command of the adapter."""
    abandoned: object = None
    """The connection on which a command was interrupted, whose answer may still come."""


class Guests:
    """The machines of one driver. Any thread may use it."""

    def __init__(self, driver: Driver, link: Link, interrupts: Interrupts) -> None:
        self._driver = driver
        self._link = link
        self._interrupts = interrupts
        self._changed = threading.Condition()
        self._threads: set[int] = set()
        self._turns: dict[int, _Turn] = {}
        self._is_forsaken = False

    # For the script's commands.

    def enter(self, machine: Any, body: Json) -> None:
        """A command of the script begins; waits for one of the adapter. If it returns, there will be a `leave`."""
        if self._is_forsaken:
            return
        self._interrupts.mask()
        try:
            with self._changed:
                turn = self._turn(machine)
                while turn.is_taken:
                    self._interrupts.exposed(self._changed.wait)
                turn.under_way.append(body)
        finally:
            self._interrupts.unmask()

    def leave(self, machine: Any, body: Json, was_interrupted: bool) -> None:
        """The command has ended, or was interrupted before its answer came."""
        if self._is_forsaken:
            return
        self._interrupts.mask()
        try:
            with self._changed:
                turn = self._turn(machine)
                turn.under_way = [each for each in turn.under_way if each is not body]
                if was_interrupted:
                    turn.abandoned = self._driver.connection(machine)
                self._serve_next(turn)
        finally:
            self._interrupts.unmask()

    def forsake(self) -> None:
        """In a forked child: there the script runs on without us."""
        self._is_forsaken = True

    # For the adapter.

    def listed(self) -> Json:
        """All machines, each with the commands of the script that are under way in it."""
        listed = []
        for machine in self._driver.machines():
            with self._changed:
                turn = self._turns.get(id(machine))
                commands = [_briefly(body) for body in turn.under_way] if turn is not None else []
            listed.append(self._driver.describe(machine) | {"commands": commands})
        return {"machines": listed}

    def names(self) -> list[str]:
        return [self._driver.describe(machine)["name"] for machine in self._driver.machines()]

    def submit(self, name: str, command: str, number: int) -> Json:
        """Run `command` in a machine as soon as that is possible; how it went is told by an event with this number.

        Returns what it has to wait for, if anything. Raises Unavailable.
        """
        machine = self._find(name)
        with self._changed:
            turn = self._turn(machine)
            # The first command of the script starts the machine.
            if not turn.under_way:
                self._expect_running(machine)
            if turn.abandoned is not None and turn.abandoned is self._driver.connection(machine):
                raise Unavailable(
                    f"a command in {name} was interrupted before it answered, so its shell takes no others; "
                    "start the machine anew"
                )
            behind = _briefly(turn.under_way[0]) if turn.under_way else None
            turn.waiting.append((number, command))
            self._serve_next(turn)
        return {} if behind is None else {"behind": behind}

    def forget(self, number: int) -> None:
        """Drop a command that still waits; one that runs goes on."""
        with self._changed:
            for turn in self._turns.values():
                turn.waiting = deque(each for each in turn.waiting if each[0] != number)

    def _find(self, name: str) -> Any:
        for machine in self._driver.machines():
            if self._driver.describe(machine)["name"] == name:
                return machine
        raise Unavailable(f"there is no machine {name!r}; ask for the machines again")

    def _expect_running(self, machine: Any) -> None:
        about = self._driver.describe(machine)
        if about["state"] not in RUNNING:
            name = about["name"]
            raise Unavailable(f"the machine {name} does not run; {name}.start() starts it")

    def _turn(self, machine: Any) -> _Turn:
        # The turn keeps the machine, so that the number stays its own.
        return self._turns.setdefault(id(machine), _Turn(machine))

    def _serve_next(self, turn: _Turn) -> None:
        if turn.waiting and not turn.under_way and not turn.is_taken:
            turn.is_taken = True
            _thread.start_new_thread(self._serve, (turn,))

    def owns_this_thread(self) -> bool:
        """Whether this thread runs commands of the adapter. No stop may hold it: the adapter waits for it."""
        return _thread.get_ident() in self._threads

    def _serve(self, turn: _Turn) -> None:
        """Started when the machine is free, ends when nothing waits for it."""
        self._threads.add(_thread.get_ident())
        try:
            self._serve_all(turn)
        finally:
            self._threads.discard(_thread.get_ident())

    def _serve_all(self, turn: _Turn) -> None:
        while True:
            with self._changed:
                if not turn.waiting:
                    turn.is_taken = False
                    self._changed.notify_all()
                    return
                number, command = turn.waiting.popleft()
            body: Json = {"id": number}
            try:
                # A command would start it.
                self._expect_running(turn.machine)
                status, output = self._driver.execute(turn.machine, command)
                body |= {"status": status, "output": output}
            except Unavailable as error:
                body["error"] = str(error)
            except Exception as error:
                trouble.record("running a command of the adapter")
                body["error"] = f"{type(error).__name__}: {error}"
            self._link.event("nixtest/guestCommand", body)


def _briefly(body: Json) -> Json:
    return {key: body[key] for key in ("command", "line") if key in body}
