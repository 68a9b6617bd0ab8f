"""The table of contents: each request of the adapter, and the function that answers it.

Requests in HERE are answered on the thread that reads the link, whatever the script does. Requests in STOPPED are
answered on the stopped thread, and refused while the script runs.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from . import evaluate, exceptions, frames, guests, stepping, values
from .link import Json

if TYPE_CHECKING:
    from .session import Session
    from .stops import Stop, Thread


@dataclass(frozen=True)
class Holder:
    """What a `variablesReference` stands for: the children of a value, or the names of a scope."""

    value: object
    expression: str | None
    names: Callable[[], list[tuple[str, object]]] | None = None
    """Of a scope; read anew for each request, because an evaluation may change it."""


class Refused(Exception):
    """A request that cannot be met. The text names the thing and the next step."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


UNKNOWN_COMMAND: Final = 1001
RUNNING: Final = 1002
STALE: Final = 1003
BAD_ARGUMENTS: Final = 1004
NO_EXCEPTION: Final = 1005
EVALUATION: Final = 1006
INTERNAL: Final = 1007
NO_GUEST: Final = 1008


def receive(session: Session, message: Json | None) -> None:
    """One message from the adapter, on the reader thread."""
    if message is None:
        session.say("the adapter sent a message that is no JSON object; it was ignored")
        return
    if message.get("type", "request") != "request":
        return
    command = message.get("command")
    if isinstance(command, str) and command in STOPPED:
        if not session.hand_to_stop(message):
            refuse_running(session, message)
    elif isinstance(command, str) and command in HERE:
        _answer(session, message, lambda arguments: HERE[command](session, arguments))
        if command == "terminate":
            session.terminate()
    else:
        session.link.fail(message, UNKNOWN_COMMAND, f"the agent has no request {command!r}; the adapter may be newer")


def answer_stopped(session: Session, stop: Stop, message: Json) -> None:
    """One request for a stopped thread, on that thread."""
    command = message["command"]
    _answer(session, message, lambda arguments: STOPPED[command](session, stop, arguments))
    if command == "evaluate" and not stop.is_over and not session.is_ending:
        _announce_again(session, stop)


def refuse_running(session: Session, message: Json) -> None:
    session.link.fail(message, RUNNING, "notStopped: the script is running; pause it first")


def _answer(session: Session, message: Json, function: Callable[[Json], Json]) -> None:
    arguments = message.get("arguments")
    try:
        body = function(arguments if isinstance(arguments, dict) else {})
    except Refused as refused:
        session.link.fail(message, refused.number, str(refused))
    except guests.Unavailable as error:
        session.link.fail(message, NO_GUEST, str(error))
    except Exception as error:
        session.complain(f"answering {message.get('command')!r}")
        session.link.fail(message, INTERNAL, f"the agent failed ({type(error).__name__}); see agent-trouble.txt")
    else:
        session.link.respond(message, body)


# Answered whatever the script does.


def configuration_done(session: Session, arguments: Json) -> Json:
    session.configured(arguments.get("stopOnEntry") is True)
    return {}


def set_breakpoints(session: Session, arguments: Json) -> Json:
    asked = arguments.get("breakpoints") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Refused(BAD_ARGUMENTS, "setBreakpoints needs a list of breakpoints; send one")
    answers = session.breakpoints.replace(asked)
    session.changed()
    return {"breakpoints": answers}


def set_exception_breakpoints(session: Session, arguments: Json) -> Json:
    filters = arguments.get("filters") or []
    if not isinstance(filters, list) or not all(each in ("uncaught", "raised") for each in filters):
        raise Refused(BAD_ARGUMENTS, "the exception filters are 'uncaught' and 'raised'; send one of them")
    session.filters = frozenset(filters)
    session.changed()
    return {"breakpoints": []}


def threads(session: Session, arguments: Json) -> Json:
    """Threads that have run script code and are alive."""
    alive = sys._current_frames()
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    listed: list[Json] = []
    for ident, thread in sorted(session.threads.items(), key=lambda item: item[1].number):
        if ident not in alive:
            session.threads.pop(ident, None)
            session.link.event("thread", {"reason": "exited", "threadId": thread.number})
            continue
        name = thread.name if thread.number == 1 else names.get(ident, thread.name)
        listed.append({"id": thread.number, "name": name})
    return {"threads": listed or [{"id": 1, "name": "testScript"}]}


def pause(session: Session, arguments: Json) -> Json:
    if not session.stops:
        wanted = arguments.get("threadId")
        known = {thread.number for thread in session.threads.values()}
        session.pause_wanted = wanted if wanted in known and wanted != 1 else 0
        session.changed()
    return {}


def terminate(session: Session, arguments: Json) -> Json:
    """Only the answer: it must be on the wire before the script ends."""
    return {}


def machines(session: Session, arguments: Json) -> Json:
    return session.guests.listed() if session.guests is not None else {"machines": []}


def guest_command(session: Session, arguments: Json) -> Json:
    machine, command, number = (arguments.get(name) for name in ("machine", "command", "id"))
    if not isinstance(machine, str) or not isinstance(command, str) or not isinstance(number, int):
        raise Refused(BAD_ARGUMENTS, "nixtest/guestCommand needs a machine, a command and a number as id; send them")
    if session.guests is None:
        raise guests.Unavailable(f"there is no machine {machine!r} yet; ask again when the script runs")
    return session.guests.submit(machine, command, number)


def forget_guest_command(session: Session, arguments: Json) -> Json:
    number = arguments.get("id")
    if session.guests is not None and isinstance(number, int):
        session.guests.forget(number)
    return {}


# Answered by a stopped thread.


def stack_trace(session: Session, stop: Stop, arguments: Json) -> Json:
    thread = _thread(session, arguments)
    if thread is stop.thread:
        stack = stop.stack
    else:
        frame = sys._current_frames().get(thread.ident)
        script = session.script
        stack = frames.live(frame, script) if script is not None else []
    start = _count(arguments, "startFrame")
    levels = _count(arguments, "levels") or len(stack)
    listed: list[Json] = []
    for entry in stack[start : start + levels]:
        number = next((key for key, each in stop.entries.items() if each is entry), None)
        if number is None:
            number = session.number()
            stop.entries[number] = entry
        listed.append(entry.describe(number))
    return {"stackFrames": listed, "totalFrames": len(stack)}


def scopes(session: Session, stop: Stop, arguments: Json) -> Json:
    frame = _entry(session, arguments).frame
    names = frame.f_globals
    listed: list[Json] = []

    def add(name: str, read: Callable[[], list[tuple[str, object]]], hint: str | None = None) -> None:
        body: Json = {"name": name, "expensive": False, "namedVariables": len(read())}
        body["variablesReference"] = _handle(session, stop, Holder(None, None, read))
        if hint is not None:
            body["presentationHint"] = hint
        listed.append(body)

    is_inside = frame.f_locals is not names
    if is_inside:
        add("Locals", lambda: _visible(dict(frame.f_locals)), "locals")
    if names is session.globals:
        name, hint = ("Globals", None) if is_inside else ("Locals", "locals")
        add(
            name,
            lambda: [(key, value) for key, value in _visible(names) if not _is_supplied(session, key, value)],
            hint,
        )
        add("Driver", lambda: [(key, value) for key, value in _visible(names) if _is_supplied(session, key, value)])
    else:
        add("Globals", lambda: _visible(names))
    return {"scopes": listed}


def variables(session: Session, stop: Stop, arguments: Json) -> Json:
    holder = _holder(session, arguments)
    start, count = _count(arguments, "start"), _count(arguments, "count")
    kind = arguments.get("filter")
    renderer = values.Renderer(session.interrupts)
    found: Iterator[values.Child]
    if holder.names is None:
        found = values.children(holder.value, holder.expression, start, count, kind)
    else:
        found = _names(holder.names, start, count) if kind != "indexed" else iter(())
    return {"variables": [values.describe(renderer, child, _references(session, stop)) for child in found]}


def evaluate_expression(session: Session, stop: Stop, arguments: Json) -> Json:
    text = arguments.get("expression")
    script = session.script
    if not isinstance(text, str) or script is None:
        raise Refused(BAD_ARGUMENTS, "evaluate needs an expression; send one")
    context = arguments.get("context") or "repl"
    frame = _entry(session, arguments).frame if arguments.get("frameId") is not None else None

    def run() -> object:
        return evaluate.run(text, session.globals, frame, script.flags, hover=context == "hover")

    renderer = values.Renderer(session.interrupts)
    try:
        value = session.run_user_code(stop, run) if context == "repl" else session.run_unobserved(stop, run)
    except evaluate.Unsuitable as error:
        raise Refused(EVALUATION, str(error)) from error
    except BaseException as error:
        raise Refused(EVALUATION, _failure(error, renderer)) from error
    if value is evaluate.NOTHING:
        return {"result": "", "variablesReference": 0}
    renderer = values.Renderer(session.interrupts)
    shown = renderer.full(value) if context == "clipboard" else renderer.short(value)
    body: Json = {"result": shown, "type": values.type_name(type(value))}
    return body | values.children_of(value, _as_operand(text), _references(session, stop))


def exception_info(session: Session, stop: Stop, arguments: Json) -> Json:
    if stop.error is None or session.script is None:
        raise Refused(NO_EXCEPTION, "the thread did not stop at an exception; ask after it does")
    renderer = values.Renderer(session.interrupts)
    return exceptions.info(stop.error, stop.is_unhandled, session.script, renderer)


def continue_(session: Session, stop: Stop, arguments: Json) -> Json:
    session.resume(stop, None, stop.thread)
    return {"allThreadsContinued": True}


def _step(kind: stepping.Kind) -> Callable[[Session, Stop, Json], Json]:
    def answer(session: Session, stop: Stop, arguments: Json) -> Json:
        thread = _thread(session, arguments)
        script = session.script
        step = None
        # After an exception that ends the script there is no statement left to step to.
        if script is not None and not stop.is_unhandled:
            frame = stop.stack[0].frame if thread is stop.thread and stop.stack else None
            if thread is not stop.thread:
                frame = frames.innermost_script_frame(sys._current_frames().get(thread.ident), script)
            step = stepping.begin(kind, frame, script)
        session.resume(stop, step, thread)
        return {}

    return answer


HERE: Final[dict[str, Callable[[Session, Json], Json]]] = {
    "configurationDone": configuration_done,
    "setBreakpoints": set_breakpoints,
    "setExceptionBreakpoints": set_exception_breakpoints,
    "threads": threads,
    "pause": pause,
    "terminate": terminate,
    "nixtest/machines": machines,
    "nixtest/guestCommand": guest_command,
    "nixtest/forgetGuestCommand": forget_guest_command,
}

STOPPED: Final[dict[str, Callable[[Session, Stop, Json], Json]]] = {
    "stackTrace": stack_trace,
    "scopes": scopes,
    "variables": variables,
    "evaluate": evaluate_expression,
    "exceptionInfo": exception_info,
    "continue": continue_,
    "next": _step("over"),
    "stepIn": _step("in"),
    "stepOut": _step("out"),
}


def _announce_again(session: Session, stop: Stop) -> None:
    """A breakpoint inside an evaluation was a stop of its own; after it this one stands again."""
    if stop.was_interrupted:
        stop.was_interrupted = False
        session.link.event("stopped", stop.body)


def _thread(session: Session, arguments: Json) -> Thread:
    wanted = arguments.get("threadId")
    for thread in list(session.threads.values()):
        if thread.number == wanted:
            return thread
    raise Refused(STALE, f"there is no thread {wanted!r}; ask for the threads again")


def _entry(session: Session, arguments: Json) -> frames.Entry:
    wanted = arguments.get("frameId")
    for stop in reversed(session.stops):
        if isinstance(wanted, int) and wanted in stop.entries:
            return stop.entries[wanted]
    raise Refused(STALE, f"there is no frame {wanted!r} now; ask for the stack again")


def _holder(session: Session, arguments: Json) -> Holder:
    wanted = arguments.get("variablesReference")
    for stop in reversed(session.stops):
        if isinstance(wanted, int) and wanted in stop.handles:
            return stop.handles[wanted]
    raise Refused(STALE, f"there is no variable {wanted!r} now; ask for the scopes again")


def _handle(session: Session, stop: Stop, holder: Holder) -> int:
    number = session.number()
    stop.handles[number] = holder
    return number


def _references(session: Session, stop: Stop) -> Callable[[object, str | None], int]:
    return lambda value, expression: _handle(session, stop, Holder(value, expression))


def _names(read: Callable[[], list[tuple[str, object]]], start: int, count: int) -> Iterator[values.Child]:
    names = read()
    for name, value in names[start : start + count] if count else names[start:]:
        yield values.Child(name, value, name)


def _visible(names: dict[str, Any]) -> list[tuple[str, object]]:
    """Without the interpreter's own names, such as `__builtins__` and the `.0` of a comprehension."""
    return [
        (name, value)
        for name, value in list(names.items())
        if type(name) is str and name.isidentifier() and not (name.startswith("__") and name.endswith("__"))
    ]


def _count(arguments: Json, name: str) -> int:
    value = arguments.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _is_supplied(session: Session, name: str, value: object) -> bool:
    return name in session.supplied and session.supplied[name] is value


def _failure(error: BaseException, renderer: values.Renderer) -> str:
    name = type(error).__name__
    text = error.msg if isinstance(error, SyntaxError) else renderer.text_of(error)
    return f"{name}: {text}" if text else name


def _as_operand(text: str) -> str | None:
    """The text in a form that `.name` and `[key]` can follow; None if it is no expression."""
    try:
        # Not `ast.parse`, which uses the builtins that a script may replace.
        parsed: Any = compile(text.strip(), frames.EVALUATED, "eval", ast.PyCF_ONLY_AST, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    simple = isinstance(parsed.body, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return text.strip() if simple else f"({text.strip()})"
