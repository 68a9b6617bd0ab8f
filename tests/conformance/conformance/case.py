"""Cases: scripts with a head comment that says the fact they hold, and the settings of their run."""

import re
from dataclasses import dataclass, field
from pathlib import Path

VERSIONS = ("24.11", "25.05", "25.11", "26.05", "26.11")
"""The drivers that are told apart, oldest first."""

SETTING = re.compile(r"# ([a-z-]+):(?: (.*))?")
JOURNAL = ("start", "backdoor", "monitor", "qmp", "serial")
"""What the fake machine writes down, each in a file of its own."""


class CaseError(Exception):
    """A case cannot be read; the message names its file."""


@dataclass(frozen=True)
class Case:
    """One script and how it is run. The comments are the names of the settings in the head of its file."""

    name: str
    """Folder and file name, as in `commands/succeed-fails`."""
    fact: str
    """What holds, in a sentence."""
    file: Path
    script: str
    versions: tuple[str, ...] = VERSIONS
    """`versions`: the true drivers for which the fact holds: `25.05..`, `..25.11`, names, or `none`."""
    machines: tuple[str, ...] = ("machine",)
    """`machines`"""
    vlans: tuple[str, ...] = ()
    """`vlans`"""
    arguments: tuple[str, ...] = ()
    """`arguments`: further words of the driver's command line; $DIR is the directory of the run."""
    environment: dict[str, str | None] = field(default_factory=dict)
    """`environment`: further variables of the driver; a name alone is one that it does not get."""
    machine: str = "fake"
    """`machine`: `tiny` when real machines run, the testkit's small guest in QEMU."""
    fake: str = ""
    """`fake`: how the fake machine misbehaves."""
    timeout: int = 600
    """`timeout`: seconds that the whole test may take."""
    stdin: str | None = None
    """`stdin`: what the driver finds there, with escapes as in Python."""
    terminal: bool = False
    """`terminal`: yes, when standard input and output are one."""
    signal: tuple[str, str] | None = None
    """`signal`: the name of a signal, and the words in the log after which it is sent: `TERM after QEMU running`."""
    flavour: str = ""
    """`flavour`: `config` or `environment`, when the case is about one of the ways to tell the driver its test."""
    directory: str = "d"
    """`directory`: name of the directory of the run."""
    journal: tuple[str, ...] = JOURNAL[1:]
    """`journal`: what is shown of that which reaches the machines; all but the start unless something else is said."""
    colours: bool = False
    """`colours`: `shown` when they are part of the transcript."""
    frame: bool = False
    """`frame`: `shown` when what every run has in common is part of the transcript: setting up, booting, the end."""
    by_machine: bool = False
    """`order`: `by machine` when machines work side by side and the log's lines come in any order."""
    shows: tuple[str, ...] = ("exit", "stdout", "stderr", "machine", "tools", "files", "left")
    """`shows`: the parts of the transcript. Consoles are shown on request: where a machine is not waited for, how far
    it came is a matter of chance."""

    @property
    def is_real(self) -> bool:
        return self.machine != "fake"

    @property
    def topic(self) -> str:
        return self.name.split("/")[0]

    @property
    def transcript(self) -> Path:
        """The file with the transcript that the testkit's driver has to produce."""
        return self.file.with_suffix(".txt")


def version_range(text: str) -> tuple[str, ...]:
    """The versions that `25.05..`, `..25.11`, names or `none` stand for; raises ValueError for anything else."""
    if text == "none":
        return ()
    if ".." not in text:
        chosen = text.split()
        if unknown := [name for name in chosen if name not in VERSIONS]:
            raise ValueError(f"no such version: {' '.join(unknown)}")
        return tuple(chosen)
    first, last = text.split("..")
    begin = VERSIONS.index(first) if first else 0
    end = VERSIONS.index(last) + 1 if last else len(VERSIONS)
    return VERSIONS[begin:end]


def read_case(file: Path, root: Path) -> Case:
    """Read one case; raises CaseError if its head is not understood."""
    text = file.read_text(encoding="utf-8")
    head = re.match(r"(?:#.*\n)+", text)
    if head is None:
        raise CaseError(f"{file}: has no head comment with the fact it holds")
    fact: list[str] = []
    settings: dict[str, object] = {}
    for line in head[0].splitlines():
        found = SETTING.fullmatch(line)
        if found is None:
            fact.append(line.removeprefix("#").strip())
            continue
        try:
            settings.update(_setting(found[1], found[2] or ""))
        except (KeyError, ValueError) as error:
            raise CaseError(f"{file}: cannot use the setting '{found[0]}': {error}") from error
    name = str(file.relative_to(root).with_suffix(""))
    return Case(name=name, fact=" ".join(fact), file=file, script=text, **settings)  # type: ignore[arg-type]


def _setting(key: str, value: str) -> dict[str, object]:
    words = tuple(value.split())
    if key in ("machines", "vlans", "arguments", "journal", "shows"):
        return {key: words}
    if key == "machine":
        if value not in ("fake", "tiny"):
            raise ValueError("a machine is fake or tiny")
        return {key: value}
    if key in ("fake", "flavour", "directory"):
        return {key: value}
    if key == "versions":
        return {key: version_range(value)}
    if key == "environment":
        return {key: {name: text if equals else None for name, equals, text in (word.partition("=") for word in words)}}
    if key == "timeout":
        return {key: int(value)}
    if key == "stdin":
        return {key: value.encode().decode("unicode_escape")}
    if key == "terminal":
        return {key: value == "yes"}
    if key == "signal":
        name, words_before = value.split(" after ")
        return {key: (name, words_before)}
    if key in ("colours", "frame"):
        return {key: value == "shown"}
    if key == "order":
        return {"by_machine": value == "by machine"}
    raise ValueError("there is no such setting")


def read_cases(root: Path, wanted: list[str]) -> list[Case]:
    """The cases below `root`, in the order of their names; with `wanted`, those whose name begins with one of it."""
    cases = [read_case(file, root) for file in sorted(root.glob("*/*.py"))]
    return [case for case in cases if not wanted or any(case.name.startswith(name) for name in wanted)]
