"""The site's administration: keys of one user, people kept with their templates, tables from spreadsheets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edge.admin.imports.importing import import_file
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site, open_site_admin
from edge.admin.site_keys import ROOT_LIFETIME
from edge.cli.registry import build
from edge.cli.subject import receipt
from edge.decision import Policy, Status, Subject
from edge.errors import ConfigurationError, RegistryError
from edge.lane.configuration import LaneDirection
from edge.registry.format import hold_bundle
from edge.registry.gallery.gallery import open_gallery
from edge.signing.key_files import make_private_key
from edge.vision.configuration import FaceEngineName

NOW = datetime(2026, 3, 3, tzinfo=UTC)
MONTH = timedelta(days=30)


def face(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=128)
    return (values / np.linalg.norm(values)).astype(np.float32)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


def test_every_secret_is_readable_by_its_user_alone(admin: SiteAdmin) -> None:
    secrets = [*admin.folder.rglob("*.key")]
    # root, registry, policy, command, central, pass, lists, template; the gate's copy of that, and its own
    assert len(secrets) == 10
    for path in secrets:
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.parent.stat().st_mode & 0o077 == 0 or path.parent.name == "main", path


def test_a_key_that_others_can_read_is_refused(admin: SiteAdmin) -> None:
    path = admin.folder / "keys" / "pass.key"
    path.chmod(0o644)
    with pytest.raises(RegistryError, match="read by others"):
        open_site_admin(admin.folder)


def test_a_site_is_never_made_over_another(admin: SiteAdmin) -> None:
    before = {path: path.read_bytes() for path in admin.folder.rglob("*") if path.is_file()}
    with pytest.raises(ConfigurationError, match="already"):
        init_site(admin.folder, admin.site, {"main": LaneDirection.ENTRY}, NOW)
    assert {path: path.read_bytes() for path in admin.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["registry.key", "policy.key"])
def test_with_a_key_that_the_newest_root_does_not_name_nothing_is_built(admin: SiteAdmin, name: str) -> None:
    """And what was built stays; the number of the rules, which gates remember, goes on afterwards."""
    admin.build(NOW, MONTH)
    policy = admin.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[gates.other]\nmode = "code"\n')
    written = [admin.bundle, admin.folder / "keys" / "policy.signed"]
    before = [path.read_bytes() for path in written]
    key = admin.folder / "keys" / name
    right = key.read_bytes()
    key.unlink()
    make_private_key(key)
    with pytest.raises(RegistryError, match="gates would refuse it") as caught:
        open_site_admin(admin.folder).build(NOW, MONTH)
    assert "that the newest root names" in caught.value.remedy
    assert [path.read_bytes() for path in written] == before
    key.write_bytes(right)
    again = open_site_admin(admin.folder)
    again.build(NOW, MONTH)
    assert hold_bundle(again.bundle.read_bytes(), again.trusted()).policy_number == 2


def test_when_the_root_has_expired_nothing_is_built(admin: SiteAdmin) -> None:
    with pytest.raises(RegistryError, match=r"gates would refuse it: .*expired"):
        admin.build(NOW + ROOT_LIFETIME, MONTH)
    assert not admin.bundle.exists()


@pytest.mark.parametrize("name", ["", "Main", "a/b", "../x", "a" * 80, "a b"])
def test_an_id_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be an id"):
        init_site(tmp_path / "x", SiteFile("site"), {name: LaneDirection.ENTRY}, NOW)


def test_a_folder_without_a_site_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="gatepost site init"):
        open_site_admin(tmp_path)


def test_the_policy_that_is_written_for_people_can_be_read_and_lets_residents_in(admin: SiteAdmin) -> None:
    policy = admin.policy()
    assert isinstance(policy, Policy)
    assert set(policy.statuses) == set(Status)
    assert {rule.id for rule in policy.access} == {"residents", "staff", "visitors"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('time_zone = "Mars/Olympus"', "Mars/Olympus"),
        ("colour = 1", "colour"),
        ('[gates.main]\nmode = "open"', "mode"),
        ("[statuses.green]\nentry = 1", "entry"),
        ("[occupancy]\nwarn = 99999999999999999999", "warn"),
        ("[occupancy]\nstop = 10\nrelief = -1", "relief"),
        ("not toml", "policy.toml"),
    ],
)
def test_a_policy_that_cannot_be_names_file_and_key(admin: SiteAdmin, text: str, words: str) -> None:
    (admin.folder / "policy.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        admin.build(NOW, MONTH)
    assert "policy.toml" in caught.value.where
    assert not admin.bundle.exists()


@pytest.mark.parametrize(
    ("text", "where", "text_of_it", "remedy"),
    [
        (
            '[[access]]\nid = "cleaners"\ngroups = []',
            "access[cleaners].groups",
            "groups is an empty list",
            "everybody whom the registry knows",
        ),
        (
            '[[access]]\nid = "cleaners"\ngroups = ["cleaner"]\nperiods = []',
            "access[cleaners].periods",
            "periods is an empty list",
            "always",
        ),
        ('[[access]]\nid = "x"\ngates = []', "access[x].gates", "gates is an empty list", "every gate"),
        (
            '[[access]]\nid = "x"\nperiods = [{ days = [] }]',
            "access[x].periods[0].days",
            "days is an empty list",
            "every day",
        ),
        (
            '[gates.main]\nmode = "code"\n[[gates.main.schedule]]\nmode = "free"\nperiod = { days = [] }',
            "gates.main.schedule[0].period.days",
            "days is an empty list",
            "every day",
        ),
    ],
)
def test_an_empty_list_that_could_mean_everything_is_refused(
    admin: SiteAdmin, text: str, where: str, text_of_it: str, remedy: str
) -> None:
    path = admin.folder / "policy.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=text_of_it) as caught:
        admin.build(NOW, MONTH)
    assert caught.value.where == f"{path}, {where}"
    assert remedy in (caught.value.remedy or "")
    assert not admin.bundle.exists()


def test_what_a_policy_says_in_vain_is_told_with_the_registry(
    admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.store.add(Subject("ann", groups=frozenset({"resident"})))
    admin.store.add(Subject("bob", groups=frozenset({"cleaner"})))
    build(folder=admin.folder)
    told = capsys.readouterr().err
    assert "warning: access 'staff': nobody is in staff" in told
    assert "warning: 1 in cleaner (bob): no access rule covers them: every gate refuses them" in told
    assert "ann" not in told


def test_a_subject_with_a_visitor_s_id_is_built_into_no_registry(admin: SiteAdmin) -> None:
    admin.store.add(Subject("visitor:1"))
    with pytest.raises(RegistryError, match="'visitor:1' is a visitor's id"):
        admin.build(NOW, MONTH)


def test_what_is_built_is_what_a_gate_believes(admin: SiteAdmin) -> None:
    admin.store.add(Subject("ann"), (face(1), face(2)), "engine-1")
    built = admin.build(NOW, MONTH)
    registry = hold_bundle(built.path.read_bytes(), admin.trusted())
    assert (built.version, registry.version, list(registry.subjects)) == (1, 1, ["ann"])
    gallery, findings = open_gallery(registry, (admin.keys.template,), "engine-1")
    assert (gallery.templates, findings) == (2, ())
    assert admin.build(NOW, MONTH).version == 2


def test_a_change_keeps_the_templates_under_the_new_version(admin: SiteAdmin) -> None:
    admin.store.add(Subject("ann"), (face(1),), "engine-1")
    admin.store.change(replace(admin.store.get("ann"), name="Ann"), (face(2),), "engine-1")
    registry = hold_bundle(admin.build(NOW, MONTH).path.read_bytes(), admin.trusted())
    assert registry.subjects["ann"].version == 2
    gallery, findings = open_gallery(registry, (admin.keys.template,), "engine-1")
    assert (gallery.templates, findings) == (2, ())


def test_no_template_can_be_read_from_the_sites_files(admin: SiteAdmin) -> None:
    admin.store.add(Subject("ann"), (face(1),), "engine-1")
    admin.build(NOW, MONTH)
    plain = face(1).tobytes()
    for path in admin.folder.rglob("*"):
        if path.is_file():
            assert plain not in path.read_bytes(), path


def test_a_spreadsheet_is_taken_row_by_row_and_bad_rows_are_named(admin: SiteAdmin, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(
        b"\xef\xbb\xbfid,name,groups,status,valid_until,photos\n"
        + "li-na,李娜,resident;staff,green,2027-01-01T00:00,\n".encode()
        + b"wang,Wang,,purple,,\n"
        + b",Nobody,,,,\n"
        + b"=cmd|' calc',Formula,,,,\n"
        + b"zhou,Zhou,,,tomorrow,\n"
        + b"gao,Gao,,,,missing.jpg\n"
        + b"li-na,Again,,,,\n"
    )
    report = import_file(admin, table, FaceEngineName.NONE)
    assert report.added == 2
    lines = [problem.split(":")[0].rsplit(" ", 1)[1] for problem in report.problems]
    assert lines == ["3", "4", "6", "7", "8"]
    person = admin.store.get("li-na")
    assert person.name == "李娜"
    assert person.groups == {"resident", "staff"}
    assert person.valid_until == datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "the site's midnight"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name\nli\n", "columns"),
        (b"id,colour\nli,red\n", "columns"),
        (b"id\n\xff\xfe\n", "UTF-8"),
        (b"", "columns"),
    ],
)
def test_a_file_that_is_no_such_table_is_named(
    admin: SiteAdmin, tmp_path: Path, data: bytes, words: str
) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(data)
    with pytest.raises(RegistryError, match=words):
        import_file(admin, table, FaceEngineName.NONE)


def test_a_changed_status_leaves_the_sealed_templates_as_they_are(admin: SiteAdmin) -> None:
    admin.store.add(Subject("ann"), (face(1),), "engine-1")
    before = admin.store.templates()
    admin.store.change(replace(admin.store.get("ann"), address="1/2/3"))
    assert admin.store.templates() == before


def test_rules_that_stay_the_same_are_not_signed_again(admin: SiteAdmin) -> None:
    signed = admin.folder / "keys" / "policy.signed"
    admin.build(NOW, MONTH)
    before = signed.read_bytes()
    admin.build(NOW, MONTH)
    assert signed.read_bytes() == before
    path = admin.folder / "policy.toml"
    path.write_text(path.read_text().replace("Asia/Shanghai", "Europe/Vienna"))
    built = admin.build(NOW, MONTH)
    registry = hold_bundle(built.path.read_bytes(), admin.trusted())
    assert registry.policy_number == 2


def test_an_erasure_has_a_receipt_that_looks_into_the_folder(
    admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    def said() -> tuple[int, str]:
        capsys.readouterr()
        return receipt("li-na", folder=admin.folder), capsys.readouterr().out

    admin.store.add(Subject("li-na", name="Li Na"), (face(1),), "engine-1")
    admin.build(NOW, MONTH)
    status, text = said()
    assert status == 1
    assert "subjects.sqlite, subject" in text
    assert "subjects.sqlite, template" in text
    assert "registry.bundle, version 1" in text
    admin.store.remove("li-na")
    assert said() == (1, "known in registry.bundle, version 1\nnot erased here yet\n")
    admin.build(NOW, MONTH)
    ended = "nothing here knows li-na (any more, if it ever did); gates drop them with the registry\n"
    assert said() == (0, ended)
    names = [path for path in admin.folder.rglob("*") if path.is_file() and b"Li Na" in path.read_bytes()]
    assert names == []
