"""How the gate's computer is: warm, full, busy, since when (Linux's own files)."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from edge.support.disks import existing


class BoardFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`celsius` is the processor's temperature, `throttled` whether it has slowed down for heat or for lack
    of current; None: this computer does not say. Sizes are MiB, `load` is the mean of a minute, `up` seconds.
    """

    model: str
    processors: int
    load: float
    up: float
    memory_free: int
    memory: int
    disk_free: int
    disk: int
    celsius: float | None = None
    throttled: bool | None = None


def board_facts(folder: Path, root: Path = Path("/")) -> BoardFacts:
    """How the computer with the file system `root` is; the disk is that of `folder`."""
    memory = _numbers(root / "proc/meminfo")
    disk = shutil.disk_usage(existing(folder))
    millidegrees = _number(root / "sys/class/thermal/thermal_zone0/temp")
    throttled = _hexadecimal(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    return BoardFacts(
        model=_text(root / "proc/device-tree/model")[:80] or os.uname().machine,
        processors=os.cpu_count() or 1,
        load=_number(root / "proc/loadavg") or 0.0,
        up=_number(root / "proc/uptime") or 0.0,
        memory_free=memory.get("MemAvailable", 0) >> 10,
        memory=memory.get("MemTotal", 0) >> 10,
        disk_free=disk.free >> 20,
        disk=disk.total >> 20,
        celsius=None if millidegrees is None else round(millidegrees / 1000.0, 1),
        throttled=None if throttled is None else bool(throttled & 0xF),
    )


def _text(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return file.read(4096).decode("ascii", "replace").strip("\0\n ")
    return ""


def _number(path: Path) -> float | None:
    with suppress(ValueError, IndexError):
        return float(_text(path).split()[0])
    return None


def _hexadecimal(path: Path) -> int | None:
    with suppress(ValueError):
        return int(_text(path).partition("=")[2] or _text(path), 16)
    return None


def _numbers(path: Path) -> dict[str, int]:
    """The numbers (KiB) of a file of `name: number kB` lines."""
    lines = (line.partition(":") for line in _text(path).splitlines())
    return {
        name: int(value.split()[0])
        for name, _, value in lines
        if value.split()[:1] and value.split()[0].isdecimal()
    }
