"""The driver's command line, in the form of NixOS 26.05 and in the one of the releases before."""

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from test_driver.config import (
    ConfigurationError,
    DriverConfiguration,
    configuration_of_parts,
    read_configuration,
)
from test_driver.logger import LOG_LEVELS, AbstractLogger, CompositeLogger, JunitXMLLogger, TerminalLogger, XMLLogger


@dataclass(frozen=True)
class CommandLine:
    """What the driver is asked to do."""

    config: DriverConfiguration
    logger: CompositeLogger
    out_dir: Path
    is_interactive: bool
    keep_machine_state: bool
    debug_hook_attach: str | None
    obsolete_words: tuple[str, ...]
    """Options that were given under a name that goes away."""


def read_command_line(arguments: Sequence[str] | None = None) -> CommandLine:
    """Understand the command line (default: that of the process) and the environment.

    Leaves with exit code 2, after saying what is wrong and what to do, if they cannot be followed.
    """
    parser = argument_parser()
    given = parser.parse_args(arguments)
    try:
        config = configuration(given)
        out_dir: Path = given.output_directory.resolve()
        check_output_directory(out_dir)
        logger = CompositeLogger(loggers(out_dir, given.junit_xml))
        set_log_level(logger, given.log_level)
    except ConfigurationError as error:
        parser.error(str(error))
    return CommandLine(
        config=config,
        logger=logger,
        out_dir=out_dir,
        is_interactive=given.interactive,
        keep_machine_state=given.keep_machine_state,
        debug_hook_attach=given.debug_hook_attach,
        obsolete_words=tuple(given.obsolete),
    )


def argument_parser() -> argparse.ArgumentParser:
    """The options; which of them go together is decided after parsing."""
    parser = argparse.ArgumentParser(
        prog="nixos-test-driver",
        description="Run a test of virtual machines, or give a prompt to drive them by hand.",
        epilog="The environment variable LOGFILE names a file for a log in XML.",
    )
    test = parser.add_argument_group("the test")
    test.add_argument("-c", "--config", type=Path, metavar="FILE", help="its configuration, JSON")
    test.add_argument("--test-script", type=Path, metavar="FILE", help="run this script instead of the configured one")
    parts = parser.add_argument_group("the test, as of NixOS 25.11 and before: instead of '--config'")
    parts.add_argument("--start-scripts", nargs="*", metavar="FILE", help="programs 'run-NAME-vm' (env: startScripts)")
    parts.add_argument("--vlans", nargs="*", metavar="NUMBER", help="virtual networks (env: vlans)")
    parts.add_argument("--global-timeout", type=float, metavar="SECONDS", help="time limit (env: globalTimeout)")
    parts.add_argument("testscript", nargs="?", type=Path, metavar="SCRIPT", help="the script (env: testScript)")
    run = parser.add_argument_group("the run")
    run.add_argument(
        "-I",
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give a Python prompt instead of running the script",
    )
    run.add_argument(
        "-K", "--keep-machine-state", action="store_true", help="start from the state that the last run left"
    )
    run.add_argument("--keep-vm-state", dest="keep_machine_state", action=_Obsolete, help=argparse.SUPPRESS)
    run.add_argument(
        "-o",
        "--output_directory",
        type=Path,
        default=Path(),
        metavar="DIRECTORY",
        help="where files of the test go (default: the current directory)",
    )
    run.add_argument("--junit-xml", type=Path, metavar="FILE", help="write a JUnit report; relative to '-o'")
    run.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        metavar="LEVEL",
        help=f"the least important remarks to show: {', '.join(LOG_LEVELS)} (env: logLevel; default: info)",
    )
    run.add_argument(
        "--debug-hook-attach",
        metavar="COMMAND",
        help="let 'debug.breakpoint()' and failures stop; COMMAND leads into the sandbox of a build",
    )
    parser.set_defaults(obsolete=[])
    return parser


class _Obsolete(argparse.Action):
    """A flag under the name it had before."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=False, help=help)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, True)
        namespace.obsolete = [*namespace.obsolete, option_string]


def configuration(given: argparse.Namespace) -> DriverConfiguration:
    """The test that the command line names, from one form or the other."""
    config = configured_test(given) if given.config is not None else test_of_parts(given)
    if given.test_script is not None:
        config = config.with_script(given.test_script)
    if config.test_script.is_dir() or not os.access(config.test_script, os.R_OK):
        raise ConfigurationError(f"cannot read the test script '{config.test_script}': name one by '--test-script'")
    return config


def configured_test(given: argparse.Namespace) -> DriverConfiguration:
    """The test of `--config`; the environment of the older form does not count then."""
    for name, value in (
        ("--start-scripts", given.start_scripts),
        ("--vlans", given.vlans),
        ("--global-timeout", given.global_timeout),
    ):
        if value is not None:
            raise ConfigurationError(f"'{name}' and '--config' exclude each other: leave one out")
    if given.testscript is not None:
        raise ConfigurationError(f"a script beside '--config' is named by '--test-script {given.testscript}'")
    return read_configuration(given.config)


def test_of_parts(given: argparse.Namespace) -> DriverConfiguration:
    """The test of the older form: what the command line leaves out is in the environment."""
    script = given.testscript or given.test_script or os.environ.get("testScript")
    if script is None:
        raise ConfigurationError("there is no test: name its configuration by '--config', or give a script")
    start_scripts = given.start_scripts
    if start_scripts is None:
        start_scripts = os.environ.get("startScripts", "").split()
    vlans = given.vlans if given.vlans is not None else os.environ.get("vlans", "").split()
    limit = given.global_timeout
    if limit is None and (text := os.environ.get("globalTimeout")):
        try:
            limit = float(text)
        except ValueError as error:
            raise ConfigurationError(f"the environment's 'globalTimeout' is '{text}', which is no number") from error
    try:
        return configuration_of_parts(start_scripts, vlans, limit, Path(script))
    except ConfigurationError as error:
        raise ConfigurationError(f"the command line {error}") from error


def check_output_directory(directory: Path) -> None:
    """Raise ConfigurationError if files cannot be made in `directory`; a test should not find that out at its end."""
    if not directory.is_dir():
        raise ConfigurationError(f"the output directory '{directory}' is not a directory: choose another with '-o'")
    try:
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to the output directory '{directory}' ({error.strerror}): choose another with '-o'"
        ) from error


def loggers(out_dir: Path, junit_xml: Path | None) -> list[AbstractLogger]:
    """The loggers that the command line and the environment ask for."""
    chosen: list[AbstractLogger] = [TerminalLogger()]
    if logfile := os.environ.get("LOGFILE"):
        try:
            chosen.append(XMLLogger(logfile))
        except OSError as error:
            raise ConfigurationError(
                f"cannot write the log '{logfile}' that LOGFILE names ({error.strerror}): name another or unset it"
            ) from error
    if junit_xml is not None:
        report = out_dir / junit_xml
        if report.is_dir() or not report.parent.is_dir() or not os.access(report.parent, os.W_OK):
            raise ConfigurationError(f"cannot write the report '{report}': name another by '--junit-xml'")
        chosen.append(JunitXMLLogger(report))
    return chosen


def set_log_level(logger: AbstractLogger, word: str | None) -> None:
    """Set the level of the command line, else that of the environment; without either it stays `info`."""
    chosen = word or os.environ.get("logLevel")
    if chosen:
        if chosen not in LOG_LEVELS:
            levels = ", ".join(LOG_LEVELS)
            raise ConfigurationError(f"the environment's 'logLevel' is '{chosen}': choose one of {levels}")
        logger.set_log_level(LOG_LEVELS[chosen])
