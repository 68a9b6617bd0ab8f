"""What a failed script leaves in the log."""

import traceback

from test_driver.logger import AbstractLogger

SCRIPT_FILE = "<string>"
"""The file name of the script's own frames: it is run from text."""


def report_failed_assertion(logger: AbstractLogger, script: str, error: BaseException) -> None:
    """Say where in the script it failed and why; frames of the driver would only bury that."""
    script_lines = script.splitlines()
    logger.log_test_error("Traceback (most recent call last):")
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == SCRIPT_FILE:
            line_number = frame.lineno or 0
            logger.log_test_error(f'  File "{frame.filename}", line {line_number}, in {frame.name}')
            # Code that the script itself ran from text has the same file name and may have more lines.
            if 0 < line_number <= len(script_lines):
                logger.log_test_error(f"    {script_lines[line_number - 1].strip()}")
    logger.log_test_error("")
    for line in f"{type(error).__name__}: {error}".splitlines():
        logger.log_test_error(line)


def report_machine_error(logger: AbstractLogger, error: BaseException) -> None:
    """Say where it failed and why, with the driver's own frames, since the driver or a machine is to blame."""
    for line in "".join(traceback.format_exception(error)).splitlines():
        logger.log_test_error(line)
