"""How QEMU runs a machine here: `accelerator`, tried rather than believed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.lab.places import Places

KVM = ("-accel", "kvm", "-cpu", "host", "-smp", "2")
# A nanosecond of the machine's clock is one instruction: what takes so long in it takes as long however busy
# the computer is that emulates it. OpenCV and numpy take x86-64-v2 for granted; `max` has it.
SOFTWARE = ("-accel", "tcg,thread=single", "-cpu", "max", "-icount", "shift=0,sleep=on")
_PROBE_WITHIN = 30.0


def accelerator(places: Places) -> tuple[str, ...]:
    """The kernel's virtualisation where the lab's kernel boots by it, else software emulation.

    A /dev/kvm that opens proves nothing: nested in another machine it may start a processor that never gets
    as far as the kernel. GATEPOST_LAB_ACCELERATOR=kvm or tcg says it instead.
    """
    said = os.environ.get("GATEPOST_LAB_ACCELERATOR")
    if said:
        return KVM if said == "kvm" else SOFTWARE
    remembered = places.folder / f"kvm-{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}"
    if not remembered.exists():
        remembered.write_text("works" if _boots(places, KVM) else "fails")
    return KVM if remembered.read_text() == "works" else SOFTWARE


def _boots(places: Places, words: tuple[str, ...]) -> bool:
    """Whether the kernel says its version and gives up for want of a disk, within half a minute."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    command = [
        *("qemu-system-x86_64", *words, "-m", "256", "-nodefaults", "-display", "none", "-no-reboot"),
        *("-kernel", str(places.image), "-append", "console=ttyS0 panic=-1", "-serial", "stdio"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PROBE_WITHIN, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"Linux version" in done.stdout
