"""A visitor's pass: a gate takes it while the visit lasts; or the staff hear why there is none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.credentials.own_pass import verify_pass
from edge.credentials.trust import PassTrust
from edge.decision import ClockTrust, PassKind, PassVerdict, WallTime
from edge.signing.cose import instant, key_id_of
from edge.signing.key_files import make_private_key, public_pem, read_private_key
from sync.central.configuration import PublishingSection
from sync.central.units import HOUR
from sync.central.visits.core.life import VisitLife, VisitState
from sync.central.visits.passes import NoPass, pass_of
from sync.central.visits.visits import KeptVisit

NOW = 1_790_000_000_000_000


def visit(state: VisitState = VisitState.INVITED) -> KeptVisit:
    number = "visitor:0011223344556677"
    return KeptVisit(
        *(1, "green-court", number, "李四", None, NOW, NOW + HOUR, "0011223344556677", False, None, NOW, "z"),
        life=VisitLife(state),
    )


@pytest.fixture
def section(tmp_path: Path) -> PublishingSection:
    key = make_private_key(tmp_path / "passes.key")
    place = tmp_path / "sites" / "green-court"
    place.mkdir(parents=True)
    (place / "passes.pub").write_bytes(public_pem(key.public_key()))
    none = tmp_path / "none"
    pass_key = tmp_path / "passes.key"
    return PublishingSection(
        tmp_path / "folder", tmp_path / "sites", none, none, none, none, pass_key=pass_key
    )


def test_a_gate_takes_it_during_the_visit(section: PublishingSection) -> None:
    text = pass_of(section, visit())
    assert isinstance(text, str)
    assert text == pass_of(section, visit()), "shown again it is the same pass"
    assert section.pass_key is not None
    raw = read_private_key(section.pass_key).public_key().public_bytes_raw()
    trust = PassTrust("green-court", {key_id_of(raw): raw})
    for late, verdict in (
        (-1, PassVerdict.NOT_YET_VALID),
        (0, PassVerdict.GENUINE),
        (3599, PassVerdict.GENUINE),
        (3600, PassVerdict.EXPIRED),
    ):
        at = WallTime(instant(NOW) + timedelta(seconds=late), ClockTrust.TRUSTED)
        evidence = verify_pass(text, trust, at)
        assert (evidence.verdict, evidence.kind) == (verdict, PassKind.VISITOR), late
        assert evidence.subject_id == visit().subject


@pytest.mark.parametrize("state", [VisitState.CANCELLED, VisitState.NO_SHOW, VisitState.OVERSTAYED])
def test_a_visit_that_is_over_shows_no_pass(section: PublishingSection, state: VisitState) -> None:
    assert pass_of(section, visit(state)) == NoPass(f"the visit is {state}")


def test_without_a_key_that_gates_trust_there_is_no_pass(section: PublishingSection) -> None:
    for without, why in (
        (None, "no pass_key"),
        (replace(section, pass_key=None), "no pass_key"),
        (replace(section, pass_key=section.folder), "folder"),
        (replace(section, sites=section.folder), "does not name the key"),
    ):
        found = pass_of(without, visit())
        assert isinstance(found, NoPass)
        assert why in found.why
