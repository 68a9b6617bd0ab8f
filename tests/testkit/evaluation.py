"""What the testkit evaluates to (evaluation/*.nix), and what it says about mistakes (evaluation/errors.nix)."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tap

FOLDER = Path(__file__).parent / "evaluation"
TOPICS = ("lib", "modules", "nodes", "networks", "tests", "systemd")


def evaluate(expression: str) -> tap.Ended:
    return tap.run(["nix-instantiate", "--eval", "--strict", "--json", "--expr", expression])


def nix_path(path: Path) -> str:
    """An expression for the path; the checkout may lie where a path literal of Nix cannot lead."""
    return f"(/. + {json.dumps(str(path), ensure_ascii=False)})"


def check_topic(topic: str) -> None:
    ended = evaluate(
        f"import {nix_path(FOLDER / f'{topic}.nix')} "
        f'{{ testkit = import {nix_path(tap.REPOSITORY / "nix/testkit")} {{ system = "x86_64-linux"; }}; }}'
    )
    if ended.code != 0:
        tap.check(f"{topic}.nix evaluates", False, ended.errors)
        return
    for fact in json.loads(ended.output):
        tap.equal(fact["name"], fact["actual"], fact["expected"])


def last_error(text: str) -> str:
    """The sentence itself: older and newer versions of Nix print different things around it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return plain.rpartition("error: ")[2].partition("\n")[0].strip()


def check_errors() -> None:
    file = FOLDER / "errors.nix"
    mistakes = json.loads(
        evaluate(f"map (mistake: {{ inherit (mistake) name says; }}) (import {nix_path(file)})").output
    )

    def said(index: int) -> str:
        ended = tap.run(["nix-instantiate", "--eval", "--strict", file, "--attr", f"{index}.fails"])
        return last_error(ended.errors) if ended.code else f"nothing, and is {ended.output}"

    with ThreadPoolExecutor(2) as pool:
        for mistake, sentence in zip(mistakes, pool.map(said, range(len(mistakes))), strict=True):
            tap.equal(f"mistake: {mistake['name']}", sentence, mistake["says"])


for topic in TOPICS:
    check_topic(topic)
check_errors()
tap.leave()
