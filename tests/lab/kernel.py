"""Builds the lab's kernel from Debian's sources and `kernel.config`: `built`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.places import Places

FRAGMENT = Path(__file__).with_name("kernel.config")
SOURCES = Path("/usr/src/linux-source-6.1.tar.xz")
LOOPBACK = "v4l2loopback"
"""The camera that is fed lies outside of the kernel's tree: Debian's v4l2loopback-dkms brings its source."""
DEBIAN = ("linux-source-6.1", "v4l2loopback-dkms", "flex", "bison", "bc", "libelf-dev", "gcc", "make", "kmod")


def settings(text: str) -> dict[str, str]:
    """The settings of a kernel's configuration; those that it says are not set are left out."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))


def lacking(wanted: str, made: str) -> list[str]:
    """What a fragment asks for and a made configuration has not, as lines of a fragment."""
    has = settings(made)
    return [f"{name}={value}" for name, value in settings(wanted).items() if has.get(name) != value]


def built(places: Places) -> Path:
    """The kernel's image, built where it is missing or the fragment has changed since."""
    folder, used = places.kernel, places.kernel / "used.config"
    if places.image.exists() and used.exists() and used.read_text() == FRAGMENT.read_text():
        return places.image
    tree = _sources(folder)
    made = tree / ".config"
    if not made.exists() or lacking(FRAGMENT.read_text(), made.read_text()):
        _configure(tree)
    jobs = f"-j{(os.cpu_count() or 1) + 1}"
    _make(tree, jobs, "bzImage", "modules")
    shutil.rmtree(places.modules, ignore_errors=True)
    _make(tree, f"INSTALL_MOD_PATH={places.modules}", "INSTALL_MOD_STRIP=1", "modules_install")
    _camera(tree, places.modules)
    shutil.copy(tree / "arch" / "x86" / "boot" / "bzImage", places.image)
    used.write_text(FRAGMENT.read_text())
    return places.image


def configuration(places: Places) -> Path:
    """What the kernel was built by."""
    return _sources(places.kernel) / ".config"


def _sources(folder: Path) -> Path:
    """Debian's sources of the kernel, unpacked."""
    tree = folder / SOURCES.name.removesuffix(".tar.xz")
    if not (tree / "Makefile").exists():
        if not SOURCES.exists():
            raise LabError(f"no {SOURCES}: apt-get install {' '.join(DEBIAN)}")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xf", SOURCES, "-C", folder], check=True)
    return tree


def _configure(tree: Path) -> None:
    """Configure the smallest kernel and what the fragment adds; nothing of it may be dropped in silence."""
    _make(tree, "tinyconfig")
    subprocess.run(
        ["scripts/kconfig/merge_config.sh", "-m", ".config", str(FRAGMENT)],
        cwd=tree, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _make(tree, "olddefconfig")
    if missing := lacking(FRAGMENT.read_text(), (tree / ".config").read_text()):
        raise LabError(
            f"the kernel's configuration drops what {FRAGMENT.name} asks for: {', '.join(missing)}"
        )


def _camera(tree: Path, modules: Path) -> None:
    """Build the camera that is fed, and put it beside the kernel's own modules."""
    sources = sorted(Path("/usr/src").glob(f"{LOOPBACK}-*"))
    if not sources:
        raise LabError(f"no {LOOPBACK} in /usr/src: apt-get install {LOOPBACK}-dkms")
    build = tree.parent / LOOPBACK
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(sources[-1], build)
    _make(tree, f"M={build}", "modules")
    release = (tree / "include" / "config" / "kernel.release").read_text().strip()
    extra = modules / "lib" / "modules" / release / "extra"
    extra.mkdir(exist_ok=True)
    shutil.copy(build / f"{LOOPBACK}.ko", extra)
    subprocess.run(["depmod", "-b", modules, release], check=True)


def _make(tree: Path, *words: str) -> None:
    _run(["nice", "make", "-s", *words], tree)


def _run(command: Iterable[str], folder: Path) -> None:
    done = subprocess.run(list(command), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr[-2000:]}")
