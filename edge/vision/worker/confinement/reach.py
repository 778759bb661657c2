"""What a worker has to reach to do its task, and nothing else."""

from __future__ import annotations

import ipaddress
import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import edge
import models
from edge.vision.cameras.device import device_number
from edge.vision.configuration import FrameMode, WorkerTask

_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime",
    "/dev/urandom", "/dev/random", "/dev/zero",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
)  # fmt: skip
"""Shared libraries, and what they ask of the computer. Of /etc only what is named: keys lie there."""
_NAMES_ON_A_NETWORK = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/ssl/certs", "/usr/share/ca-certificates",
)  # fmt: skip
_LIBCAMERA = ("/sys", "/usr/share/libcamera", "/etc/libcamera", "/run/udev/data")
_LIBCAMERA_DEVICES = ("video*", "media*", "v4l-subdev*", "dma_heap/*")
_DEVICE_FOLDERS = (Path("/dev"), Path("/dev/dma_heap"))
_LIBCAMERA_SHARES = 64 << 20
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


@dataclass(frozen=True)
class Reach:
    """What the vision worker may read, list (`listed`, without what is in it) and use (`devices`).

    `ports` are TCP ports to connect to, `names` says whether names of computers have to be found, which takes
    UDP. `shared_memory` is how many bytes of it libcamera makes for itself.
    """

    read: tuple[Path, ...]
    listed: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()
    names: bool = False
    shared_memory: int = 0

    def identity(self) -> tuple[tuple[int, ...] | None, ...]:
        """Which devices these are now; it differs once one was unplugged and plugged in again."""
        return tuple(_identity(path) for path in self.devices)


def reach_of(task: WorkerTask) -> Reach:
    """What the worker on `task` has to reach."""
    read = [*map(Path, _SYSTEM), *_python(), *_model_files()]
    if task.frames is not FrameMode.LIVE:
        return Reach((*read, *(Path(os.fsdecode(name)) for name in task.inputs)))
    kind, _, rest = task.vision.camera.partition(":")
    if kind in {"file", "folder"}:
        return Reach((*read, Path(rest), *_linked(Path(rest))))
    if kind in _PORTS:
        port, names = _address(task.vision.camera)
        return Reach((*read, *map(Path, _NAMES_ON_A_NETWORK)), ports=(port,), names=names)
    if kind == "picamera2":
        found = [path for pattern in _LIBCAMERA_DEVICES for path in sorted(Path("/dev").glob(pattern))]
        return Reach(
            (*read, *map(Path, _LIBCAMERA)), _DEVICE_FOLDERS, tuple(found), shared_memory=_LIBCAMERA_SHARES
        )
    number = device_number(task.vision.camera)
    return Reach(tuple(read), devices=() if number is None else (Path(f"/dev/video{number}"),))


def _python() -> list[Path]:
    """Python, its packages and ours."""
    paths = sysconfig.get_paths()
    ours = (Path(package.__file__).parent for package in (edge, models) if package.__file__)
    installed = (Path(entry) for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"})
    named = (Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return [*ours, *installed, *named, Path(sys.prefix) / "pyvenv.cfg", Path(sys.base_prefix) / "lib"]


def _model_files() -> list[Path]:
    return [models.place_of(entry) for entry in models.MODELS]


def _linked(folder: Path) -> list[Path]:
    """The pictures of a folder that lie elsewhere: a rule holds for where a file is, not for its name."""
    try:
        return [item for item in folder.iterdir() if item.is_symlink()]
    except OSError:
        return []


def _address(address: str) -> tuple[int, bool]:
    """The port of a network camera, and whether its host has to be found by name."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        return _PORTS[address.partition(":")[0]], True
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return port, True
    return port, False


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_rdev
