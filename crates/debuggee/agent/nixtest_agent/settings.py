"""What a launch wants of the agent, as `configurationDone` tells it."""

from __future__ import annotations

from dataclasses import dataclass

from .link import Json


@dataclass(frozen=True)
class Settings:
    """Until the adapter has spoken, the script runs and ends as it would alone, but for the stop at a failure."""

    stop_at_end: bool = False
    """Stop once more when the last statement has run."""
    stop_on_failure: bool = True
    """Stop at the exception that ends the script, if the exception filters want it."""
    continue_after_failed_subtest: bool = False
    """What fails in a subtest is kept for the end of the script, which goes on after it."""
    subtests: tuple[str, ...] | None = None
    """Names and globs of those that run; None for all."""


def read(arguments: Json) -> Settings:
    subtests = arguments.get("subtests")
    return Settings(
        stop_at_end=arguments.get("stopAtEnd") is True,
        stop_on_failure=arguments.get("stopOnFailure") is not False,
        continue_after_failed_subtest=arguments.get("continueAfterFailedSubtest") is True,
        subtests=tuple(map(str, subtests)) if isinstance(subtests, list) and subtests else None,
    )
