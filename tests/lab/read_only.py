"""A gate whose root nothing writes: made so by the script that comes with it, booted, cut off, booted."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.lab.debian import initial_disk
from tests.lab.gate import Gate
from tests.lab.machine import Disk, Machine, new_layer, running
from tests.lab.places import REPOSITORY, Places
from tests.lab.power import Told, all_events, nothing_lost
from tests.lab.scenarios import a_pass
from tests.lab.site import Site

SCRIPT = REPOSITORY / "firmware_config" / "boot" / "read-only-root"
_MARK = "/etc/written-above", "/etc/written-below"
_SIZE = 3 << 30


def made_read_only(
    places: Places, suite: str, installed: Path, site: Site, accelerator: tuple[str, ...]
) -> dict[str, Any]:
    """Run the script, start anew, open; cut the power; start anew, open; run a command below the memory."""
    layer, data = new_layer(installed, places.layer(suite, "read-only")), _data_partition(places, suite)
    plain, told = Disk.layer(layer), Told()
    with _machine(places, Disk(plain.words, second=data), accelerator) as machine:
        machine.wait()
        gate = Gate(machine, site, machine.header)
        gate.wait_ready()
        gate.machine.run("systemctl stop 'gatepost-*'")
        told.events |= all_events(gate)
        shutil.copy(SCRIPT, machine.share)
        print(gate.machine.run("sh /lab/read-only-root"), flush=True)
        machine.shut_down()
    return played(places, Disk(plain.words, initial_disk(places, suite), data), site, accelerator, told)


def played(
    places: Places, laid: Disk, site: Site, accelerator: tuple[str, ...], told: Told
) -> dict[str, Any]:
    """What such a disk goes through, once the script has run."""
    figures: dict[str, Any] = {}
    with _machine(places, laid, accelerator) as machine:
        gate, figures["power-on to ready"] = _works(machine, site, told)
        gate.machine.run(f"echo lost >{_MARK[0]}; sync")
        machine.pull_the_power()
    with _machine(places, laid, accelerator) as machine:
        gate, figures["power-on to ready, after a cut"] = _works(machine, site, told)
        shutil.copy(SCRIPT, machine.share)
        gone = gate.machine.run(f"ls {_MARK[0]} 2>/dev/null || true")
        assert not gone, f"{gone} outlived the memory above the root"
        gate.machine.run(f"sh /lab/read-only-root below sh -c 'echo kept >{_MARK[1]}'")
        again = gate.machine.run("! sh /lab/read-only-root 2>&1")
        assert "has its memory already" in again, again
        machine.shut_down()
    with _machine(places, laid, accelerator) as machine:
        gate, figures["power-on to ready, after a command below"] = _works(machine, site, told)
        assert gate.machine.run(f"cat {_MARK[1]}") == "kept\n"
        machine.shut_down()
    return {**figures, "events, all there after": len(told.events)}


def _machine(places: Places, disk: Disk, accelerator: tuple[str, ...]) -> Any:
    return running(places, "read-only", disk, accelerator)


def _works(machine: Machine, site: Site, told: Told) -> tuple[Gate, float]:
    """The root is a memory above what nothing writes; the gate is ready, has all it told, and opens."""
    machine.wait()
    gate = Gate(machine, site, machine.header)
    ready = gate.wait_ready().ready
    for place, kind in (("/", "overlay"), ("/data", "ext4")):
        found = gate.machine.run(f"findmnt -no FSTYPE {place}").strip()
        assert found == kind, f"{place} is {found}"
    options = gate.machine.run("findmnt -no OPTIONS /media/root-ro").strip().split(",")
    assert "ro" in options, options
    nothing_lost(gate, told)
    gate.forget_the_relay()
    before = gate.newest()
    machine.scan(a_pass(gate))
    gate.relay_becomes(1)
    gate.told("grant", before)
    gate.verified()
    told.events |= all_events(gate)
    begun = [event for event in told.events if event.endswith(" journal_epoch_begun")]
    assert len(begun) == 1, f"a new epoch for the move to another partition, and for nothing else: {begun}"
    return gate, round(ready, 2)


def _data_partition(places: Places, suite: str) -> Path:
    """What the installer makes: an empty file system with the name that the script looks for."""
    data = places.folder / "disks" / f"{suite}-data.raw"
    with data.open("wb") as file:
        file.truncate(_SIZE)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", "gatepost", str(data)], check=True)
    return data
