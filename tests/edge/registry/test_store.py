"""The gate's own copy: swapped whole, never older, and the last good one when a card fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.decision.situation import WallTime
from edge.registry.bundle import Refusal
from edge.registry.store import RegistryStore

if TYPE_CHECKING:
    from tests.edge.registry.conftest import Authority


@pytest.fixture
def now() -> WallTime:
    from datetime import UTC, datetime

    from edge.decision.situation import ClockTrust

    return WallTime(datetime(2026, 3, 2, tzinfo=UTC), ClockTrust.TRUSTED)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "registry.bundle"


def store_of(authority: Authority, tmp_path: Path) -> RegistryStore:
    return RegistryStore(tmp_path / "held", authority.site, authority.trusted.root_key)


def version_held(authority: Authority, tmp_path: Path) -> int | None:
    registry, _ = store_of(authority, tmp_path).load()
    return None if registry is None else registry.version


def test_what_arrives_is_held_over_a_restart(
    authority: Authority, tmp_path: Path, inbox: Path, now: WallTime
) -> None:
    store = store_of(authority, tmp_path)
    assert store.look(inbox, now) is None, "nothing has arrived"
    inbox.write_bytes(authority.build(version=1))
    arrival = store.look(inbox, now)
    assert arrival is not None
    assert arrival.registry is not None
    assert store.look(inbox, now) is None, "the same file is looked at once"
    assert version_held(authority, tmp_path) == 1


def test_an_older_bundle_is_refused_even_after_ours_was_deleted(
    authority: Authority, tmp_path: Path, inbox: Path, now: WallTime
) -> None:
    inbox.write_bytes(authority.build(version=5))
    assert store_of(authority, tmp_path).look(inbox, now) is not None
    for file in (tmp_path / "held").glob("*.bundle"):
        file.unlink()
    inbox.write_bytes(authority.build(version=4))
    arrival = store_of(authority, tmp_path).look(inbox, now)
    assert arrival is not None
    assert arrival.refused is not None
    assert arrival.refused.refusal is Refusal.OLDER


def test_the_same_version_is_taken_up_again_where_the_card_lost_it(
    authority: Authority, tmp_path: Path, inbox: Path, now: WallTime
) -> None:
    inbox.write_bytes(authority.build(version=5))
    store_of(authority, tmp_path).look(inbox, now)
    (tmp_path / "held" / "current.bundle").unlink()
    assert version_held(authority, tmp_path) is None
    assert store_of(authority, tmp_path).look(inbox, now) is not None
    assert version_held(authority, tmp_path) == 5


def test_a_damaged_copy_falls_back_to_the_last_good_one(
    authority: Authority, tmp_path: Path, inbox: Path, now: WallTime
) -> None:
    store = store_of(authority, tmp_path)
    for version in (1, 2):
        inbox.write_bytes(authority.build(version=version))
        store.look(inbox, now)
    current = tmp_path / "held" / "current.bundle"
    current.write_bytes(current.read_bytes()[:-10])
    registry, findings = store_of(authority, tmp_path).load()
    assert registry is not None
    assert registry.version == 1
    assert "current.bundle" in findings[0]


@pytest.mark.parametrize("junk", [b"", b"noise", b"x" * 5000])
def test_junk_in_the_inbox_changes_nothing(
    authority: Authority, tmp_path: Path, inbox: Path, now: WallTime, junk: bytes
) -> None:
    store = store_of(authority, tmp_path)
    inbox.write_bytes(authority.build(version=3))
    store.look(inbox, now)
    inbox.unlink()
    inbox.write_bytes(junk)
    arrival = store.look(inbox, now)
    assert arrival is not None
    assert arrival.refused is not None
    assert version_held(authority, tmp_path) == 3


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_power_cut_in_the_middle_of_the_swap_keeps_a_good_one(
    authority: Authority,
    tmp_path: Path,
    inbox: Path,
    now: WallTime,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The renames of a swap: the note, the old bundle aside, the new one in. Each is cut once."""
    store = store_of(authority, tmp_path)
    inbox.write_bytes(authority.build(version=1))
    store.look(inbox, now)
    inbox.unlink()
    inbox.write_bytes(authority.build(version=2))
    renames = 0
    replace = Path.replace

    def cut(self: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == step:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            store_of(authority, tmp_path).look(inbox, now)
    assert version_held(authority, tmp_path) == 1
    assert store_of(authority, tmp_path).look(inbox, now) is not None, "the next look finishes the work"
    assert version_held(authority, tmp_path) == 2
