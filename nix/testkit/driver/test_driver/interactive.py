"""The driver's prompt: Python with the names that a script has."""

import code
import contextlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from test_driver.termination import Terminated

HISTORY = Path(".nixos-test-history")
BANNER = "test_script() runs the test, start_all() starts its machines; Ctrl-C interrupts, Ctrl-D ends both."


class Prompt(code.InteractiveConsole):
    """Python's own prompt, which only `exit()`, the end of the input and a request to end leave."""

    def runcode(self, code: CodeType) -> None:
        """Run what was typed; an exception is shown, and the prompt comes back."""
        try:
            exec(code, self.locals)
        except (SystemExit, Terminated):
            raise
        except BaseException:
            self.showtraceback()


def interact(symbols: dict[str, Any]) -> None:
    """Read and run Python from standard input until its end or `exit()`; raises SystemExit for the latter."""
    # A script that fails must not take the machines away from whoever wants to look at them.
    symbols = {
        **symbols,
        "test_script": keeping_the_prompt(symbols["test_script"]),
        "run_tests": keeping_the_prompt(symbols["run_tests"]),
    }
    with_history = sys.stdin.isatty() and read_history(symbols)
    prompt, banner = Prompt(symbols), BANNER
    try:
        while banner:
            try:
                prompt.interact(banner=banner, exitmsg="")
                banner = ""
            except KeyboardInterrupt:
                # Between two lines nobody else catches it.
                banner = "KeyboardInterrupt"
    finally:
        if with_history:
            write_history()


def keeping_the_prompt(run: Callable[[], None]) -> Callable[[], None]:
    """`run`, without the end of the driver that a failed test means elsewhere."""

    def guarded() -> None:
        try:
            run()
        except SystemExit as end:
            if end.code not in (None, 0):
                print("the test failed; its machines are as it left them", file=sys.stderr)

    guarded.__doc__ = run.__doc__
    return guarded


def read_history(symbols: dict[str, Any]) -> bool:
    """Give the prompt line editing, completion and the history of earlier sessions, if this Python can."""
    try:
        import readline  # noqa: PLC0415 - not every Python has it
        import rlcompleter  # noqa: PLC0415
    except ImportError:
        return False
    completer = rlcompleter.Completer(symbols)

    def complete(text: str, state: int) -> str | None:
        # Looking for names touches each of them, the deprecated ones too.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return completer.complete(text, state)

    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    # There may be none yet, or it is not ours to read or write.
    with contextlib.suppress(OSError):
        readline.read_history_file(HISTORY)
    return True


def write_history() -> None:
    """Keep this session's history in the current directory; without the right to write there it is lost."""
    import readline  # noqa: PLC0415

    with contextlib.suppress(OSError):
        readline.write_history_file(HISTORY)
