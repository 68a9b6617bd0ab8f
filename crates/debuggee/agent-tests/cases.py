"""What the test files share: which tracing back ends and driver shapes a test runs with."""

from __future__ import annotations

import sys
import unittest
from typing import Any, TypeVar

from adapter import DriverSession

BACK_ENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]
SHAPES = ["listed", "layered"]

Case = TypeVar("Case", bound="type[AgentTest]")


class AgentTest(unittest.TestCase):
    """A test against a driver process. `back_end` and `shape` say which."""

    back_end = BACK_ENDS[0]
    shape = "layered"
    maxDiff = None

    def run_driver(self, script: str | bytes, **options: Any) -> DriverSession:
        options.setdefault("shape", self.shape)
        tracing = "settrace" if self.back_end == "settrace" else None
        return DriverSession(script, tracing=tracing, **options)


def each_back_end(case: Case) -> Case:
    """Run the class once per tracing back end of this Python."""
    return _variants(case, "back_end", BACK_ENDS)


def each_shape(case: Case) -> Case:
    """Run the class once per shape of the driver."""
    return _variants(case, "shape", SHAPES)


def _variants(case: Case, attribute: str, values: list[str]) -> Case:
    module = sys.modules[case.__module__]
    for value in values[1:]:
        name = f"{case.__name__}_{value}"
        setattr(module, name, type(name, (case,), {attribute: value, "__module__": case.__module__}))
    setattr(case, attribute, values[0])
    return case
