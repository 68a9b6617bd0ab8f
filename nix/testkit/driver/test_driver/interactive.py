"""The driver's prompt: Python with the names that a script has."""

import code
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HISTORY = Path(".nixos-test-history")


def interact(symbols: dict[str, Any]) -> None:
    """Read and run Python from standard input until its end or `exit()`; raises SystemExit for the latter."""
    # A script that fails must not take the machines away from whoever wants to look at them.
    symbols = {
        **symbols,
        "test_script": keeping_the_prompt(symbols["test_script"]),
        "run_tests": keeping_the_prompt(symbols["run_tests"]),
    }
    with_history = sys.stdin.isatty() and read_history(symbols)
    try:
        code.InteractiveConsole(symbols).interact(
            banner="test_script() runs the test, start_all() starts its machines; Ctrl-D ends both.", exitmsg=""
        )
    finally:
        if with_history:
            write_history()


def keeping_the_prompt(run: Callable[[], None]) -> Callable[[], None]:
    """`run`, without the end of the driver that a failed test means elsewhere."""

    def guarded() -> None:
        try:
            run()
        except SystemExit:
            print("the test failed; its machines are as it left them", file=sys.stderr)

    return guarded


def read_history(symbols: dict[str, Any]) -> bool:
    """Give the prompt line editing, completion and the history of earlier sessions, if this Python can."""
    try:
        import readline  # noqa: PLC0415 - not every Python has it
        import rlcompleter  # noqa: PLC0415
    except ImportError:
        return False
    readline.set_completer(rlcompleter.Completer(symbols).complete)
    readline.parse_and_bind("tab: complete")
    if HISTORY.exists():
        readline.read_history_file(HISTORY)
    return True


def write_history() -> None:
    """Keep this session's history in the current directory; without the right to write there it is lost."""
    import readline  # noqa: PLC0415

    try:
        readline.write_history_file(HISTORY)
    except OSError:
        return
