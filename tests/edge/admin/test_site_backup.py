"""A site is put back from its backup, and does not go backwards at its gates."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.backup.keys import make_identity
from edge.decision import ClockTrust, Subject, WallTime
from edge.lane.configuration import LaneDirection
from edge.registry.format import KeyRing, verify_bundle
from edge.registry.gate_keys import GateKeys
from edge.registry.store import RegistryStore
from tests.command_line import Done, called

NOW = datetime.now(UTC)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    admin = init_site(tmp_path / "office", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)
    admin.store.add(Subject("li-na", groups=frozenset({"resident"})))
    admin.build(NOW, REGISTRY_LIFETIME)
    return admin


@pytest.fixture
def backup(admin: SiteAdmin, tmp_path: Path) -> Path:
    public = make_identity(tmp_path / "backup.key")
    (admin.folder / "gates" / "main" / "state").mkdir()
    (admin.folder / "gates" / "main" / "state" / "journal.sqlite").write_bytes(b"a gate's own")
    (tmp_path / "backups").mkdir()
    made = called(
        "site", "backup", "create", tmp_path / "backups", "--to", public, "--json", cwd=admin.folder
    )
    told = json.loads(made.stdout)
    assert told["left_out"] == ["root-1.key: a root key, which belongs in no backup"]
    return Path(told["file"])


def restored(backup: Path, folder: Path, *words: str | Path) -> Done:
    place = backup.parents[1]
    signed_by = () if "--signed-by" in words else ("--signed-by", place / "office" / "keys" / "root.pub")
    return called(
        "site", "backup", "restore", backup, folder, "--identity", place / "backup.key", *signed_by, *words
    )


def test_the_gates_take_what_a_site_that_was_put_back_builds(
    admin: SiteAdmin, backup: Path, tmp_path: Path
) -> None:
    """Though they hold a version, and rules, that the backup knows nothing of."""
    policy = admin.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('entry = "refer"', 'entry = "deny"'))
    for _ in range(3):
        admin.build(NOW, REGISTRY_LIFETIME)
    gate = RegistryStore(
        tmp_path / "gate", "green-court", admin.keys.anchor, GateKeys(KeyRing(admin.keys.template)), "main"
    )
    clock = WallTime(NOW, ClockTrust.TRUSTED)

    def taken(bundle: Path) -> int:
        registry = verify_bundle(bundle.read_bytes(), gate.trusted(), clock)
        gate.install_bundle(bundle.read_bytes(), registry)
        return registry.version

    assert taken(admin.bundle) == 4

    assert restored(backup, tmp_path / "again").returncode == 0
    again = open_site_admin(tmp_path / "again")
    assert again.store.get("li-na").groups == {"resident"}
    built = again.build(NOW, REGISTRY_LIFETIME)
    assert taken(built.path) == 1002
    assert not (again.folder / "root").exists()
    assert not (again.folder / "gates" / "main" / "state").exists(), "a gate's journal is its own"


def test_what_would_be_lost_is_listed_before_anything_is_put_back(
    admin: SiteAdmin, backup: Path, tmp_path: Path
) -> None:
    admin.store.add(Subject("wang"))
    admin.store.remove("li-na")
    admin.build(NOW, REGISTRY_LIFETIME)
    told = restored(backup, tmp_path / "again", "--dry-run", "--against", admin.folder, "--json")
    assert json.loads(told.stdout)["lost"] == [
        "registry: version 2 was built, the backup knows 1",
        "people added since: wang",
        "people removed since, would be known again: li-na",
    ]
    assert not (tmp_path / "again").exists()


def test_a_living_site_is_not_touched_and_another_sites_key_is_not_believed(
    admin: SiteAdmin, backup: Path, tmp_path: Path
) -> None:
    refused = restored(backup, admin.folder)
    assert (refused.returncode, "never put back over" in refused.stderr) == (1, True)
    other = init_site(tmp_path / "other", SiteFile("red-court"), {"main": LaneDirection.ENTRY}, NOW)
    refused = restored(backup, tmp_path / "again", "--signed-by", other.folder / "keys" / "root.pub")
    assert (refused.returncode, "nobody here vouches for" in refused.stderr) == (1, True)
    assert not (tmp_path / "again").exists()
    as_centre = called("central", "backup", "verify", backup, "--identity", tmp_path / "backup.key")
    assert (as_centre.returncode, "of no centre" in as_centre.stderr) == (1, True)


def test_a_database_that_is_locked_for_ever_is_said(admin: SiteAdmin, backup: Path, tmp_path: Path) -> None:
    """A damaged one, too: what cannot be copied is no backup."""
    (admin.folder / "subjects.sqlite").write_bytes(b"SQLite format 3\0" + bytes(4096))
    made = called(
        "site",
        "backup",
        "create",
        tmp_path / "backups",
        "--to",
        make_identity(tmp_path / "k"),
        cwd=admin.folder,
    )
    assert made.returncode == 1
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [backup.name]
