"""The table of results in docs/testkit.md, between two markers.

A column is what one run of its driver produced, all of it: a topic that was not played then is `–`, whatever stood
there before, so that no cell claims what that run did not show. Columns of drivers that did not run stay as they are.
"""

from collections.abc import Iterable
from pathlib import Path

from conformance.case import VERSIONS
from conformance.conversations import TOPIC
from conformance.differences import Difference

BEGIN = "<!-- conformance: written by ./x conformance -->"
END = "<!-- conformance: end -->"
COLUMNS = ("testkit", *VERSIONS)
EMPTY = "–"

Results = dict[str, dict[str, dict[str, object]]]
"""By driver and case: whether it was `as_expected`, and the listed `differences` that it shows."""


class ReportError(Exception):
    """The page has no place for the table."""


def write_report(page: Path, results: Results, differences: Iterable[Difference]) -> None:
    """Write the results into the page; raises ReportError when it has no markers."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise ReportError(f"{page} lacks the lines '{BEGIN}' and '{END}'")
    table = merged(read_table(old), results)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{listed(differences)}\n\n{END}{after}", encoding="utf-8")


def read_table(text: str) -> dict[str, dict[str, str]]:
    """Cells by row and column of the table that stands there."""
    lines = [line for line in text.split("\n\n| difference")[0].splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    columns = next((row[1:] for row in rows if row[0] == "topic"), [])
    return {row[0]: dict(zip(columns, row[1:], strict=False)) for row in rows if row[0] != "topic"}


def merged(cells: dict[str, dict[str, str]], results: Results) -> str:
    """The table with the columns of the drivers that ran now in place of what stood there."""
    topics = {topic_of(name) for cases in results.values() for name in cases}
    # The conversations are tests of another kind: they stand below the sum of the cases.
    names = [*sorted({*cells, *topics} - {"all", TOPIC}), "all", TOPIC]
    rows = {topic: dict(cells.get(topic, {})) for topic in names}
    for driver, cases in results.items():
        for topic, row in rows.items():
            row[driver] = cell([case for name, case in cases.items() if belongs(name, topic)])
    head = ["| topic | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    body = [
        f"| {topic} | " + " | ".join(row.get(name, EMPTY) for name in COLUMNS) + " |"
        for topic, row in rows.items()
        # A topic that has no cases any more is none.
        if topic in ("all", TOPIC) or any(row.get(name, EMPTY) != EMPTY for name in COLUMNS)
    ]
    return "\n".join(head + body)


def topic_of(name: str) -> str:
    """The topic of a case or a conversation, the first part of its name."""
    return name.split("/")[0]


def belongs(name: str, topic: str) -> bool:
    """Whether the result counts in the row of this topic."""
    return topic_of(name) == topic or (topic == "all" and topic_of(name) != TOPIC)


def cell(cases: list[dict[str, object]]) -> str:
    """`12` when all are the same, `12, 3 differ` when three show listed differences, `12, 1 fails` for others."""
    if not cases:
        return EMPTY
    failed = sum(not case["as_expected"] for case in cases)
    differing = sum(bool(case["differences"]) for case in cases)
    words = [str(len(cases))]
    if differing:
        words.append(f"{differing} differ")
    if failed:
        words.append(f"**{failed} fail**")
    return ", ".join(words)


def listed(differences: Iterable[Difference]) -> str:
    """The listed differences with their reasons."""
    lines = ["| difference | drivers | why |", "|---|---|---|"]
    for difference in differences:
        versions = difference.versions
        shown = versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"
        lines.append(f"| {difference.name} | {shown} | {difference.reason.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)
