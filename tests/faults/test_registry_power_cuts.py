"""The power goes while a registry is stored: what was said to be held is held, whole, and nothing older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.rollback_state import read_rollback_state
from tests.edge.registry.gate_disk import Gate, next_changes
from tests.edge.registry.repository import Repository, new_key
from tests.examples import few
from tests.faults.lost_writes import recorded


@dataclass(frozen=True)
class Held:
    """What a gate believes: its registry's version and set, and the number of its list of revocations."""

    version: int
    set_sha256: bytes
    revoked: int

    @classmethod
    def by(cls, gate: Gate) -> Held:
        registry, listed = gate.store.held, gate.store.revoked
        assert registry is not None
        return cls(registry.version, registry.set_sha256, 0 if listed is None else listed.number)


def bundle(gate: Gate) -> None:
    gate.install(gate.repository.bundle())


def rotation(gate: Gate) -> None:
    gate.repository.registry_key = new_key()
    gate.repository.rotate()
    gate.install(gate.repository.bundle())


def one_more(gate: Gate) -> None:
    gate.install(next_changes(gate.repository), CHANGES_NAME)


def urgent_revocations(gate: Gate) -> None:
    number = 1 if gate.store.revoked is None else 2
    gate.install(gate.repository.revoke(number, 1, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)


def urgent_revocations_again(gate: Gate) -> None:
    urgent_revocations(gate)


def prepared(folder: Path, changes: int) -> Gate:
    """A gate that holds a bundle, the one before it, and changes to it."""
    gate = Gate(folder, Repository())
    bundle(gate)
    bundle(gate)
    for _ in range(changes):
        one_more(gate)
    return gate


def started(folder: Path, like: Gate, disk: dict[str, bytes]) -> tuple[Gate, tuple[str, ...]]:
    """A gate that starts on a disk, with nothing in its inbox; and what it finds wrong."""
    (folder / "held").mkdir(parents=True)
    for name, data in disk.items():
        (folder / "held" / name).write_bytes(data)
    gate = Gate(folder, like.repository)
    return gate, gate.restart()


MOST_MOMENTS = 12
"""Of a compaction so many are looked at in `make test`: a gate reads 32 files at each start."""


@pytest.mark.longer
@pytest.mark.parametrize(
    ("act", "changes"),
    [
        (bundle, 1),
        (rotation, 1),
        (one_more, 1),
        (one_more, 32),
        (urgent_revocations, 1),
        (urgent_revocations_again, 1),
    ],
    ids=["bundle", "rotation", "changes", "compaction", "first-revocations", "revocations"],
)
def test_whatever_unsynced_writes_are_lost_or_torn(
    tmp_path: Path, act: Callable[[Gate], None], changes: int
) -> None:
    gate = prepared(tmp_path / "gate", changes)
    if act is urgent_revocations_again:
        urgent_revocations(gate)
    old = Held.by(gate)
    with recorded(gate.held) as recorder:
        act(gate)
    new = Held.by(gate)
    assert old != new
    found = set()
    for number, moment in enumerate(few(recorder.moments, MOST_MOMENTS) if changes > 1 else recorder.moments):
        for other, disk in enumerate(moment.disks()):
            after, findings = started(tmp_path / f"{number}-{other}", gate, disk)
            where = f"power cut before: {moment.step}; on the disk: {sorted(disk)}"
            assert findings == (), where
            held = Held.by(after)
            assert held == new if moment.step == "done" else held in {old, new}, where
            found.add(held)
            assert_noted(after, where)
    assert found == {old, new}, "the cuts have to reach into it"


def assert_noted(gate: Gate, where: str) -> None:
    """Whatever is held has been noted: with its files gone, nothing older is believed."""
    noted, held, listed = read_rollback_state(gate.held), gate.store.held, gate.store.revoked
    assert noted is not None, where
    assert held is not None
    assert noted.version_numbers[held.signed_by] >= held.version, where
    assert listed is None or max(noted.revocation_numbers.values(), default=0) >= listed.number, where
