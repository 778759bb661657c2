"""What a cut leaves: every disk that may be left is met, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from random import Random

import pytest

from tests.simulation.disk import (
    SECTOR,
    Delete,
    Disk,
    FailSync,
    Make,
    Rename,
    Step,
    Sync,
    SyncNames,
    Touch,
    Truncate,
    Write,
)

OLD, NEW = b"o" * 2 * SECTOR, b"n" * 2 * SECTOR
HALF, OTHER_HALF = NEW[:SECTOR] + OLD[SECTOR:], OLD[:SECTOR] + NEW[SECTOR:]
TORN: AbstractSet[bytes | None] = {OLD, NEW, HALF, OTHER_HALF}
GONE = None

STORIES: dict[str, tuple[Sequence[Step], AbstractSet[bytes | None]]] = {
    "nothing happened": ([], {OLD}),
    "written": ([Write("a", 0, NEW)], TORN),
    "written and synced": ([Write("a", 0, NEW), Sync("a")], {NEW}),
    "another file synced": ([Write("a", 0, NEW), Sync("b")], TORN),
    "written twice": (
        [Write("a", 0, NEW), Sync("a"), Write("a", 0, OLD), Write("a", 0, NEW)],
        TORN,
    ),
    "cut short": ([Truncate("a", SECTOR)], {OLD, OLD[:SECTOR]}),
    "cut short and synced": ([Truncate("a", SECTOR), Sync("a")], {OLD[:SECTOR]}),
    "written behind its end": (
        [Write("a", 3 * SECTOR, NEW[:SECTOR])],
        {OLD, OLD + bytes(SECTOR) + NEW[:SECTOR]},
    ),
    "deleted": ([Delete("a")], {OLD, GONE}),
    "deleted, and the folder synced": ([Delete("a"), SyncNames()], {GONE}),
    "deleted at once": ([Delete("a", at_once=True)], {GONE}),
    "replaced": ([Make("n"), Write("n", 0, NEW), Sync("n"), Rename("n", "a")], {OLD, NEW}),
    "replaced, and the folder synced": (
        [Make("n"), Write("n", 0, NEW), Sync("n"), Rename("n", "a"), SyncNames()],
        {NEW},
    ),
    "replaced, and not synced": (
        [Make("n"), Write("n", 0, NEW), Rename("n", "a"), SyncNames()],
        {b"", NEW, NEW[:SECTOR], bytes(SECTOR) + NEW[SECTOR:]},
    ),
    "a name is synced with its file": (
        [Delete("a"), Make("a"), Write("a", 0, NEW), Sync("a")],
        {NEW},
    ),
    "a sync that failed": ([Write("a", 0, NEW), FailSync("a")], TORN),
    "a sync after one that failed": ([Write("a", 0, NEW), FailSync("a"), Sync("a")], TORN),
    "written again after a sync that failed": (
        [Write("a", 0, NEW), FailSync("a"), Write("a", 0, NEW), Sync("a")],
        {NEW},
    ),
    "written past the model": ([Touch("a")], TORN),
    "written past the model, and synced": ([Touch("a"), Sync("a")], {NEW}),
    "made anew past the model": ([Touch("a", emptied=True)], {OLD, b"", NEW[:SECTOR], NEW}),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_cut_leaves_every_disk_that_it_may_and_no_other(name: str) -> None:
    steps, allowed = STORIES[name]
    left = set()
    for seed in range(200):
        disk = laid(seed)
        for step in steps:
            disk.apply(step)
        left.add(disk.cut(Random(seed)).get("a"))
        again = disk.after_cut(Random(seed))
        assert again == disk.after_cut(Random(seed + 1)), "what a cut has left, the next one leaves"
    assert left == allowed


def laid(seed: int) -> Disk:
    """A disk with two files; what processes see of one that was touched is NEW."""
    disk = Disk(lambda _: NEW, chance=Random(seed))
    disk.lay({"a": OLD, "b": b""})
    return disk


def test_names_change_in_their_order() -> None:
    """The second of two renames is never there without the first."""
    left = set()
    for seed in range(100):
        disk = laid(seed)
        for step in (Rename("a", "c"), Rename("c", "d"), Rename("b", "e")):
            disk.apply(step)
        left.add(tuple(disk.after_cut(Random(seed))))
    assert left == {("a", "b"), ("b", "c"), ("b", "d"), ("d", "e")}


def test_a_folder_takes_what_is_in_it_along() -> None:
    disk = Disk(lambda _: b"")
    disk.lay({"in/a": OLD, "in/deep/b": OLD, "inside": OLD})
    disk.apply(Rename("in", "out"))
    assert disk.names.keys() == {"out/a", "out/deep/b", "inside"}


@pytest.mark.parametrize(("age", "sure"), [(34.0, False), (36.0, True)])
def test_what_is_old_is_there(age: float, sure: bool) -> None:
    clock = [0.0]
    disk = Disk(lambda _: NEW, lambda: clock[0])
    disk.lay({"a": OLD, "t": OLD})
    for step in (Write("a", 0, NEW), Rename("a", "b"), Touch("t")):
        disk.apply(step)
    clock[0] = age
    left = {tuple(disk.after_cut(Random(seed)).items()) for seed in range(100)}
    assert (left == {(("b", NEW), ("t", NEW))}) == sure


def test_a_file_keeps_its_number_under_every_name_and_another_has_another() -> None:
    disk = laid(0)
    number = disk.names["a"].number
    disk.apply(Rename("a", "c"))
    disk.apply(Make("a"))
    assert disk.names["c"].number == number
    assert len({file.number for file in disk.names.values()}) == 3
    disk.apply(SyncNames())
    disk.cut(Random(0))
    assert disk.names["c"].number == number
