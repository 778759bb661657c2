"""What goes into the packages besides the libraries: units and links, control data, scripts.

`make deb-test` installs, upgrades, removes and purges them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from debian import layout, package, tree
from debian.target import Target
from debian.tree import Version
from sync.updates.configuration import UpdateConfiguration, root_of_trust, shipped_root
from tests.sync.updates.lab import Publisher

ROOT = Path(__file__).resolve().parents[2]
VERSION = Version("1.2.3", Target("12", "arm64"), 1_700_000_000)
PACKAGES = ("gatepost", "gatepost-central")
SCRIPTS = [
    file for name in PACKAGES for kind in package.SCRIPTS if (file := package.HERE / name / kind).is_file()
] + [ROOT / "systemd/gatepost-units.generator"]


@pytest.mark.parametrize("central", [False, True], ids=["gatepost", "gatepost-central"])
def test_each_file_is_in_one_package_and_where_the_system_looks_for_it(tmp_path: Path, central: bool) -> None:
    layout.add_units(ROOT, tmp_path, VERSION, central=central)
    (tmp_path / "opt/gatepost/current").symlink_to("1.2.3")
    placed = [path for path in (tmp_path / "opt/gatepost/1.2.3").rglob("*") if path.is_file()]
    for path in placed:
        found = tmp_path / "usr" / path.relative_to(tmp_path / "opt/gatepost/1.2.3")
        if found.parent.name in {"system", "system-generators"}:
            # `systemctl enable` follows a link to its end, which is the folder of one version.
            assert not found.is_symlink()
            assert found.read_bytes() == path.read_bytes()
        else:
            target = str(found.readlink())
            assert target.startswith("/opt/gatepost/current/")
            assert (tmp_path / target.lstrip("/")).is_file()
    expected = [file.name for file in (ROOT / "systemd").iterdir() if file.is_file()]
    ours = [name for name in [*expected, "71-gatepost-ports.rules"] if layout.is_centrals(name) == central]
    assert len(placed) == len(ours)


def test_what_chooses_the_units_can_be_run_and_no_unit_can(tmp_path: Path) -> None:
    layout.add_units(ROOT, tmp_path, VERSION, central=False)
    tree.prune(tmp_path)
    folder = tmp_path / "usr/lib/systemd"
    assert (folder / "system-generators/gatepost-units").stat().st_mode & 0o777 == 0o755
    assert (folder / "system/gatepost-gate.service").stat().st_mode & 0o777 == 0o644


def test_the_script_for_the_card_can_be_run_and_what_lies_beside_it_cannot(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "firmware_config/boot", tmp_path / "boot")
    library = tmp_path / "site-packages/library"
    library.mkdir(parents=True)
    (library / ".gitignore").touch()
    (library / "module.py").touch()
    tree.prune(tmp_path)
    runs = {file.name: bool(file.stat().st_mode & 0o111) for file in tmp_path.rglob("*") if file.is_file()}
    assert runs == {"read-only-root": True, "config.txt": False, "fstab": False, "module.py": False}


@pytest.mark.parametrize("name", PACKAGES)
def test_control_data_is_complete_and_a_package_is_built_of_it(tmp_path: Path, name: str) -> None:
    stage = tmp_path / "stage"
    (stage / "usr/share/doc").mkdir(parents=True)
    (stage / "usr/share/doc/a page").write_text("a page")
    built = package.build(name, VERSION, stage, tmp_path / "out", level=0)
    assert built.name == f"{name}_1.2.3+deb12_arm64.deb"
    fields = subprocess.run(
        ["dpkg-deb", "--field", str(built)], capture_output=True, text=True, check=True
    ).stdout
    assert "@" not in fields.replace(package.MAINTAINER, "")
    assert "Version: 1.2.3+deb12" in fields
    if name == "gatepost":
        assert "python3 (>= 3.11~), python3 (<< 3.12)" in fields
    else:
        assert "Depends: gatepost (= 1.2.3+deb12)" in fields


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    built = []
    for name in ("one", "two"):
        stage = tmp_path / name
        layout.add_units(ROOT, stage, VERSION, central=False)
        layout.add_papers(stage, "gatepost", "free", package.changelog_of("gatepost", VERSION))
        tree.prune(stage)
        tree.date(stage, VERSION.date)
        built.append(
            package.build("gatepost", VERSION, stage, tmp_path / f"{name}.out", level=0).read_bytes()
        )
    assert built[0] == built[1]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_a_script_is_one_that_the_shell_and_shellcheck_understand(tmp_path: Path, script: Path) -> None:
    text = package.filled(script.read_text(), VERSION)
    assert re.search(r"@[A-Z_]+@", text) is None
    file = tmp_path / script.name
    file.write_text(text)
    subprocess.run(["sh", "-n", str(file)], check=True)
    if shutil.which("shellcheck") is None:
        pytest.skip("LOUD SKIP: no shellcheck: apt-get install shellcheck to check the scripts")
    done = subprocess.run(["shellcheck", str(file)], capture_output=True, text=True, check=False)
    assert done.stdout == ""


# --- the link, as dpkg's scripts move it ---------------------------------------------------------------


def script_of(version: str, name: str, here: Path, folder: Path) -> Path:
    """A script of `gatepost`, that works below `here` and has nothing but the link to care for."""
    text = package.filled(
        (package.HERE / "gatepost" / name).read_text(), Version(version, VERSION.target, VERSION.date)
    )
    file = folder / f"{name}-{version}"
    file.write_text(
        text.replace("here=/opt/gatepost", f"here={here}").replace("/run/systemd/system", "/nowhere")
    )
    return file


def run(file: Path, *words: str, folder: Path) -> None:
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("systemd-sysusers", "systemd-tmpfiles"):
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    subprocess.run(["sh", str(file), *words], check=True, env={"PATH": f"{tools}:{os.environ['PATH']}"})


def unpack(here: Path, version: str) -> None:
    (here / version / "bin").mkdir(parents=True)
    (here / version / "bin/gatepost").write_text("#!/bin/sh\n")
    (here / version / "bin/gatepost").chmod(0o755)


def in_force(here: Path) -> tuple[str, str]:
    return str((here / "current").readlink()), str((here / "confirmed").readlink())


def test_an_upgrade_puts_the_new_version_in_force_before_the_old_ones_files_go(tmp_path: Path) -> None:
    here = tmp_path / "opt"
    unpack(here, "1.9.0")
    run(script_of("1.9.0", "postinst", here, tmp_path), "configure", "", folder=tmp_path)
    assert in_force(here) == ("1.9.0", "1.9.0")
    unpack(here, "1.10.0")
    run(script_of("1.9.0", "postrm", here, tmp_path), "upgrade", "1.10.0+deb12", folder=tmp_path)
    assert in_force(here) == ("1.10.0", "1.10.0"), "were the power cut now, there is a version"
    (here / "1.9.0/bin/gatepost").unlink()
    run(script_of("1.10.0", "postinst", here, tmp_path), "configure", "1.9.0+deb12", folder=tmp_path)
    assert in_force(here) == ("1.10.0", "1.10.0")
    assert not (here / "1.9.0").exists(), "nor what Python wrote there"


@pytest.mark.parametrize(
    ("put_there", "expected"),
    [("2.0.0", "2.0.0"), ("1.9.5", "1.10.0")],
    ids=["newer: it stays", "older: it goes"],
)
def test_a_version_that_an_update_has_put_in_force_stays_if_it_is_newer(
    tmp_path: Path, put_there: str, expected: str
) -> None:
    here = tmp_path / "opt"
    for version in (put_there, "1.10.0"):
        unpack(here, version)
    for link in ("current", "confirmed"):
        (here / link).symlink_to(put_there)
    run(script_of("1.10.0", "postinst", here, tmp_path), "configure", "1.9.0+deb12", folder=tmp_path)
    assert in_force(here) == (expected, expected)


def test_the_version_before_is_put_in_force_again_by_a_downgrade(tmp_path: Path) -> None:
    here = tmp_path / "opt"
    unpack(here, "1.9.0")
    for link in ("current", "confirmed"):
        (here / link).symlink_to("1.10.0")
    run(script_of("1.9.0", "postinst", here, tmp_path), "configure", "1.10.0+deb12", folder=tmp_path)
    assert in_force(here) == ("1.9.0", "1.9.0")


def test_the_publishers_root_goes_where_updates_look_for_it(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path / "publisher")
    publisher.begin()
    root = publisher.repository / "metadata/1.root.json"
    layout.add_update_root(root, tmp_path, VERSION)
    shipped = shipped_root(tmp_path / VERSION.home)
    assert root_of_trust(UpdateConfiguration("http://127.0.0.1"), shipped) == root.read_bytes()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"signed": {"_type": "timestamp", "roles": {"targets": {"keyids": ["a"]}}}}']
)
def test_what_is_no_root_goes_into_no_package(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.root.json").write_text(text)
    with pytest.raises(SystemExit, match="root"):
        layout.add_update_root(tmp_path / "1.root.json", tmp_path / "stage", VERSION)
    assert not (tmp_path / "stage").exists()
