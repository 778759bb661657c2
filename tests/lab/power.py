"""Pulls the power while a gate writes, again and again: `pulled`."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.gate import JOURNAL, Gate
from tests.lab.machine import Disk, Machine, running
from tests.lab.places import Places
from tests.lab.site import Site
from tests.waiting import pause, soon

PLUGIN = Path(__file__).with_name("volatile_disk.py")
_DUMP = (
    "import sqlite3; d = sqlite3.connect('file:{journal}?mode=ro', uri=True); "
    "found = d.execute('SELECT sequence, hex(hash), kind FROM event'); "
    "print(*(f'{{s}} {{h}} {{k}}' for s, h, k in found), sep='\\n')"
)


@dataclass
class Told:
    """What the machine told of journal and relay before each cut: all of it has to be there after."""

    events: set[str] = field(default_factory=set)
    openings: int = 0
    cuts: list[dict[str, Any]] = field(default_factory=list)


def pulled(
    places: Places, installed: Path, site: Site, accelerator: tuple[str, ...], *, cuts: int, seed: int
) -> dict[str, Any]:
    """Pull the power `cuts` times in the middle of writing; after each, look for what is lost."""
    folder = places.folder / "disks" / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    base = folder / "base.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", str(installed), str(base)], check=True)
    chance, told = random.Random(seed), Told()
    for number in range(cuts + 1):
        with (
            _served(folder, base, seed + number) as disk,
            running(places, "cut", disk, accelerator) as machine,
        ):
            machine.wait()
            gate = Gate(machine, site, machine.header)
            gate.wait_ready()
            nothing_lost(gate, told)
            gate.verified()
            if number < cuts:
                _write_and_pull(machine, gate, chance, told, folder / "changes")
                print(f"cut {number + 1} of {cuts}: {told.cuts[-1]}", flush=True)
            else:
                machine.shut_down()
    lost = [json.loads(line) for line in (folder / "changes" / "cuts").read_text().splitlines()]
    return {
        "cuts": cuts,
        "events told before a cut, all there after": len(told.events),
        "openings before a cut": told.openings,
        "blocks at stake": sum(cut["at_stake"] for cut in lost),
        "blocks lost": sum(cut["lost"] for cut in lost),
    }


def _write_and_pull(machine: Machine, gate: Gate, chance: random.Random, told: Told, changes: Path) -> None:
    """Let codes come without pause; after a number of events that chance says the disk loses its power in the
    midst of writing, at one of its next writes, and the machine with it.
    """
    journal = machine.listen("journal")
    gate.machine.run(
        "systemd-run --unit lab-follow python3 /usr/local/lib/lab/follow.py"
        f" {JOURNAL} /dev/virtio-ports/lab.journal"
    )
    before, enough = len(told.events), chance.randint(5, 40)
    passes = list(gate.site.passes.values())
    new: set[str] = set()

    def another() -> None:
        machine.scan(chance.choice(passes))
        pause(chance.uniform(0.0, 0.1))
        new.update(line for _, line in journal.so_far())

    new.update(line for _, line in journal.so_far())
    soon(lambda: len(new - told.events) >= enough, "events of scanned passes", within=1800, meanwhile=another)
    armed, cuts, cut = changes / "armed", changes / "cuts", len(told.cuts)
    part = changes / "armed.part"
    part.write_text(str(chance.randint(1, 40)))
    part.rename(armed)
    soon(
        lambda: cuts.exists() and len(cuts.read_text().splitlines()) > cut,
        "the disk has lost its power", within=1800, meanwhile=another,
    )  # fmt: skip
    machine.pull_the_power()
    journal.ended()
    new.update(line for _, line in journal.so_far() if line.count(" ") == 2)
    told.events |= new
    openings = sum(said.endswith(" 1") for said in gate.relay_so_far())
    told.openings += openings
    told.cuts.append({"events": len(told.events) - before, "openings": openings})


def nothing_lost(gate: Gate, told: Told) -> None:
    """Every event that was told before is there, under its number, with its hash."""
    missing = told.events - all_events(gate)
    assert not missing, f"lost: {sorted(missing)[:5]} of {len(told.events)}"


def all_events(gate: Gate) -> set[str]:
    """Every event of the journal: number, hash and kind."""
    return set(gate.machine.run(f'python3 -c "{_DUMP.format(journal=JOURNAL)}"').splitlines())


@contextmanager
def _served(folder: Path, base: Path, seed: int) -> Iterator[Disk]:
    """The disk, with power, until QEMU's connection ends."""
    with tempfile.TemporaryDirectory(prefix="lab-") as short:
        socket = Path(short) / "disk"
        command = ["nbdkit", "-f", "-U", str(socket), "python", str(PLUGIN), f"base={base}",
                   f"changes={folder / 'changes'}", f"seed={seed}"]  # fmt: skip
        with subprocess.Popen(command) as process:
            try:
                soon(socket.exists, "nbdkit's socket")
                yield Disk.socket(socket)
            finally:
                # nbdkit ends its connections before itself: chance has spoken, and the next machine may read.
                process.terminate()
