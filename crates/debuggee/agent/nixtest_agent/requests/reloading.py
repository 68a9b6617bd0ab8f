"""Another text for the script, while it runs or stands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ..link import Json
from ..script import Script, invalid
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from ..session import Session


def reload(session: Session, arguments: Json) -> Json:
    """Statements that have not started are those of the new text; what it says otherwise of the others is told.

    A text that is no Python changes nothing, which is an answer and no refusal: the adapter knows where that is.
    """
    text = arguments.get("text")
    if not isinstance(text, str):
        raise Refused(BAD_ARGUMENTS, "nixtest/reload needs the text of the script; send it")
    before = session.script
    if before is None:
        raise Refused(BAD_ARGUMENTS, "there is no script yet; let it be loaded first")
    if before.text == text:
        return before.statement_places() | {"differences": []}
    try:
        script = Script(text, before)
    except Exception as error:
        return {"invalid": invalid(text, error)}
    differences = session.reload(script)
    return script.statement_places() | {"differences": [dataclasses.asdict(each) for each in differences]}
