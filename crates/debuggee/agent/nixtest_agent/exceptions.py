"""What is said about an exception: the answer to `exceptionInfo`, and the exception of `nixtest/scriptEnded`."""

from __future__ import annotations

import builtins
from typing import Any, Final

from .failed_command import Failure
from .frames import Entry, of_traceback
from .link import Json
from .script import Script
from .values import Renderer, type_name

_LONGEST_CHAIN: Final = 10
_MOST_MEMBERS: Final = 20

_GROUP: Final[Any] = getattr(builtins, "BaseExceptionGroup", None)


def info(error: BaseException, is_unhandled: bool, failure: Failure | None, script: Script, renderer: Renderer) -> Json:
    """The body of an `exceptionInfo` response; `nixtest` in it is about the command that failed."""
    text = describe(error, renderer)
    about: Json = {} if failure is None else {"nixtest": failure.describe()}
    return about | {
        "exceptionId": type_name(type(error)),
        "description": text if failure is None else f"{failure.in_full()}\n{text}",
        "breakMode": "unhandled" if is_unhandled else "always",
        "details": _details(error, script, renderer, _LONGEST_CHAIN),
    }


def ended_with(error: BaseException, script: Script, renderer: Renderer, rest: int = _LONGEST_CHAIN) -> Json:
    """For `nixtest/scriptEnded`, outermost frame last. `cause` or `context` is the exception before it."""
    body: Json = {
        "type": type_name(type(error)),
        "message": renderer.text_of(error),
        "frames": [_frame(each) for each in of_traceback(error.__traceback__, script)],
    }
    before = _before(error)
    if before is not None and rest > 0:
        relation = "context" if error.__cause__ is None else "cause"
        body[relation] = ended_with(before, script, renderer, rest - 1)
    members = _members(error) if rest > 0 else []
    if members:
        body["exceptions"] = [ended_with(each, script, renderer, rest - 1) for each in members]
    return body


def _frame(entry: Entry) -> Json:
    text, line = entry.now()
    return {
        "name": entry.name,
        "file": entry.frame.f_code.co_filename,
        "isScript": entry.is_script,
        "version": text.version,
        "line": line,
        "column": entry.position.column,
    }


def _before(error: BaseException) -> BaseException | None:
    """The exception that Python shows before this one."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _members(error: BaseException) -> list[BaseException]:
    """The exceptions of a group, which there are since 3.11."""
    if _GROUP is None or _GROUP not in type.__getattribute__(type(error), "__mro__"):
        return []
    members: tuple[BaseException, ...] = _GROUP.exceptions.__get__(error)
    return list(members[:_MOST_MEMBERS])


def describe(error: BaseException, renderer: Renderer) -> str:
    text = renderer.text_of(error)
    name = type_name(type(error))
    return f"{name}: {text}" if text else name


def is_ordinary_exit(error: BaseException) -> bool:
    """`sys.exit()` without a failing status ends a script as its last line does."""
    return isinstance(error, SystemExit) and (error.code is None or (type(error.code) is int and error.code == 0))


def to_show(error: BaseException, script: Script) -> BaseException:
    """The exception that a person should see when `error` ends the script.

    Drivers up to 24.11 answer a failing subtest with `sys.exit()` inside their own `except`, so that what ends the
    script is an exit, and what went wrong is only its context.
    """
    while isinstance(error, SystemExit) and not _is_raised_by(script, error):
        before = error.__context__
        if before is None or not any(entry.is_script for entry in of_traceback(before.__traceback__, script)):
            break
        error = before
    return error


def _is_raised_by(script: Script, error: BaseException) -> bool:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is None or script.owns(traceback.tb_frame.f_code)


def _details(error: BaseException, script: Script, renderer: Renderer, rest: int) -> Json:
    body: Json = {
        "message": renderer.text_of(error),
        "typeName": type(error).__name__,
        "fullTypeName": type_name(type(error)),
        "stackTrace": _stack_text(of_traceback(error.__traceback__, script), script),
    }
    before = _before(error)
    inner = _members(error) if before is None else [before, *_members(error)]
    if inner and rest > 0:
        body["innerException"] = [_details(each, script, renderer, rest - 1) for each in inner]
    return body


def _stack_text(entries: list[Entry], script: Script) -> str:
    """Script frames only, in Python's order: the most recent call is last."""
    texts: list[str] = []
    for entry in reversed(entries):
        if entry.is_script:
            text, line = entry.now()
            source = text.lines[line - 1].strip() if line <= len(text.lines) else ""
            file = "<string>" if text is script else f"<string> of text {text.version}"
            texts.append(f'  File "{file}", line {line}, in {entry.name}\n    {source}')
    return "\n".join(texts)
