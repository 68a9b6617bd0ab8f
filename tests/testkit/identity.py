"""The same derivations everywhere: whichever Nix, whoever asks, and wherever the checkout lies."""

import json
import os
from pathlib import Path

import tap

DRIVERS = (
    "tests: builtins.mapAttrs (_name: test: { driver = test.driver.drvPath; "
    "interactive = test.driverInteractive.drvPath; run = test.drvPath; }) tests"
)
SYSTEM = '{ system = "x86_64-linux"; }'
FLAKES = ("--extra-experimental-features", "nix-command flakes")


def derivations(checkout: Path, nix: Path | None = None, before: tuple[str, ...] = ()) -> object:
    """Paths of the example's derivations as this Nix computes them, or what it says instead. Needs no store."""
    return evaluated(command(checkout, nix), before)


def evaluated(command: list[str], before: tuple[str, ...] = ()) -> object:
    with tap.directory() as scratch:
        scratch.chmod(0o777)
        ended = tap.run([*before, *command], environment=storeless(scratch), directory=Path("/"))
    return json.loads(ended.output) if ended.code == 0 else ended.errors


def command(checkout: Path, nix: Path | None = None) -> list[str]:
    return evaluation(f"({DRIVERS}) (import {nix_path(checkout / 'tests/example')} {SYSTEM})", nix)


def systemd(checkout: Path, nix: Path | None = None) -> object:
    """The same for a machine with systemd, whose configuration has a bit of everything."""
    testkit = f"import {nix_path(checkout / 'nix/testkit')} {SYSTEM}"
    module = nix_path(Path(__file__).parent / "systemd/machine.nix")
    return evaluated(evaluation(f"(({testkit}).pkgs.testers.runNixOSTest {module}).drvPath", nix))


def evaluation(expression: str, nix: Path | None) -> list[str]:
    program = str(nix / "nix-instantiate") if nix else "nix-instantiate"
    return [program, "--eval", "--strict", "--json", "--expr", expression]


def nix_path(path: Path) -> str:
    return f"(/. + {json.dumps(str(path), ensure_ascii=False)})"


def storeless(scratch: Path) -> dict[str, str | None]:
    """An environment in which Nix evaluates for /nix/store without one: it neither reads nor writes anything there."""
    variables: dict[str, str | None] = {name: None for name in os.environ if name.startswith("NIX_")}
    home = {"HOME": str(scratch), "XDG_CACHE_HOME": str(scratch / "cache"), "USER": "somebody"}
    return {**variables, **home, "NIX_REMOTE": "dummy://", "NIX_STATE_DIR": str(scratch / "state")}


def by_flake(checkout: Path) -> object:
    with tap.directory() as scratch:
        ended = tap.run(
            [
                *("nix", *FLAKES, "eval", "--json", "--no-write-lock-file"),
                *(f"git+file://{checkout}?dir=tests/example#checks.x86_64-linux", "--apply", DRIVERS),
            ],
            environment={"XDG_CACHE_HOME": str(scratch)},
        )
    return json.loads(ended.output) if ended.code == 0 else ended.errors


def main() -> None:
    expected = derivations(tap.REPOSITORY)
    tap.check("the example's derivations are computed without a store", isinstance(expected, dict), str(expected))
    if not isinstance(expected, dict):
        tap.leave()
    with tap.directory() as directory:
        directory.chmod(0o755)
        odd = tap.copy_checkout(directory / "ä b" / "it's $HOME")
        tap.equal("the checkout's path makes no difference", derivations(odd), expected)
        tap.equal("nor for machines with systemd", systemd(odd), systemd(tap.REPOSITORY))

        plain = tap.copy_checkout(directory / "plain")
        # Only of a repository can a flake be a folder. Files that git knows are enough.
        for step in (["git", "init", "--quiet"], ["git", "add", "."]):
            tap.run(step, directory=plain)
        by_file = json.loads(tap.run(command(plain)).output)
        tap.equal("a flake gives what a file gives", by_flake(plain), by_file)

        name = "a user without rights gets what root gets"
        if tap.AS_NOBODY:
            tap.equal(name, derivations(plain, before=tap.AS_NOBODY), expected)
        else:
            tap.skip(name, "these tests run as an ordinary user already")

    others = [Path(folder) for folder in os.environ.get("TESTKIT_NIX", "").split(":") if folder]
    if not others:
        tap.skip("other versions of Nix compute the same", "TESTKIT_NIX names none")
    for nix in others:
        version = tap.run([nix / "nix-instantiate", "--version"]).output.strip()
        tap.equal(f"{version} computes the same", derivations(tap.REPOSITORY, nix), expected)
        tap.equal(f"{version} does so for machines with systemd", systemd(tap.REPOSITORY, nix), systemd(tap.REPOSITORY))
    tap.leave()


main()
