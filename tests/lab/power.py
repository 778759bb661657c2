"""Pulls the power while a gate writes, again and again: `pulled`."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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

    @classmethod
    def read(cls, path: Path) -> Told:
        """What an earlier run wrote."""
        found = json.loads(path.read_text())
        return cls(set(found["events"]), found["openings"], found["cuts"])

    def write(self, path: Path) -> None:
        """Leave it for a run that goes on."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps({**asdict(self), "events": sorted(self.events)}))
        part.rename(path)


def pulled(
    places: Places,
    installed: Path,
    site: Site,
    accelerator: tuple[str, ...],
    *,
    cuts: int,
    seed: int,
    resume: bool,
) -> dict[str, Any]:
    """Pull the power until it was pulled `cuts` times in the middle of writing; after each, look for what is
    lost. `resume` goes on with the disk of a run that was ended early, and with what that run was told.
    """
    folder = places.folder / "disks" / "cut"
    base, kept = folder / "base.raw", folder / "told.json"
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(["qemu-img", "convert", "-O", "raw", str(installed), str(base)], check=True)
    told = Told.read(kept) if resume else Told()
    (folder / "changes" / "armed").unlink(missing_ok=True)
    for number in range(len(told.cuts), cuts + 1):
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
                _write_and_pull(machine, gate, random.Random(seed + number), told, folder / "changes")
                told.write(kept)
                print(f"cut {number + 1} of {cuts}: {told.cuts[-1]}", flush=True)
            else:
                machine.shut_down()
    return {
        "cuts": cuts,
        "events told before a cut, all there after": len(told.events),
        "openings before a cut": told.openings,
        "blocks at stake": sum(cut["at_stake"] for cut in told.cuts),
        "blocks lost": sum(cut["lost"] for cut in told.cuts),
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
    armed, before_it = changes / "armed", len(_losses(changes))
    part = changes / "armed.part"
    part.write_text(str(chance.randint(1, 40)))
    part.rename(armed)
    soon(
        lambda: len(_losses(changes)) > before_it,
        "the disk has lost its power", within=1800, meanwhile=another,
    )  # fmt: skip
    machine.pull_the_power()
    journal.ended()
    new.update(line for _, line in journal.so_far() if line.count(" ") == 2)
    told.events |= new
    openings = sum(said.endswith(" 1") for said in gate.relay_so_far())
    told.openings += openings
    loss = json.loads(_losses(changes)[before_it])
    told.cuts.append({"events": len(told.events) - before, "openings": openings, **loss})


def _losses(changes: Path) -> list[str]:
    """A line for each time that the disk has lost its power."""
    cuts = changes / "cuts"
    return cuts.read_text().splitlines() if cuts.exists() else []


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
