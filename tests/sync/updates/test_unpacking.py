"""What a package may do to a disk: make its own folder, and nothing else."""

from __future__ import annotations

import importlib.util
import io
import os
import py_compile
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.updates.core import UpdateError
from sync.updates.packages import MODELS_FILE
from sync.updates.unpacking import unpack
from tests.sync.updates.lab import NEW, PI, everything_under, package

HERE = f"./opt/gatepost/{NEW}"


def spoiled(folder: Path, change: Callable[[tarfile.TarFile], None]) -> Path:
    """A package whose files are joined by those that `change` adds."""
    made = package(folder, NEW)
    (folder / "parts").mkdir()
    subprocess.run(["ar", "x", str(made)], cwd=folder / "parts", check=True)
    [data] = (folder / "parts").glob("data.tar*")
    with tarfile.open(data, "a") as archive:
        change(archive)
    made.unlink()
    parts = ["debian-binary", *sorted(path.name for path in (folder / "parts").glob("*.tar*"))]
    subprocess.run(["ar", "rc", str(made), *parts], cwd=folder / "parts", check=True, capture_output=True)
    return made


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"x"
) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        info.size = len(data) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(data) if info.size else None)

    return add


def through_a_link(archive: tarfile.TarFile) -> None:
    member(f"{HERE}/lib", tarfile.SYMTYPE, "bin")(archive)
    member(f"{HERE}/lib/x")(archive)


STRAY: list[tuple[str, Callable[[tarfile.TarFile], None], str]] = [
    ("up", member(f"{HERE}/../../../../etc/cron.d/x"), "leads out of its folder"),
    ("absolute link", member(f"{HERE}/etc", tarfile.SYMTYPE, "/etc"), "leads out of its folder"),
    ("link like python", member(f"{HERE}/p", tarfile.SYMTYPE, "/usr/bin/python3/../../etc"), "leads out"),
    ("link up", member(f"{HERE}/up", tarfile.SYMTYPE, "../../.."), "leads out of its folder"),
    ("hard link out", member(f"{HERE}/h", tarfile.LNKTYPE, "/etc/shadow"), "leads out of its folder"),
    ("through a link", through_a_link, "leads out of its folder"),
    ("device", member(f"{HERE}/dev", tarfile.CHRTYPE), "neither file, folder nor link"),
    ("pipe", member(f"{HERE}/pipe", tarfile.FIFOTYPE), "neither file, folder nor link"),
]


@pytest.mark.parametrize(("change", "why"), [row[1:] for row in STRAY], ids=[row[0] for row in STRAY])
def test_a_package_that_reaches_out_of_its_folder_is_refused(
    tmp_path: Path, change: Callable[[tarfile.TarFile], None], why: str
) -> None:
    made = spoiled(tmp_path, change)
    versions = tmp_path / "versions"
    versions.mkdir()
    outside = everything_under(tmp_path)
    with pytest.raises(UpdateError, match=why):
        unpack(made, versions, NEW, PI, lambda _: None)
    assert everything_under(tmp_path) == outside, "nothing is left of it"


def test_files_elsewhere_in_a_package_are_not_unpacked(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    made = package(
        tmp_path, NEW, files=[("etc/cron.d/x", "* * * * * root x"), (f"opt/gatepost/{NEW}x/y", "z")]
    )
    unpack(made, versions, NEW, PI, lambda _: None)
    assert set(everything_under(versions)) == {
        *(f"{NEW}/bin/{name}" for name in ("gatepost", "python", "python3")),
        f"{NEW}/{MODELS_FILE}",
    }


def test_the_modules_that_were_compiled_for_it_count(tmp_path: Path) -> None:
    """A gate may write none of its own: it would compile all of them at each start."""
    source, cached = tmp_path / "module.py", Path(importlib.util.cache_from_source("module.py"))
    source.write_text("by = 'compiled'")
    os.utime(source, (0, 0))
    py_compile.compile(
        str(source), str(tmp_path / cached.name), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP
    )

    def compiled(archive: tarfile.TarFile) -> None:
        member(f"{HERE}/module.py", data=b"by = 'a source'")(archive)
        member(f"{HERE}/{cached}", data=(tmp_path / cached.name).read_bytes())(archive)

    versions = tmp_path / "versions"
    versions.mkdir()
    made = unpack(spoiled(tmp_path, compiled), versions, NEW, PI, lambda _: None)
    spec = importlib.util.spec_from_file_location("module", made / "module.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.by == "compiled"


def test_what_is_no_package_is_said(tmp_path: Path) -> None:
    noise = tmp_path / "x.deb"
    noise.write_bytes(b"noise" * 100)
    with pytest.raises(UpdateError, match="no Debian package"):
        unpack(noise, tmp_path, NEW, PI, lambda _: None)
