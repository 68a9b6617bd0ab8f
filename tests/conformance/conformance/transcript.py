"""Transcripts: what was seen of a run, without what differs from run to run, in sections that people can read."""

import re
import struct

from conformance.case import Case
from conformance.run import Observation

COLOUR_NAMES = {"0": "plain", "1": "bold", "2": "dim", "22": "normal", "31": "red", "32": "green", "33": "yellow"}
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[^\[\]])|[\x00-\x08\x0b-\x1f\x7f]")
STEADY = (
    (re.compile(r"\b\d+\.\d\d( seconds\b|s\b)"), r"N.NN\1"),
    (re.compile(r"\bpid \d+"), "pid N"),
    (re.compile(r"\b(sudo attach|sleep|telnet 127\.0\.0\.1) \d{4,}\b"), r"\1 N"),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "tmpNNNNNNNN"),
    (re.compile(r"\btmp\.\w{10}\b"), "tmp.NNNNNNNNNN"),
    (re.compile(r"^(backdoor: .{400}).+$", re.MULTILINE), r"\1 and so on"),
    (re.compile(r"\bFD:\d+"), "FD:N"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b0x[0-9a-f]{6,}"), "0xN"),
)
FRAME = re.compile(r'(!!! )?  File "([^"]*)", line (\d+)(?:, in (.*))?')
WARNED_AT = re.compile(r' {4}File "([^"]*)", line \d+')
MARKS = re.compile(r"(!!! )? {4,}[~^ ]*[~^][~^ ]*")
BEGINNINGS = ("Traceback (most recent call last):", "During handling of the above", "The above exception was")

SYMBOLS = re.compile(r"additionally exposed symbols:\n(?: {4}.*\n){3}")
BEGIN = re.compile(
    r"^(?:Machine state will be reset\..*\n)?start all VLans\n\(finished: start all VLans, in N\.NN seconds\)\n"
    r"Test will time out and terminate in 600(?:\.0)? seconds\nrun the VM test script\n",
    re.MULTILINE,
)
BOOT = re.compile(
    r"^(\S+): waiting for the VM to finish booting\n(?:\1: starting vm\n\1: QEMU running \(pid N\)\n)?"
    r"\1: Guest shell says: .*\n\1: connected to guest root shell\n\1: \(connecting took N\.NN seconds\)\n"
    r"\1: \(finished: waiting for the VM to finish booting, in N\.NN seconds\)\n",
    re.MULTILINE,
)
END = re.compile(
    r"^(?:\(finished: run the VM test script, in N\.NN seconds\)\ntest script finished in N\.NNs\n)?"
    r"cleanup\n(?:kill (?:Qemu)?[mM]achine \(pid N\)\n)*\(finished: cleanup, in N\.NN seconds\)\n",
    re.MULTILINE,
)
WRITTEN_OUT = re.compile(r"backdoor: timeout 900(?:\.0)? bash -c 'set -euo pipefail; sync' .*\nbackdoor: echo .*\n")
CAPABILITIES = 'qmp: {"execute": "qmp_capabilities"}\n'

Transcript = dict[str, str]
"""Texts by section: `exit`, `stdout`, `stderr`, `console NAME`, `machine NAME`, `tools`, `file NAME`, `left`."""


def transcribe(case: Case, observation: Observation) -> Transcript:
    """The transcript of a run, with the sections that the case asks for and that hold something."""
    log, consoles = split_consoles(observation.stderr, case.machines)
    sections = {"exit": observation.exit, "stdout": CONTROL.sub("", observation.stdout)}
    log = with_colours(log) if case.colours else CONTROL.sub("", log)
    lines = steady(log, observation).splitlines()
    if case.by_machine:
        lines = sorted_by_machine(lines, case.machines)
    sections["stderr"] = "\n".join([*without_driver_frames(lines), ""])
    sections |= {f"console {name}": text for name, text in consoles.items()}
    for name, logs in observation.journals.items():
        sections[f"machine {name}"] = journal(logs, case.journal)
    sections["tools"] = observation.tools
    for name, content in observation.files.items():
        sections[f"file {name}"] = readable(name, content)
    sections["left"] = "\n".join(observation.left)
    if not case.frame:
        sections = {name: without_frame(name, text) for name, text in sections.items()}
    wanted = (*case.shows, *("file" for shown in case.shows if shown == "files"))
    return {
        name: text
        for name, section in sections.items()
        if name.split(" ")[0] in wanted and (text := steady(section, observation).strip("\n"))
    }


def render(case: Case, transcript: Transcript) -> str:
    """The transcript as it lies beside the case."""
    parts = []
    for name, text in transcript.items():
        body = "\n".join(f"  {line}".rstrip() for line in text.splitlines())
        parts.append(f"{name}:\n{body}\n")
    return f"{case.name}\n\n" + "\n".join(parts)


def parse(text: str) -> Transcript:
    """The transcript that `render` wrote."""
    transcript: dict[str, list[str]] = {}
    section: list[str] = []
    for line in text.splitlines()[2:]:
        if line and not line.startswith(" "):
            section = transcript.setdefault(line.removesuffix(":"), [])
        else:
            section.append(line.removeprefix("  "))
    return {name: "\n".join(lines).strip("\n") for name, lines in transcript.items()}


def split_consoles(log: str, machines: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The log without the lines of the machines' consoles, and those: they come whenever a thread has its turn."""
    names = "|".join(re.escape(name) for name in (*machines, "extra"))
    pattern = re.compile(rf"(?:\x1b\[2m|^)({names}) # (.*?)(?:\x1b\[0m\n?|\n)", re.DOTALL | re.MULTILINE)
    consoles: dict[str, list[str]] = {}

    def keep(found: re.Match[str]) -> str:
        consoles.setdefault(found[1], []).append(CONTROL.sub("", found[2]).rstrip())
        return ""

    rest = pattern.sub(keep, log)
    return rest, {name: "\n".join(lines) for name, lines in sorted(consoles.items())}


def steady(text: str, observation: Observation) -> str:
    """The text without times, numbers of processes and places of this machine."""
    place = observation.place
    names = [
        (str(place.directory), "$DIR"),
        (str(place.root), "$ROOT"),
        (str(observation.driver.directory), "$DRIVER"),
    ]
    for path, name in names:
        text = text.replace(path, name)
    for pattern, replacement in STEADY:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def with_colours(text: str) -> str:
    """The text with names for its colours, `<bold green>`."""

    def named(found: re.Match[str]) -> str:
        codes = (found[1] or "0").split(";")
        return "<" + " ".join(COLOUR_NAMES.get(code.lstrip("0") or "0", code) for code in codes) + ">"

    text = ESCAPE.sub(named, text)
    # Two codes in a row say the same as one with both.
    while (joined := re.sub(r"<([a-z ]+)><(?!plain)([a-z ]+)>", r"<\1 \2>", text)) != text:
        text = joined
    return CONTROL.sub("", text)


def sorted_by_machine(lines: list[str], machines: tuple[str, ...]) -> list[str]:
    """The lines of each machine together, in the place of the first of them all."""
    own: dict[str, list[str]] = {name: [] for name in machines}
    rest: list[str] = []
    first = None
    for line in lines:
        name = line.split(":")[0]
        if name in own:
            own[name].append(line)
            first = len(rest) if first is None else first
        else:
            rest.append(line)
    together = [line for name in sorted(own) for line in own[name]]
    return rest[:first] + together + rest[first or 0 :] if together else rest


def without_driver_frames(lines: list[str]) -> list[str]:
    """Tracebacks with the script's frames alone: each driver has its own way to get from one of them to the next."""
    kept: list[str] = []
    in_traceback = in_foreign_frame = False
    for line in lines:
        bare = line.removeprefix("!!! ")
        frame = FRAME.fullmatch(line)
        if bare.startswith(BEGINNINGS):
            in_traceback, in_foreign_frame = True, False
        elif in_traceback and frame is not None:
            in_foreign_frame = frame[2] != "<string>"
            if in_foreign_frame:
                mark = f"{frame[1] or ''}  (driver)"
                if kept[-1] != mark:
                    kept.append(mark)
                continue
        elif in_traceback and (bare.startswith("    ") or MARKS.fullmatch(line)):
            if in_foreign_frame or MARKS.fullmatch(line):
                continue
        elif in_traceback and bare and not bare.startswith("  "):
            in_traceback = in_foreign_frame = False
        elif (warned := WARNED_AT.fullmatch(line)) and warned[1] != "<string>":
            kept.append("    (driver)")
            continue
        kept.append(line)
    return kept


def journal(logs: dict[str, str], kinds: tuple[str, ...]) -> str:
    """What reached a machine, channel by channel; the options of its start stand below each other."""
    lines = []
    for kind in kinds:
        text = logs.get(kind, "")
        if kind == "start":
            text = re.sub(r" (?=-)", "\n", text)
        lines += [f"{kind}: {line.lstrip()}" for line in text.splitlines()]
    return "\n".join([*lines, ""])


def without_frame(section: str, text: str) -> str:
    """A section without what the runs of all cases have in common, as long as it has its usual form."""
    if section == "stdout":
        return SYMBOLS.sub("", text)
    if section == "stderr":
        text = BOOT.sub(r"\1: (boots)\n", BEGIN.sub("", text, count=1))
        return END.sub("", text)
    if section.startswith("machine "):
        return WRITTEN_OUT.sub("", text).replace(CAPABILITIES, "", 1)
    return text


def readable(name: str, content: bytes) -> str:
    """A file as text: pictures by their size, XML with one element a line, what was random or timed left out."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", content[16:24])
        return f"a PNG picture of {width} x {height}"
    text = content.decode("utf-8", errors="backslashreplace")
    if name.endswith(".xml"):
        text = re.sub(r'<line machine="[^"]*" type="serial">.*?</line>', "", text)
        text = re.sub(r"^.*\w # .*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r'\b(time|timestamp)="[^"]*"', r'\1="N"', text)
        text = re.sub(
            r"\s*(</?(?:nest|head|line|logfile|testsuites?|testcase|system-(?:out|err)|failure)\b)", r"\n\1", text
        )
        text = re.sub(r">\n</", "></", text)
    return text or "(empty)"
