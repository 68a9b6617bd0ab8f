"""The listed differences between the testkit's driver and the true ones, and the comparison that minds them.

`differences.ini` has a section for each difference. A pattern is a regular expression over the text of one section of
a transcript, lines and all. With `testkit` and `true`, what they match counts as the same; with one of them alone, or
with `lines = left out`, the lines it matches count as not there. What a group `keep` matches stays, and is compared.
"""

import configparser
import difflib
import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.case import Case, version_range
from conformance.transcript import Transcript

KEYS = {"versions", "cases", "where", "testkit", "true", "lines", "reason"}


class DifferencesError(Exception):
    """The list cannot be used; the message names the section."""


@dataclass(frozen=True)
class Difference:
    """One listed difference."""

    name: str
    versions: tuple[str, ...]
    cases: tuple[str, ...]
    """Patterns of names of cases."""
    where: str
    """The sections of a transcript in which it shows: a pattern of names, like `machine*`."""
    testkit: re.Pattern[str] | None
    true: re.Pattern[str] | None
    mark: str
    """What stands for what the patterns match."""
    reason: str

    def concerns(self, case: Case, version: str) -> bool:
        return version in self.versions and any(fnmatch.fnmatchcase(case.name, pattern) for pattern in self.cases)

    def apply(self, transcript: Transcript, of_testkit: bool) -> Transcript:
        """The transcript with what this difference explains taken out, or replaced by its name."""
        pattern = self.testkit if of_testkit else self.true
        if pattern is None:
            return transcript

        def explained(found: re.Match[str]) -> str:
            return (found.groupdict().get("keep") or "") + self.mark

        changed = {}
        for section, text in transcript.items():
            if fnmatch.fnmatchcase(section, self.where):
                text = pattern.sub(explained, text + "\n")
                if not text.strip():
                    continue
            changed[section] = text
        return changed


def read_differences(file: Path) -> list[Difference]:
    """Read the list; raises DifferencesError for a section that is not understood."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(file.read_text(encoding="utf-8"), source=str(file))
    except configparser.Error as error:
        raise DifferencesError(str(error)) from error
    found = []
    for name in parser.sections():
        section = dict(parser[name])
        if unknown := set(section) - KEYS:
            raise DifferencesError(f"[{name}] has keys that are not known: {', '.join(sorted(unknown))}")
        if missing := {"versions", "reason"} - set(section):
            raise DifferencesError(f"[{name}] lacks {', '.join(sorted(missing))}")
        patterns = {key: section[key].strip("\n") for key in ("testkit", "true") if key in section}
        if not patterns:
            raise DifferencesError(f"[{name}] lacks 'testkit' or 'true'")
        try:
            is_left_out = len(patterns) == 1 or section.get("lines") == "left out"
            whole = {key: rf"^(?:{text})\n" if is_left_out else text for key, text in patterns.items()}
            compiled = {key: re.compile(text, re.MULTILINE) for key, text in whole.items()}
            versions = version_range(section["versions"])
        except (re.error, ValueError) as error:
            raise DifferencesError(f"[{name}]: {error}") from error
        found.append(
            Difference(
                name=name,
                versions=versions,
                cases=tuple(section.get("cases", "*").split()),
                where=section.get("where", "stderr"),
                testkit=compiled.get("testkit"),
                true=compiled.get("true"),
                mark="" if is_left_out else f"«{name}»",
                reason=" ".join(section["reason"].split()),
            )
        )
    return found


@dataclass(frozen=True)
class Comparison:
    """What came out of comparing two runs of one case."""

    case: Case
    is_same: bool
    needed: tuple[str, ...]
    """The listed differences without which the runs would differ."""
    text: str
    """The lines that differ and that no listed difference explains."""


def compare(
    case: Case, version: str, testkit: Transcript, true: Transcript, differences: Iterable[Difference]
) -> Comparison:
    """Compare the run of the testkit's driver with that of a true one of `version`."""
    concerning = [difference for difference in differences if difference.concerns(case, version)]
    left, right = applied(testkit, concerning, True), applied(true, concerning, False)
    if left != right:
        return Comparison(
            case, False, (), difference_text(left, right, f"testkit {case.name}", f"{version} {case.name}")
        )
    needed = []
    for difference in concerning:
        others = [other for other in concerning if other is not difference]
        if applied(testkit, others, True) != applied(true, others, False):
            needed.append(difference.name)
    return Comparison(case, True, tuple(needed), "")


def applied(transcript: Transcript, differences: Iterable[Difference], of_testkit: bool) -> Transcript:
    for difference in differences:
        transcript = difference.apply(transcript, of_testkit)
    return {section: text.strip("\n") for section, text in transcript.items()}


def stale(differences: Iterable[Difference], version: str, comparisons: list[Comparison]) -> list[str]:
    """Complaints about listed differences that no case of this version shows any more. Needs the whole suite's runs."""
    complaints = []
    played = {comparison.case.name for comparison in comparisons}
    # While a case differs in another way, nobody can tell what it needs.
    unsure = {comparison.case.name for comparison in comparisons if not comparison.is_same}
    for difference in differences:
        if version not in difference.versions:
            continue
        needing = {comparison.case.name for comparison in comparisons if difference.name in comparison.needed}
        for pattern in difference.cases:
            if fnmatch.filter(played, pattern) and not fnmatch.filter(needing | unsure, pattern):
                complaints.append(f"[{difference.name}] is listed for {version}, and '{pattern}' does not show it")
    return complaints


def unknown_cases(differences: Iterable[Difference], cases: list[Case]) -> list[str]:
    """Complaints about listed differences whose cases are not there."""
    names = {case.name for case in cases}
    return [
        f"[{difference.name}] names '{pattern}', and there is no such case"
        for difference in differences
        for pattern in difference.cases
        if not fnmatch.filter(names, pattern)
    ]


def difference_text(left: Transcript, right: Transcript, left_name: str, right_name: str) -> str:
    """The sections that differ, as a unified difference."""
    parts = []
    for section in sorted({*left, *right}):
        one, other = left.get(section, ""), right.get(section, "")
        if one != other:
            lines = difflib.unified_diff(one.splitlines(), other.splitlines(), left_name, right_name, lineterm="", n=2)
            parts.append(f"{section}:\n" + "\n".join(f"  {line}" for line in lines))
    return "\n".join(parts)
