"""`debug` in a script: a place to stop. Without a debugger it does nothing."""

from abc import ABC, abstractmethod


class DebugAbstract(ABC):
    """What a script may call on `debug`."""

    @abstractmethod
    def breakpoint(self, host: str = "127.0.0.1", port: int = 4444) -> None:
        """Stop here until the debugger goes on; `host` and `port` say where one that listens is found."""


class DebugNop(DebugAbstract):
    """The `debug` of a run that nobody watches."""

    def breakpoint(self, host: str = "127.0.0.1", port: int = 4444) -> None:
        """Go on at once."""
