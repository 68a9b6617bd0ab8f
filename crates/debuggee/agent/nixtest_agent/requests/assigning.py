"""`setVariable` and `setExpression`: other values for what a client sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import assigning, children, evaluate, values
from ..link import Json
from .evaluating import attempt, frame_of
from .handles import Holder, holder_of, references
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ..session import Session
    from ..stops import Stop


def set_variable(session: Session, stop: Stop, arguments: Json) -> Json:
    name, text = arguments.get("name"), arguments.get("value")
    if not isinstance(name, str) or not isinstance(text, str):
        raise Refused(BAD_ARGUMENTS, "setVariable needs the name of a variable and a value; send both")
    holder = holder_of(session, arguments)

    def change() -> object:
        # Whether it can be changed is known before the value is computed.
        store = _store(holder, name)
        value = evaluate.run(text, session.globals, holder.frame, session.loaded().flags, "expression")
        store(value)
        return value

    value = attempt(session, stop, change)
    return _changed(session, stop, value, holder.child_expression(name), holder.frame)


def set_expression(session: Session, stop: Stop, arguments: Json) -> Json:
    target, text = arguments.get("expression"), arguments.get("value")
    if not isinstance(target, str) or not isinstance(text, str):
        raise Refused(BAD_ARGUMENTS, "setExpression needs an expression and a value; send both")
    frame = frame_of(session, arguments)
    flags = session.loaded().flags

    def change() -> object:
        value = evaluate.run(text, session.globals, frame, flags, "expression")
        evaluate.assign(target, value, session.globals, frame, flags)
        return value

    return _changed(session, stop, attempt(session, stop, change), target.strip(), frame)


def _store(holder: Holder, name: str) -> Callable[[object], None]:
    if holder.scope is None:
        return assigning.setter(holder.value, name)
    if all(each != name for each, _ in holder.scope.read()):
        raise assigning.Unchangeable(f"there is no variable {name} any more; ask for the scopes again")
    store = holder.scope.store
    return lambda value: store(name, value)


def _changed(session: Session, stop: Stop, value: object, expression: str | None, frame: FrameType | None) -> Json:
    stop.has_changed = True
    shown = values.Renderer(session.interrupts).short(value)
    body: Json = {"value": shown, "type": values.type_name(type(value))}
    reference = references(session, stop, frame)
    body |= children.fields_of(value, expression, reference)
    return body | children.place_of(value, reference, session.loaded())
