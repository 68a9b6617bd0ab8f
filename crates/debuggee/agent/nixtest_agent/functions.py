"""Function breakpoints: of the script's own functions, and of the calls of the driver that the script makes.

A call of the driver counts only when the script makes it: what the driver's own functions call is theirs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Final, Literal

from . import conditions, frames, values
from .conditions import Guard, Unusable
from .link import Json
from .script import Script

if TYPE_CHECKING:
    from .session import Session

_CO_OPTIMIZED: Final = 0x1
_CO_VARARGS: Final = 0x4
_CO_VARKEYWORDS: Final = 0x8

_LONGEST_CALL: Final = 160

_BETWEEN: Final = ("contextlib.py",)
"""Files whose frames may stand between the script and the driver's function."""


@dataclass(frozen=True)
class Target:
    """A function of the driver that scripts may call."""

    code: CodeType
    owner: Literal["machine", "driver"]
    name: str


@dataclass(frozen=True)
class FunctionBreakpoint:
    number: int
    guard: Guard
    machine: str | None
    """The machine whose method it is, as it was named; None if that does not matter."""


class FunctionBreakpoints:
    """Those of one client."""

    def __init__(self) -> None:
        self._asked: list[Json] = []
        self._by_code: dict[int, tuple[FunctionBreakpoint, ...]] = {}
        self.codes: dict[int, CodeType] = {}
        """The functions, by identity. Replaced as a whole."""
        self.targets: list[Target] = []
        """What the driver has; set by those who know it."""

    def replace(self, session: Session, asked: list[Json]) -> list[Json]:
        """Set those of a `setFunctionBreakpoints` request, and return its answer."""
        by_code: dict[int, tuple[FunctionBreakpoint, ...]] = {}
        codes: dict[int, CodeType] = {}
        answers: list[Json] = []
        for number, each in enumerate(asked, 1):
            given = each.get("id")
            body: Json = {"id": given if isinstance(given, int) else number, "verified": True}
            try:
                guard = conditions.read(each, session.script.flags if session.script is not None else 0)
                found, machine = self._find(session, each.get("name"))
                breakpoint = FunctionBreakpoint(body["id"], guard, machine)
                for code in found:
                    codes[id(code)] = code
                    by_code[id(code)] = (*by_code.get(id(code), ()), breakpoint)
                if session.script is not None and session.script.has(found[0]):
                    line = found[0].co_firstlineno
                    body |= {"line": line, "column": session.script.column(line)}
                if machine is not None and machine not in _machine_names(session):
                    body["message"] = f"there is no machine {machine!r} yet; it counts when it is made"
            except Unusable as error:
                body |= {"verified": False, "message": str(error)}
            answers.append(body)
        self._asked = asked
        self._by_code = by_code
        self.codes = codes
        return answers

    def keys(self) -> set[object]:
        """Of the counts."""
        return {("function", each.number) for code in self._by_code.values() for each in code}

    def load(self, session: Session) -> None:
        """Another script has other functions."""
        self.replace(session, self._asked)

    def of(self, code: CodeType) -> tuple[FunctionBreakpoint, ...]:
        return self._by_code.get(id(code), ())

    def _find(self, session: Session, name: object) -> tuple[list[CodeType], str | None]:
        if not isinstance(name, str) or not name.strip():
            raise Unusable("a function breakpoint needs the name of a function; send one")
        name = name.strip().removesuffix("()")
        if session.script is None:
            raise Unusable("the script is not loaded yet; the breakpoint waits for it")
        own = _named(session.script)
        found = [code for qualified, code in own if _fits(qualified, name)]
        if found:
            return found, None
        head, _, last = name.rpartition(".")
        wanted = {"": ("machine", "driver"), "*": ("machine",), "driver": ("driver",)}.get(head, ("machine",))
        codes = [each.code for each in self.targets if each.name == last and each.owner in wanted]
        if codes:
            return codes, head if head not in ("", "*", "driver") else None
        known = {qualified.replace("<locals>.", "") for qualified, _ in own}
        known |= {each.name if head == "" else f"{head}.{each.name}" for each in self.targets}
        near = difflib.get_close_matches(name, sorted(known), 1)
        hint = f"did you mean {near[0]!r}?" if near else "name one of the script, or of the driver as machine.succeed"
        raise Unusable(f"there is no function {name!r}; {hint}")


def entered(session: Session, frame: FrameType) -> None:
    """A function with a breakpoint begins."""
    script = session.script
    if script is None or session.is_forsaken or not session.is_running or session.is_on_thread_of_ours():
        return
    is_own = script.owns(frame.f_code)
    if not is_own and not _is_called_by_script(frame, script):
        return
    thread = session.thread_here()
    if thread.busy:
        return
    thread.busy = True
    session.interrupts.mask()
    try:
        with session.turn:
            if session.is_ending:
                return
            names = session.globals | dict(frame.f_locals)
            numbers: list[int] = []
            texts: list[str] = []
            for each in session.functions.of(frame.f_code):
                if each.machine is not None and not _is_machine(session, frame, each.machine):
                    continue
                verdict = conditions.judge(
                    each.guard,
                    lambda code: session.interrupts.exposed(lambda: eval(code, names)),
                    lambda each=each: session.counts.add(("function", each.number)),  # type: ignore[misc]
                )
                if verdict is not None:
                    numbers.append(each.number)
                    texts += [verdict.text] if verdict.text is not None else []
            if numbers:
                call = _call(session, frame, is_own)
                details: Json = {"hitBreakpointIds": numbers, "description": f"{call} is called"}
                if texts:
                    details["text"] = "; ".join(texts)
                session.stop(thread, frames.live(frame, script), "function breakpoint", details)
    except RecursionError:
        return
    except Exception:
        session.complain("looking at a call")
    finally:
        thread.busy = False
        session.interrupts.unmask()


def _is_called_by_script(frame: FrameType, script: Script) -> bool:
    caller = frame.f_back
    while caller is not None and (frames.is_of_agent(caller.f_code) or caller.f_code.co_filename.endswith(_BETWEEN)):
        caller = caller.f_back
    return caller is not None and script.owns(caller.f_code)


def _is_machine(session: Session, frame: FrameType, wanted: str) -> bool:
    machine = _self(frame)
    name = getattr(machine, "name", None)
    return isinstance(name, str) and wanted in (name, _symbol(name))


def _self(frame: FrameType) -> object:
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount and code.co_varnames[0] == "self" else None


def _machine_names(session: Session) -> set[str]:
    names = session.guests.names() if session.guests is not None else []
    return {*names, *(_symbol(name) for name in names)}


def _symbol(name: str) -> str:
    """The machine's variable in the script."""
    symbol = "".join(c if c == "_" or (c.isascii() and c.isalnum()) else "_" for c in name)
    return f"_{symbol[1:]}" if symbol[:1].isdigit() else symbol


def _call(session: Session, frame: FrameType, is_own: bool) -> str:
    """What is called with which arguments, shortly."""
    code, found = frame.f_code, frame.f_locals
    renderer = values.Renderer(session.interrupts)
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    machine = _self(frame)
    if names[:1] == ["self"]:
        names = names[1:]
    shown: list[str] = []
    if code.co_flags & _CO_VARARGS:
        shown += [renderer.short(each) for each in found.get(code.co_varnames[count], ())]
    for name in names:
        value = found.get(name)
        if is_own or value is not None:
            is_first = not shown and name in code.co_varnames[: code.co_argcount]
            shown.append(renderer.short(value) if is_first else f"{name}={renderer.short(value)}")
    if code.co_flags & _CO_VARKEYWORDS:
        more = found.get(code.co_varnames[count + bool(code.co_flags & _CO_VARARGS)], {})
        shown += [f"{name}={renderer.short(value)}" for name, value in more.items()]
    arguments = ", ".join(shown)
    arguments = arguments if len(arguments) <= _LONGEST_CALL else f"{arguments[:_LONGEST_CALL]}…"
    of = getattr(machine, "name", None) if not is_own else None
    return f"{f'{of}.' if isinstance(of, str) else ''}{code.co_name}({arguments})"


def _fits(qualified: str, name: str) -> bool:
    plain = qualified.replace("<locals>.", "")
    return name in (qualified, plain) or plain.endswith(f".{name}")


def _named(script: Script) -> list[tuple[str, CodeType]]:
    """The functions of the script by their qualified names, which code objects have only since 3.11."""
    found: list[tuple[str, CodeType]] = []

    def walk(code: CodeType, prefix: str) -> None:
        for each in _constants(code):
            name = prefix + each.co_name
            is_function = bool(each.co_flags & _CO_OPTIMIZED)
            if is_function and not each.co_name.startswith("<"):
                found.append((name, each))
            walk(each, f"{name}.<locals>." if is_function else f"{name}.")

    for statement in script.statements_of_all():
        walk(statement.code, "")
    return found


def _constants(code: CodeType) -> Iterator[Any]:
    return (each for each in code.co_consts if type(each) is CodeType)
