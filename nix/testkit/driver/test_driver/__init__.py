"""A driver of virtual machine tests with the interface of the one of NixOS 26.05.

It is written for the testkit, from the documented behaviour. What it leaves out: containers, and SSH over vsock.
"""

import io
import sys
import time
import traceback

from test_driver.command_line import CommandLine, read_command_line
from test_driver.debug import Debug, DebugAbstract, DebugNop
from test_driver.driver import Driver
from test_driver.errors import MachineError
from test_driver.interactive import interact
from test_driver.termination import Terminated, end_by, install_handlers, signals_held_back
from test_driver.warning import install_format


def main() -> None:
    """Run the command of the process's arguments.

    Returns when the test passed. Else the process exits with 1, with 2 for a command line that cannot be followed, or
    ends by the signal that it was asked to end by (SIGTERM if the test's time is over).
    """
    for stream in (sys.stdout, sys.stderr):
        # Names and machine output may have characters that the terminal has not. What a script prints appears among
        # the lines of the log that it belongs to, and is not lost when the driver is killed.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace", line_buffering=True)
    command = read_command_line()
    # Machines must not outlive the driver: an end from outside unwinds it like an end from inside.
    install_handlers()
    install_format()
    # Unlike the interpreter's own, this one finds the lines of a script that is no file.
    sys.excepthook = traceback.print_exception
    try:
        try:
            run(command)
        finally:
            with signals_held_back():
                command.logger.close()
    except Terminated as end:
        end_by(end.number)


def run(command: CommandLine) -> None:
    """Make the machines, run the script or give the prompt, and end the machines."""
    logger = command.logger
    for word in command.obsolete_words:
        logger.warning(f"'{word}' is an old name: use '--keep-machine-state'")
    if not command.keep_machine_state:
        logger.info("Machine state will be reset. To keep it, pass --keep-machine-state")
    debug: DebugAbstract = DebugNop()
    if command.debug_hook_attach is not None:
        debug = Debug(logger, command.debug_hook_attach)
    try:
        driver = Driver(
            config=command.config,
            out_dir=command.out_dir,
            logger=logger,
            keep_machine_state=command.keep_machine_state,
            debug=debug,
            is_interactive=command.is_interactive,
        )
        with driver:
            if command.config.enable_ssh_backdoor:
                driver.dump_machine_ssh()
            if command.is_interactive:
                interact(driver.test_symbols())
            else:
                begin = time.monotonic()
                driver.run_tests()
                logger.info(f"test script finished in {time.monotonic() - begin:.2f}s")
    except UnicodeDecodeError as error:
        logger.log_test_error(f"the test script '{command.config.test_script}' is not UTF-8 ({error}): save it as such")
        sys.exit(1)
    except MachineError as error:
        for line in str(error).splitlines():
            logger.log_test_error(line)
        sys.exit(1)
