"""The locks, the constraints and pyproject.toml say the same: which libraries, and which versions of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from debian.locking import BASE, BUILD, CENTRAL, versions_in

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TESTED = versions_in((ROOT / "constraints.txt").read_text())
REMEDY = "run `make lock`, and commit debian/locks with it"
UNFROZEN = {"setuptools"}
"""What `pip freeze` leaves out."""


@pytest.mark.parametrize("lock", [BASE, CENTRAL], ids=lambda lock: lock.stem)
def test_a_lock_has_the_versions_that_were_tested(lock: Path) -> None:
    locked = versions_in(lock.read_text())
    assert {name: version for name, version in locked.items() if TESTED.get(name, version) != version} == {}
    assert locked.keys() - TESTED.keys() <= UNFROZEN, REMEDY


@pytest.mark.parametrize(
    ("locks", "asked"),
    [
        ((BASE,), PROJECT["dependencies"]),
        ((BASE, CENTRAL), PROJECT["optional-dependencies"]["central"]),
    ],
    ids=["gatepost", "gatepost-central"],
)
def test_what_the_product_asks_for_is_locked(locks: tuple[Path, ...], asked: list[str]) -> None:
    locked: dict[str, str] = {}
    for lock in locks:
        locked |= versions_in(lock.read_text())
    for requirement in map(Requirement, asked):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in locked, f"{name}: {REMEDY}"
        assert requirement.specifier.contains(locked[name]), f"{name}: {REMEDY}"


def test_the_centres_lock_repeats_nothing_of_the_gates() -> None:
    assert not versions_in(BASE.read_text()).keys() & versions_in(CENTRAL.read_text()).keys()


@pytest.mark.parametrize("lock", [BASE, CENTRAL, BUILD], ids=lambda lock: lock.stem)
def test_every_library_has_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.partition(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []
