"""Building drivers of tests and running them."""

from pathlib import Path

import tap

TESTS = Path(__file__).parent / "machines"


def build(attribute: str, folder: Path = TESTS, *arguments: str) -> Path | None:
    """Build it; reports and gives None if that fails."""
    ended = tap.run(["nix-build", "--no-out-link", folder, "--attr", attribute, *arguments], patience=tap.LONG_PATIENCE)
    if ended.code != 0:
        tap.check(f"{attribute} builds", False, ended.errors)
        return None
    return Path(ended.output.strip())


def drive(driver: Path, run_directory: Path, *arguments: str, **environment: str) -> tap.Ended:
    """Run a driver to its end, with all that it leaves in `run_directory`."""
    out = run_directory / "out"
    out.mkdir(parents=True, exist_ok=True)
    return tap.run(
        [driver / "bin/nixos-test-driver", "--output_directory", out, *arguments],
        environment={"XDG_RUNTIME_DIR": str(run_directory), "TMPDIR": str(run_directory), **environment},
        joined=True,
        patience=tap.LONG_PATIENCE,
    )


def check_passed(name: str, ended: tap.Ended) -> None:
    tap.check(name, ended.code == 0, f"exit code {ended.code}\n{ended.output}")
