"""A site is due where changes wait, or where its newest version has had a third of its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.central.configuration import PublishingSection
from sync.central.registry.due import due_sites
from sync.central.registry.publishing import publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.setup import init_central
from sync.central.store import open_store
from tests.command_line import called


def test_a_site_is_due_by_time_and_not_before(tmp_path: Path) -> None:
    assert called("site", "init", "lake", cwd=tmp_path).returncode == 0
    done = called("central", "init", "centre", "--plain", "--take-over", "lake", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    configuration, _ = init_central(tmp_path / "centre", None, "localhost", 1, plain=True)
    section = configuration.registry
    assert isinstance(section, PublishingSection)
    store = open_store(configuration.store.url)
    now = datetime.now(UTC)
    assert due_sites(store, section, now) == (), "its first version is somebody's to publish"
    manifest = publish_site(store, section, publisher_of(section), "lake", now)
    third = (manifest.expires - manifest.issued) / 3
    assert due_sites(store, section, now + third - timedelta(hours=1)) == ()
    assert due_sites(store, section, now + third + timedelta(hours=1)) == ("lake",)
    store.close()
