"""The files for a Pi's boot: what a unit keeps lies on the data partition, and what they say is valid."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "firmware_config"
SCRIPT = FOLDER / "boot" / "read-only-root"
FSTAB = "PARTUUID=1 / ext4 noatime 0 1\n"


def of_a_gate(path: Path) -> bool:
    return "central" not in path.name and "authority" not in path.name


def kept_by_units() -> set[str]:
    """The top folders of /var/lib and /etc that a gate's units and tmpfiles write."""
    kept = set()
    for file in filter(of_a_gate, filter(Path.is_file, (ROOT / "systemd").iterdir())):
        text = file.read_text()
        for names in re.findall(r"^(?:State|Configuration)Directory=(.+)$", text, re.MULTILINE):
            kept |= {f"/var/lib/{name.split('/')[0]}" for name in names.split()}
        for line in re.findall(r"^(?:ReadWritePaths=|[dD] ).*$", text, re.MULTILINE):
            kept |= set(re.findall(r"(?<=[ =-])/(?:var/lib|etc|opt)/[\w-]+", line))
    return kept


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *words],
        env={**os.environ, "ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def computer(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "fstab").write_text(FSTAB)
    journal = tmp_path / "var" / "lib" / "gatepost-journal"
    journal.mkdir(parents=True, mode=0o700)
    (journal / "journal.sqlite").write_text("events")
    return tmp_path


def test_whatever_a_unit_writes_lies_on_the_data_partition() -> None:
    listed = set(re.search(r"folders='\n(.*?)'", SCRIPT.read_text(), re.DOTALL)[1].split())  # type: ignore[index]
    assert len(kept_by_units()) >= 4
    assert kept_by_units() <= listed


def test_a_second_run_changes_nothing_and_the_first_keeps_what_was_there(computer: Path) -> None:
    assert run(computer).returncode == 0
    moved = computer / "data/var/lib/gatepost-journal"
    assert (moved / "journal.sqlite").read_text() == "events"
    assert moved.stat().st_mode & 0o777 == 0o700
    once = (computer / "etc/fstab").read_text()
    assert once.startswith(FSTAB)
    assert "/data/var/lib/gatepost-journal /var/lib/gatepost-journal none bind" in once
    (moved / "journal.sqlite").write_text("newer")
    assert run(computer).returncode == 0
    assert (computer / "etc/fstab").read_text() == once
    assert (moved / "journal.sqlite").read_text() == "newer"
    assert (computer / "etc/overlayroot.local.conf").read_text() == 'overlayroot="tmpfs:recurse=0"\n'


def test_it_says_what_a_moved_journal_costs_and_says_it_once(computer: Path) -> None:
    cost = "one-time passes issued\nuntil the next start are refused for good"
    assert cost in run(computer, "--dry-run").stdout
    assert cost in run(computer).stdout
    assert cost not in run(computer).stdout


def test_a_copy_that_was_cut_off_is_made_anew(computer: Path) -> None:
    torn = computer / "data/var/lib/gatepost-journal.part"
    torn.mkdir(parents=True)
    assert run(computer).returncode == 0
    assert (computer / "data/var/lib/gatepost-journal/journal.sqlite").read_text() == "events"


def test_what_a_unit_makes_only_when_it_first_runs_lasts_too(computer: Path) -> None:
    """Else an exchange of versions would be noted in memory, and forgotten at the next start."""
    assert run(computer).returncode == 0
    assert (computer / "data/var/lib/gatepost-apply").is_dir()
    bound = (computer / "etc/fstab").read_text()
    assert all(f"/data{folder} {folder} none bind" in bound for folder in kept_by_units())


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_what_is_run_below_finds_the_data_partitions_folders_in_their_places(tmp_path: Path) -> None:
    """overlayroot-chroot's part, going below, is played: the mounts are real, and gone afterwards."""
    top, below, tools = tmp_path / "top", tmp_path / "below", tmp_path / "tools"
    folders = re.search(r"folders='\n(.*?)'", SCRIPT.read_text(), re.DOTALL)[1].split()  # type: ignore[index]
    for folder in folders:
        (top / folder[1:]).mkdir(parents=True)
        (below / folder[1:]).mkdir(parents=True)
    tools.mkdir()
    (tools / "overlayroot-chroot").write_text('#!/bin/sh\ncd "$BELOW" && exec "$@"\n')
    (tools / "overlayroot-chroot").chmod(0o755)
    binds = f'for f in {" ".join(folders)}; do mount --bind "$ROOT$f" "$ROOT$f"; done; '
    words = [
        "unshare",
        "--mount",
        "sh",
        "-ec",
        f'{binds} exec sh "$0" below touch opt/gatepost/new',
        str(SCRIPT),
    ]
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "ROOT": str(top), "BELOW": str(below)}
    (below / "etc").mkdir(exist_ok=True)
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (top / "opt/gatepost/new").exists()
    assert not (below / "opt/gatepost/new").exists()
    unbound = subprocess.run(
        ["sh", str(SCRIPT), "below", "true"], env=env, capture_output=True, text=True, check=False
    )
    assert unbound.returncode == 1
    assert "/etc/gatepost is not on the data partition" in unbound.stderr


def test_a_dry_run_writes_nothing(computer: Path) -> None:
    before = sorted(computer.rglob("*"))
    shown = run(computer, "--dry-run")
    assert shown.returncode == 0
    assert "fstab: LABEL=gatepost /data" in shown.stdout
    assert sorted(computer.rglob("*")) == before
    assert (computer / "etc/fstab").read_text() == FSTAB


def test_the_fstab_is_one() -> None:
    found = subprocess.run(
        ["findmnt", "--verify", "--tab-file", str(FOLDER / "boot" / "fstab")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.skipif(shutil.which("udevadm") is None, reason="udevadm is not installed")
def test_udev_takes_the_rules() -> None:
    rules = [str(file) for file in (FOLDER / "udev").glob("*.rules")]
    checked = subprocess.run(
        ["udevadm", "verify", "--no-summary", *rules], capture_output=True, text=True, check=False
    )
    if "Unknown command verb" in checked.stderr:
        pytest.skip("this udev cannot check rules (Debian 12)")
    assert checked.returncode == 0, checked.stderr
