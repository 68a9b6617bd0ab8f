"""A driver of virtual machine tests with the interface of the one of NixOS 26.05.

It is written for the testkit, from the documented behaviour. What it leaves out: containers, virtual networks, vsock.
"""

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path

from test_driver.config import ConfigurationError, DriverConfiguration
from test_driver.debug import DebugNop
from test_driver.driver import Driver
from test_driver.errors import MachineError
from test_driver.interactive import interact
from test_driver.logger import LOG_LEVELS, AbstractLogger, CompositeLogger, JunitXMLLogger, TerminalLogger, XMLLogger
from test_driver.termination import Terminated, install_handlers


def argument_parser() -> argparse.ArgumentParser:
    """The command line of the driver."""
    parser = argparse.ArgumentParser(prog="nixos-test-driver", description="Run a test of virtual machines.")
    parser.add_argument("-c", "--config", type=Path, required=True, help="the test's configuration, JSON")
    parser.add_argument(
        "-I",
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give a Python prompt instead of running the script",
    )
    parser.add_argument(
        "-K",
        "--keep-machine-state",
        "--keep-vm-state",
        action="store_true",
        help="start from the state that the last run left",
    )
    parser.add_argument("-o", "--output_directory", type=Path, default=Path.cwd(), help="where files of the test go")
    parser.add_argument("--test-script", type=Path, help="run this script instead of the one of the configuration")
    parser.add_argument("--junit-xml", type=Path, help="write a JUnit report to this file of the output directory")
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        default=os.environ.get("logLevel", "info"),
        help="the least important remarks to show",
    )
    parser.add_argument(
        "--debug-hook-attach", help="accepted for the sake of other drivers; 'debug.breakpoint()' needs a debugger here"
    )
    return parser


def main() -> None:
    """Run the command: returns when the test passed, else exits with 1, or with 2 for a wrong command line."""
    parser = argument_parser()
    arguments = parser.parse_args()
    try:
        config = DriverConfiguration.from_file(arguments.config)
    except ConfigurationError as error:
        parser.error(str(error))
    if arguments.test_script is not None:
        config = config.with_script(arguments.test_script)
    if not config.test_script.is_file():
        parser.error(f"the test script '{config.test_script}' is not a file")
    out_dir: Path = arguments.output_directory.resolve()
    if not out_dir.is_dir() or not os.access(out_dir, os.W_OK):
        parser.error(f"cannot write to the output directory '{out_dir}': choose another with '-o'")

    logger = CompositeLogger(loggers(out_dir, arguments.junit_xml))
    logger.set_log_level(arguments.log_level)
    # Machines must not outlive the driver: an end from outside unwinds it like an end from inside.
    install_handlers()
    # Unlike the interpreter's own, this one finds the lines of a script that is no file.
    sys.excepthook = traceback.print_exception
    try:
        run(config, logger, out_dir, arguments)
    except MachineError as error:
        logger.log_test_error(str(error))
        sys.exit(1)
    except Terminated as end:
        # Who started the driver sees the signal it was ended by.
        signal.signal(end.number, signal.SIG_DFL)
        os.kill(os.getpid(), end.number)
    finally:
        logger.close()


def run(config: DriverConfiguration, logger: CompositeLogger, out_dir: Path, arguments: argparse.Namespace) -> None:
    """Make the machines, run the script or give the prompt, and end the machines."""
    driver = Driver(config, logger, out_dir, arguments.keep_machine_state, DebugNop())
    driver.is_interactive = arguments.interactive
    with driver:
        if arguments.interactive:
            interact(driver.test_symbols())
        else:
            driver.run_tests()


def loggers(out_dir: Path, junit_xml: Path | None) -> list[AbstractLogger]:
    """The loggers that the command line and the environment ask for."""
    chosen: list[AbstractLogger] = [TerminalLogger()]
    if logfile := os.environ.get("LOGFILE"):
        chosen.append(XMLLogger(logfile))
    if junit_xml is not None:
        chosen.append(JunitXMLLogger(out_dir / junit_xml))
    return chosen
