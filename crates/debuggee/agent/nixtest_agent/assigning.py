"""Changes one child of a value that a client has unfolded: an element, the value of a key, an attribute.

It is found again by the name under which it was shown. What cannot be changed is told in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import children, values


class Unchangeable(Exception):
    """The child cannot be changed. The text names it and says why."""


def setter(value: Any, name: str) -> Callable[[object], None]:
    """What gives the child of this name another value; calling it runs code of the user. Raises Unchangeable."""
    shape = values.container(value)
    if shape is not None and name.startswith("[") and shape is not dict:
        return _element(value, shape, name)
    if shape is dict:
        keys = [key for key in list(dict.keys(value)) if values.key_name(key) == name]
        if len(keys) > 1:
            raise Unchangeable(f"{len(keys)} keys look like {name}; change the value in the Debug Console")
        if keys:
            return lambda new: value.__setitem__(keys[0], new)
    return _attribute(value, name)


def _element(value: Any, shape: type, name: str) -> Callable[[object], None]:
    if shape is tuple:
        raise Unchangeable(f"{name} is an element of a tuple, which cannot be changed; replace the whole tuple")
    if shape in (set, frozenset):
        raise Unchangeable(f"{name} is an element of a set and has no place there; add and remove elements instead")
    index = name[1:-1]
    if not index.isdecimal() or int(index) >= list.__len__(value):
        raise Unchangeable(f"there is no element {name} any more; ask for the variables again")
    return lambda new: value.__setitem__(int(index), new)


def _attribute(value: Any, name: str) -> Callable[[object], None]:
    member = values.class_attribute(type(value), name)
    if type(member) is property and member.fset is None:
        raise Unchangeable(f"{name} is a property without a setter, so it cannot be changed")
    if member is None and all(each != name for each, _ in children.attributes(value)):
        raise Unchangeable(f"there is no {name} any more; ask for the variables again")
    return lambda new: setattr(value, name, new)
