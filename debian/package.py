"""Makes a .deb of a stage: control data, the scripts that dpkg runs, sums, and the archive itself."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from email.utils import formatdate
from pathlib import Path

from debian.tree import Version

HERE = Path(__file__).parent
MAINTAINER = "The Gatepost founders <founders@gatepost.invalid>"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def full_version(version: Version) -> str:
    """The package's version: one for each Debian, because an environment has one Python."""
    return f"{version.number}+deb{version.target.debian}"


def file_name(package: str, version: Version) -> str:
    return f"{package}_{full_version(version)}_{version.target.arch}.deb"


def changelog_of(package: str, version: Version) -> str:
    """Debian's form of a changelog, which points to ours."""
    return (
        f"{package} ({full_version(version)}) {version.target.suite}; urgency=medium\n\n"
        "  * What changed is in CHANGELOG.md, which is kept with the source.\n\n"
        f" -- {MAINTAINER}  {formatdate(version.date)}\n"
    )


def filled(text: str, version: Version) -> str:
    """A file of debian/PACKAGE with what depends on the build filled in."""
    values = {
        "VERSION": version.number,
        "FULL_VERSION": full_version(version),
        "ARCH": version.target.arch,
        "MAINTAINER": MAINTAINER,
        "PYTHON": version.target.python,
        "NEXT_PYTHON": version.target.next_python,
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def control_of(package: str, version: Version, kilobytes: int) -> str:
    text = filled((HERE / package / "control").read_text(), version)
    return text.replace("@SIZE@", str(kilobytes))


def build(package: str, version: Version, stage: Path, out: Path, level: int) -> Path:
    """Write the .deb of `stage` to the folder `out`, and return its path."""
    folder = stage / "DEBIAN"
    folder.mkdir()
    files = sorted(file for file in stage.rglob("*") if file.is_file() and not file.is_symlink())
    # As dpkg-gencontrol counts: each file in whole kilobytes.
    size = sum(-(-file.stat().st_size // 1024) for file in files) + sum(1 for _ in stage.rglob("*/"))
    (folder / "control").write_text(control_of(package, version, size))
    (folder / "md5sums").write_text("".join(f"{_md5(file)}  {file.relative_to(stage)}\n" for file in files))
    for name in SCRIPTS:
        source = HERE / package / name
        if source.is_file():
            (folder / name).write_text(filled(source.read_text(), version))
            (folder / name).chmod(0o755)
    out.mkdir(parents=True, exist_ok=True)
    target = out / file_name(package, version)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{level}", "--build", str(stage), str(target)]
    subprocess.run(
        command,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(version.date)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    shutil.rmtree(folder)
    return target


def _md5(file: Path) -> str:
    # What dpkg -V compares with; who built the package is another question.
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
