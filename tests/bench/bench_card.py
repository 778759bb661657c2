"""Bytes that a gate writes to its SD card in a day, counted at the block device, metadata included.

    sudo .venv/bin/python tests/bench/bench_card.py [passages a day] [virtual hours]

A whole gate, the one of `run_gate` with a virtual clock, lies on an ext4 of its own on a loop device, mounted
as `firmware_config/boot/fstab` says. Residents pass, each by their face. The kernel's own count of sectors
written (/sys/block/loopN/stat) is read before and after, and the file system synced as often as its commit
would. Not in it: what the sync process and the system itself write.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.edge.alone import Alone
from tests.simulation.plan import Town
from tests.simulation.site import found_site

SECTOR, DAY, MEGA = 512, 86_400.0, 1e6
COMMIT = 30
"""Seconds, as `commit=` in fstab."""
CARDS = {"a plain card of 32 GB, 500 cycles": 16e12, "an endurance card of 64 GB, 3,000 cycles": 192e12}
"""Bytes that a card takes: its size times the cycles of its flash."""
AMPLIFIED = 10
"""What a card's controller writes for each byte of small synced writes, assumed: it erases whole blocks."""
SETTLES = 1.5
"""Hours."""
SEEN = 0.5
"""Seconds that somebody is seen."""


@contextmanager
def card(folder: Path) -> Iterator[tuple[Path, str]]:
    """An ext4 on a loop device: where it is mounted, and the device's name."""
    image, mounted = folder / "card.img", folder / "card"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(1 << 30)
    device = _run("losetup", "--find", "--show", str(image))
    try:
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", device)
        _run("mount", "-o", f"noatime,commit={COMMIT}", device, str(mounted))
        try:
            yield mounted, Path(device).name
        finally:
            _run("umount", str(mounted))
    finally:
        _run("losetup", "--detach", device)


class Written:
    """Bytes that the block device was written since the last look."""

    def __init__(self, mounted: Path, device: str) -> None:
        self._mounted, self._stat = mounted, Path("/sys/block") / device / "stat"
        self._before = 0
        self.since()

    def sync(self) -> None:
        handle = os.open(self._mounted, os.O_RDONLY)
        try:
            ctypes.CDLL(None).syncfs(handle)
        finally:
            os.close(handle)

    def since(self) -> int:
        self.sync()
        now = int(self._stat.read_text().split()[6]) * SECTOR
        written, self._before = now - self._before, now
        return written


def idle(here: Alone, written: Written, hours: float) -> float:
    """Bytes a day where nobody comes."""
    written.since()
    for _ in range(round(hours * 3600 / COMMIT)):
        here.pass_time(COMMIT)
        written.sync()
    return written.since() * 24 / hours


def busy(here: Alone, written: Written, hours: float, a_day: int) -> float:
    """Bytes a day at so many passages."""
    written.since()
    every, synced, came = DAY / a_day, 0.0, 0
    people = [subject.id for subject in here.site.subjects]
    for number in range(round(hours * a_day / 24)):
        came += len(here.show(face=people[number % len(people)], seconds=SEEN, then=every - SEEN))
        synced += every
        if synced >= COMMIT:
            synced = 0.0
            written.sync()
    assert came, "nobody was let in"
    return written.since() * 24 / hours


def main() -> None:
    a_day = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else 2.4
    with TemporaryDirectory() as folder, card(Path(folder)) as (mounted, device):
        here = Alone(mounted / "gate", found_site(7, Town(people=200)))
        gate = here.begin()
        here.publish(here.site.subjects)
        here.pass_time(61.0)
        written = Written(mounted, device)
        busy(here, written, SETTLES, a_day)  # until the journal's log has its size and is written over again
        still = idle(here, written, hours)
        print(f"nobody comes: {still / MEGA:.1f} MB a day")
        at_work = busy(here, written, hours, a_day)
        each = (at_work - still) / a_day
        print(f"{a_day} passages: {at_work / MEGA:.1f} MB a day, {each / 1024:.1f} KiB a passage")
        for name, takes in CARDS.items():
            years = takes / (at_work * AMPLIFIED * 365)
            print(f"{name}: {years:.0f} years at {AMPLIFIED}-fold amplification")
        here.end(gate)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
