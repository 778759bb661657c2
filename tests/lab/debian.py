"""Bare systems of Debian, and disks made of them: `disk`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.kernel import built, configuration
from tests.lab.places import Places

GUEST = Path(__file__).with_name("guest")
MIRROR = "http://deb.debian.org/debian"

# What the package asks for has to be here: a machine of the lab has no network to fetch it by. The rest is a
# plain server's, QEMU's agent, and a broker.
PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "procps", "iproute2", "e2fsprogs", "dmsetup"),
    *("python3", "python3-venv", "ca-certificates", "libzbar0", "libpango-1.0-0", "libpangoft2-1.0-0"),
    *("qemu-guest-agent", "mosquitto", "apparmor"),
    # For a root that nothing writes: docs/sd-card.md.
    *("overlayroot", "initramfs-tools", "busybox"),
)

# By Debian 13 what counts seconds in 64 bits was given other names.
_RENAMED = {"trixie": {"libzbar0": "libzbar0t64"}}

_FILES = {
    "etc/fstab": "/dev/vda / ext4 noatime 0 1\nlab /lab 9p trans=virtio,version=9p2000.L,nofail 0 0\n",
    "etc/hostname": "gate\n",
    "etc/hosts": "127.0.0.1 localhost gate\n::1 localhost\n",
    # What systemd measured is read after a reset too.
    "etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=persistent\n",
}
_MASKED = (
    *("serial-getty@ttyS0.service", "getty@tty1.service", "mosquitto.service", "systemd-logind.service"),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "apparmor.service", "fstrim.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service"),
)
_SIZE = "4G"


def disk(places: Places, suite: str) -> Path:
    """A disk with a bare Debian and the lab's hardware, made anew when older than what it is of."""
    image, target = built(places), places.disk(suite)
    sources = [image, Path(__file__), *GUEST.iterdir()]
    if target.exists() and target.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return target
    root = bare(places, suite)
    _dress(root, places)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    _run("mke2fs", "-q", "-t", "ext4", "-L", "gatepost-lab", "-d", root, part, _SIZE)
    return part.rename(target)


def installed(places: Places, suite: str, packages: list[Path]) -> Path:
    """A disk with the packages in it, installed by dpkg in the bare system's folder, without a network.

    An emulated machine takes a quarter of an hour to unpack what this does in seconds.
    """
    disk(places, suite)
    root, target = packaged_root(places, suite, packages), places.layer(suite, "packaged").with_suffix(".raw")
    target.unlink(missing_ok=True)
    _run("mke2fs", "-q", "-t", "ext4", "-L", "gatepost-lab", "-d", root, target, _SIZE)
    return target


def initial_disk(places: Places, suite: str) -> Path:
    """The initial memory disk of the bare system, for the lab's kernel: it lays a memory above a root."""
    disk(places, suite)
    root, target = places.root(suite), places.folder / f"initrd-{suite}"
    [release] = (path.name for path in (root / "lib/modules").iterdir())
    shutil.copy(configuration(places), root / "boot" / f"config-{release}")
    _run("/usr/sbin/chroot", root, "mkinitramfs", "-c", "gzip", "-o", "/boot/initrd", release)
    shutil.move(root / "boot/initrd", target)
    return target


def packaged_root(places: Places, suite: str, packages: list[Path]) -> Path:
    """The same as a folder, made anew."""
    bare(places, suite)
    root = places.root(f"{suite}.packaged")
    shutil.rmtree(root, ignore_errors=True)
    _run("cp", "-a", places.root(suite), root)
    shutil.copytree(GUEST, root / "usr/local/lib/lab", dirs_exist_ok=True)
    (root / "lab").mkdir(exist_ok=True)
    for package in packages:
        shutil.copy(package, root / "var/cache/apt/archives")
    names = [f"/var/cache/apt/archives/{package.name}" for package in packages]
    # Each file synced by itself would take minutes; the folder becomes a disk as a whole.
    _run("/usr/sbin/chroot", root, "dpkg", "--force-unsafe-io", "--install", *names)
    for name in names:
        (root / name.lstrip("/")).unlink()
    return root


def bare(places: Places, suite: str) -> Path:
    """Debian as a folder, by debootstrap, made once; `.ci/systems` makes them the same way."""
    root = places.root(suite)
    if not root.is_dir():
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        names = ",".join(named_in(suite, PACKAGES))
        _run("debootstrap", "--variant=minbase", f"--include={names}", suite, part, MIRROR)
        part.rename(root)
    return root


def named_in(suite: str, packages: tuple[str, ...]) -> list[str]:
    """What the packages are called in a release."""
    return [_RENAMED.get(suite, {}).get(name, name) for name in packages]


def _dress(root: Path, places: Places) -> None:
    """Put in what makes a machine of the lab of it."""
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "lab").mkdir(exist_ok=True)
    (root / "var/log/journal").mkdir(exist_ok=True)
    ours = root / "usr/local/lib/lab"
    shutil.rmtree(ours, ignore_errors=True)
    shutil.copytree(GUEST, ours)
    (ours / "hardware.sh").chmod(0o755)
    units = root / "etc/systemd/system"
    wanted = units / "sysinit.target.wants"
    wanted.mkdir(exist_ok=True)
    for unit in GUEST.glob("*.service"):
        shutil.copy(unit, units)
        _link(wanted / unit.name, f"/etc/systemd/system/{unit.name}")
    for name in _MASKED:
        _link(units / name, "/dev/null")
    shutil.rmtree(root / "lib/modules", ignore_errors=True)
    shutil.copytree(places.modules / "lib/modules", root / "lib/modules", symlinks=True)


def _link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout)[-2000:]}")
