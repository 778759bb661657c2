"""A site's keys: all there when its folder is opened, read then and never again."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site, open_site_admin
from edge.decision import Subject
from edge.errors import GatepostError
from edge.lane.configuration import LaneDirection
from edge.registry.format import hold_bundle

NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


@pytest.mark.parametrize(
    "name", ["root.pub", "roots", "template.key", "pass.key", "lists.key", "policy.key", "registry.key"]
)
def test_a_site_that_lacks_a_key_is_not_opened_and_the_key_is_named(admin: SiteAdmin, name: str) -> None:
    (admin.folder / "keys" / name).unlink()
    with pytest.raises(GatepostError) as refused:
        open_site_admin(admin.folder)
    assert refused.value.where.endswith(name)


def test_no_key_is_read_again_once_a_site_is_open(admin: SiteAdmin) -> None:
    opened = open_site_admin(admin.folder)
    for path in (admin.folder / "keys").glob("*.key"):
        path.unlink()
    opened.store.add(Subject("ann"))
    issue_pass(opened, PassRequest("ann"), NOW)
    built = opened.build(NOW, timedelta(days=30))
    registry = hold_bundle(built.path.read_bytes(), opened.trusted())
    assert set(registry.subjects) == {"ann"}


def test_what_seals_faces_is_in_no_text_about_a_site(admin: SiteAdmin) -> None:
    assert admin.keys.template.hex() not in repr(admin)
    assert repr(admin.keys.template) not in repr(admin)


def test_keys_are_never_made_over_others(admin: SiteAdmin) -> None:
    before = (admin.folder / "keys" / "pass.key").read_bytes()
    shutil.move(admin.folder / "site.toml", admin.folder / "site.toml.gone")
    with pytest.raises(GatepostError, match="exists already"):
        init_site(admin.folder, admin.site, {}, NOW)
    assert (admin.folder / "keys" / "pass.key").read_bytes() == before
