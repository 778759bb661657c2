"""The disk that loses its power: what was flushed lasts, the rest is subject to chance, block by block."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.lab.volatile_disk import BLOCK, Disk

SIZE = 16 * BLOCK


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base"
    path.write_bytes(b"\0" * SIZE)
    return path


def switched_on(base: Path, seed: int = 1) -> Disk:
    return Disk(base, base.with_name("changes"), random.Random(seed))


def test_it_reads_what_was_written_across_blocks(base: Path) -> None:
    disk = switched_on(base)
    disk.write(b"abc" * BLOCK, 100)
    disk.write(b"z", BLOCK)
    expected = bytearray(b"\0" * SIZE)
    expected[100 : 100 + 3 * BLOCK] = b"abc" * BLOCK
    expected[BLOCK] = ord("z")
    assert disk.read(SIZE, 0) == expected
    assert disk.read(10, 95) == expected[95:105]
    assert base.read_bytes() == b"\0" * SIZE


def test_what_was_flushed_outlives_the_power_and_the_next_machine_finds_it(base: Path) -> None:
    disk = switched_on(base)
    disk.write(b"kept", 3 * BLOCK)
    disk.flush()
    disk.lose_power()
    assert switched_on(base).read(4, 3 * BLOCK) == b"kept"


def test_each_block_that_was_not_flushed_is_any_of_its_versions(base: Path) -> None:
    seen = set()
    for seed in range(30):
        disk = switched_on(base, seed)
        disk.write(b"0", 0)
        disk.write(b"0", BLOCK)
        disk.flush()
        for version in (b"1", b"2"):
            disk.write(version, 0)
            disk.write(version, BLOCK)
        at_stake, _ = disk.lose_power()
        assert at_stake == 2
        left = switched_on(base)
        seen.add((left.read(1, 0), left.read(1, BLOCK)))
    versions = (b"0", b"1", b"2")
    assert seen == {(one, other) for one in versions for other in versions}


def test_a_machine_that_shuts_down_loses_nothing(base: Path) -> None:
    disk = switched_on(base)
    disk.write(b"x" * SIZE, 0)
    disk.flush()
    assert disk.lose_power() == (0, 0)


def test_it_can_lose_its_power_in_the_midst_of_writing(base: Path) -> None:
    disk = switched_on(base)
    disk.write(b"a", 0)
    disk.flush()
    base.with_name("changes").joinpath("armed").write_text("2")
    disk.write(b"b", 0)
    disk.flush()
    disk.write(b"c", BLOCK)
    with pytest.raises(OSError, match="the power is gone"):
        disk.flush()
    with pytest.raises(OSError, match="the power is gone"):
        disk.write(b"d", 2 * BLOCK)
    assert disk.cached == {}
    assert base.with_name("changes").joinpath("cuts").read_text().startswith('{"at_stake": 1,')
    left = switched_on(base)
    assert left.read(1, 0) == b"b", "what was flushed before it lasts"
    assert left.read(1, BLOCK) in {b"c", b"\0"}


def test_what_was_flushed_is_there_where_the_disks_own_program_was_killed(base: Path) -> None:
    """It has not seen its connection end: a run that was ended early goes on with this disk."""
    disk = switched_on(base)
    disk.write(b"kept" * (BLOCK // 4), 3 * BLOCK)
    disk.flush()
    disk.write(b"lost" * (BLOCK // 4), 3 * BLOCK)
    assert switched_on(base).read(8, 3 * BLOCK) == b"keptkept"
