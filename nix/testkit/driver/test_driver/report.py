"""What a failed script leaves in the log."""

import traceback

from test_driver.logger import AbstractLogger

SCRIPT_FILE = "<string>"
"""The file name of the script's own frames: it is run from text."""


def report_failed_assertion(logger: AbstractLogger, script: str, error: BaseException) -> None:
    """Say where in the script it failed and why; frames of the driver would only bury that."""
    _report(logger, script, error, only_script=True)


def report_machine_error(logger: AbstractLogger, script: str, error: BaseException) -> None:
    """Say where it failed and why, with the driver's own frames, since the driver or a machine is to blame."""
    _report(logger, script, error, only_script=False)


def _report(logger: AbstractLogger, script: str, error: BaseException, *, only_script: bool) -> None:
    script_lines = script.splitlines()
    logger.log_test_error("Traceback (most recent call last):")
    for frame in traceback.extract_tb(error.__traceback__):
        is_script = frame.filename == SCRIPT_FILE
        if only_script and not is_script:
            continue
        line_number = frame.lineno or 0
        logger.log_test_error(f'  File "{frame.filename}", line {line_number}, in {frame.name}')
        source = frame.line or ""
        if is_script and 0 < line_number <= len(script_lines):
            source = script_lines[line_number - 1].strip()
        if source:
            logger.log_test_error(f"    {source}")
    for line in f"{type(error).__name__}: {error}".splitlines():
        logger.log_test_error(line)
