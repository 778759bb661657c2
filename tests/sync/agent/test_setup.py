"""A sync.toml that is made beside a gate.toml names the folders where the two processes meet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.admin.site_admin import SiteFile, init_site
from edge.lane.configuration import LaneDirection
from edge.signing.key_files import make_private_key, public_pem
from sync.agent.configuration import SyncEnrolmentsSection, load_configuration
from sync.agent.setup import init_sync


@pytest.mark.parametrize("enrols", [True, False])
def test_where_a_gate_enrols_its_requests_are_carried(tmp_path: Path, *, enrols: bool) -> None:
    site = SiteFile("green-court")
    admin = init_site(tmp_path / "site", site, {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    gate = admin.folder / "gates" / "main" / "gate.toml"
    place = tmp_path / "enrolment"
    if enrols:
        table = f'folder = "{place}"\noutbox = "{place}/requests"\nanswers = "{place}/answers"\n'
        gate.write_text(gate.read_text() + f"\n[enrolment]\n{table}")
    central, identity = tmp_path / "central.pub", tmp_path / "identity"
    identity.mkdir()
    central.write_bytes(public_pem(make_private_key(tmp_path / "central.key").public_key()))
    made = init_sync(gate, identity, central, "127.0.0.1", 1883, plain=True)
    written = load_configuration(made.file).enrolments
    assert written == (SyncEnrolmentsSection(place / "requests", place / "answers") if enrols else None)
