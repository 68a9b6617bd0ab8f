"""For the cases: say what a call returned or raised, and what a function takes."""

import inspect
from collections.abc import Callable
from typing import Any


def attempt(what: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Print the result of the call, or the kind and the words of what it raised."""
    try:
        result = what(*arguments, **options)
    except (Exception, SystemExit) as error:
        print(f"{name_of(what)}: raises {type(error).__name__}: {error}")
    else:
        print(f"{name_of(what)}: {result!r}")


def interface(thing: Any) -> None:
    """Print the public names of an object; for functions what they take."""
    for name in sorted(dir(thing)):
        if name.startswith("_"):
            continue
        # Looked up in the class first: asking the object may do something.
        member = getattr(type(thing), name, None) or getattr(thing, name, None)
        print(f"{name}{parameters(member)}" if callable(member) and not isinstance(member, type) else name)


def parameters(function: Callable[..., Any]) -> str:
    """The parameters of a function as in its head, without types."""
    signature = inspect.signature(function)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(inspect.Signature([each for each in bare if each.name != "self"]))


def name_of(what: Callable[..., Any]) -> str:
    return getattr(what, "__name__", type(what).__name__)
