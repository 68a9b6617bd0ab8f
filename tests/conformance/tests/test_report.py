"""The table in the documentation: a run replaces the columns of its drivers, wholly, and no others."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from conformance.report import BEGIN, EMPTY, END, ReportError, Results, read_table, write_report

SUITE = Path(__file__).resolve().parents[1]
PASSES: dict[str, object] = {"as_expected": True, "differences": []}
DIFFERS: dict[str, object] = {"as_expected": True, "differences": ["one"]}
FAILS: dict[str, object] = {"as_expected": False, "differences": []}
WHOLE: Results = {
    "testkit": {"commands/a": PASSES, "commands/b": PASSES, "guest/a": PASSES, "debug conversations/t/a": PASSES},
    "26.05": {"commands/a": DIFFERS, "commands/b": PASSES, "guest/a": PASSES, "debug conversations/t/a": PASSES},
}


class ReportTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="cf-")
        self.addCleanup(directory.cleanup)
        self.page = Path(directory.name) / "page.md"
        self.page.write_text(f"before\n\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")

    def report(self, results: Results) -> dict[str, dict[str, str]]:
        """The cells of the table after a run with these results."""
        write_report(self.page, results, [])
        return read_table(self.page.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0])

    def test_cells_count_cases_and_name_what_differs_and_fails(self) -> None:
        cells = self.report({"26.05": {"commands/a": DIFFERS, "commands/b": FAILS, "commands/c": PASSES}})
        self.assertEqual(cells["commands"]["26.05"], "3, 1 differ, **1 fail**")

    def test_sum_leaves_out_the_conversations(self) -> None:
        cells = self.report(WHOLE)
        self.assertEqual((cells["all"]["testkit"], cells["debug conversations"]["testkit"]), ("3", "1"))

    def test_drivers_that_did_not_run_keep_their_columns(self) -> None:
        before = self.report(WHOLE)
        after = self.report({"testkit": {"commands/a": PASSES}})
        self.assertEqual([row["26.05"] for row in after.values()], [row["26.05"] for row in before.values()])

    def test_topics_that_a_driver_did_not_play_are_no_results(self) -> None:
        self.report(WHOLE)
        cells = self.report({"testkit": {"commands/a": PASSES, "commands/b": PASSES}})
        column = {topic: row["testkit"] for topic, row in cells.items()}
        self.assertEqual(column, {"commands": "2", "guest": EMPTY, "all": "2", "debug conversations": EMPTY})

    def test_topics_without_cases_leave_the_table(self) -> None:
        self.report(WHOLE)
        cells = self.report({driver: {"commands/a": PASSES} for driver in WHOLE})
        self.assertEqual(list(cells), ["commands", "all", "debug conversations"])

    def test_text_around_the_table_stays(self) -> None:
        self.report(WHOLE)
        once = self.page.read_text(encoding="utf-8")
        self.report(WHOLE)
        self.assertEqual(self.page.read_text(encoding="utf-8"), once)
        self.assertTrue(once.startswith("before\n\n") and once.endswith("\nafter\n"))

    def test_page_without_a_place_for_the_table_is_left_alone(self) -> None:
        self.page.write_text("nothing\n", encoding="utf-8")
        with self.assertRaises(ReportError):
            write_report(self.page, WHOLE, [])
        self.assertEqual(self.page.read_text(encoding="utf-8"), "nothing\n")

    def test_run_of_some_cases_writes_no_table(self) -> None:
        before = self.page.read_text(encoding="utf-8")
        command = [sys.executable, "-B", "-m", "conformance", "--case", "log/messages", "--report", str(self.page)]
        ended = subprocess.run(command, cwd=SUITE, capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""))
        self.assertIn("--report is for runs of the whole suite", ended.stderr)
        self.assertEqual(self.page.read_text(encoding="utf-8"), before)


if __name__ == "__main__":
    unittest.main()
