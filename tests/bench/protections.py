"""Takes protections away, one at a time, and sees whether the test that is named for each fails without it.

    python -m tests.bench.protections [--only WORD]

`make mutants` draws changes of one expression by chance. These are the ones that a review made, of which 23
in 77 went unnoticed: a guard left out, a sync that is missing, a step in the wrong order. They are listed in
`protections.toml`; where the code has moved on, `tests/test_protections.py` says which text is no longer
there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

import msgspec

from tests.bench.mutants import copy_to, fails


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`new` in the place of `old`, which is once in the file."""

    file: str
    old: str
    new: str


class Protection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of the product without it, the test that notices, and how it is taken away."""

    without: str
    test: str
    changes: tuple[Change, ...]

    def taken_from(self, folder: Path) -> dict[Path, str]:
        """Take it away in a copy of the repository; returns the files as they were."""
        before: dict[Path, str] = {}
        for change in self.changes:
            path = folder / change.file
            text = path.read_text()
            assert text.count(change.old) == 1, f"{change.file} has not once: {change.old}"
            before.setdefault(path, text)
            path.write_text(text.replace(change.old, change.new))
        return before


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    protection: tuple[Protection, ...]


def protections() -> tuple[Protection, ...]:
    """All that are listed."""
    listed = Path(__file__).with_suffix(".toml").read_text()
    return msgspec.convert(tomllib.loads(listed), _Listed).protection


def is_held(folder: Path, one: Protection) -> bool:
    """Whether the test of a protection fails without it, in the copy at `folder`."""
    before = one.taken_from(folder)
    try:
        return fails(folder, one.test)
    finally:
        for path, text in before.items():
            path.write_text(text)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", default="", help="those whose words have this in them")
    only = arguments.parse_args().only
    chosen = [one for one in protections() if only in one.without]
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="gatepost-protections-") as name:
        folder = Path(name)
        copy_to(folder)
        failing = [test for test in sorted({one.test for one in chosen}) if fails(folder, test)]
        if failing:
            sys.exit(f"fails as it is: {', '.join(failing)}")
        for one in chosen:
            held = is_held(folder, one)
            unnoticed += not held
            print(f"{'noticed' if held else 'UNNOTICED'}: {one.without}", flush=True)
    sys.exit(unnoticed > 0)


if __name__ == "__main__":
    main()
