"""`cancel`: requests whose answer is not wanted any more. An unknown one is no error: it may be answered by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..link import Json
from .refusal import CANCELLED

if TYPE_CHECKING:
    from ..session import Session


def cancel(session: Session, arguments: Json) -> Json:
    wanted = arguments.get("requestId")
    drop(session, lambda request: request.get("seq") == wanted)
    return {}


def drop(session: Session, is_unwanted: Callable[[Json], bool]) -> None:
    for request in session.cancel(is_unwanted):
        session.link.fail(request, CANCELLED, "cancelled")


def only_looks(request: Json) -> bool:
    """Whether the request shows something of a stop, and changes nothing that matters after it."""
    if request.get("command") == "evaluate":
        arguments = request.get("arguments")
        return isinstance(arguments, dict) and arguments.get("context") in ("watch", "hover")
    return request.get("command") in ("scopes", "variables", "completions")
