"""Appeals that staff file for people: in the journal, about who it was, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.decision import Outcome
from edge.staff.core.appeals import AN_HOUR, APPEALS
from edge.staff.core.reasons import TYPED
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.people import AppealTaken, FileAppeal
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.site import Site


def key(number: int) -> str:
    return f"{number:016x}"


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[Staffed]:
    gate = Staffed(tmp_path / "gate", site)
    for staff, role in (("wang", StaffRole.GUARD), ("fitter", StaffRole.INSTALLER)):
        gate.add(staff, role)
    with at_work(gate):
        gate.publish(site.subjects)
        gate.pass_time(60.0)
        yield gate


def decided(here: Staffed, face: str) -> tuple[Outcome, int]:
    """Somebody comes; what was decided of them, and its number."""
    [event] = here.show(face=face, then=5.0)
    assert event.entry is not None
    return event.decision.outcome, event.entry.sequence


def test_every_reason_has_words_in_both_languages() -> None:
    assert all(text.zh and text.en for text in APPEALS.values())


def test_an_appeal_against_a_denial_names_who_was_denied(here: Staffed) -> None:
    red = here.site.people[-1]
    outcome, number = decided(here, red)
    assert outcome is Outcome.DENY
    session = here.sign_in("wang")
    filed = here.ask(FileAppeal(key(1), "status_wrong", about=number), session)
    assert isinstance(filed, AppealTaken)
    assert here.ask(FileAppeal(key(1), "status_wrong", about=number), session) == filed, "sent twice"
    [entry] = here.events("appeal_filed")
    assert (entry.sequence, entry.content["subject"]) == (filed.sequence, red)
    assert (entry.content["staff"], entry.content["why"], entry.content["about"]) == (
        *("wang", "status_wrong", number),
    )


def test_an_appeal_needs_no_denial(here: Staffed) -> None:
    """Somebody asks whose code is wrong, before they are turned away for it."""
    typed = FileAppeal(key(1), TYPED, "tested negative yesterday", subject="p003")
    assert isinstance(here.ask(typed, here.sign_in("wang")), AppealTaken)
    [said] = here.said("appeal_filed")
    assert (said["subject"], said["text"]) == ("p003", "tested negative yesterday")


@pytest.mark.parametrize(
    ("staff", "body", "why"),
    [
        ("wang", FileAppeal(key(1), "status_wrong"), "unknown"),
        ("wang", FileAppeal(key(1), "status_wrong", subject="nobody"), "unknown"),
        ("wang", FileAppeal(key(1), "status_wrong", about=10**9), "unknown"),
        ("wang", FileAppeal(key(1), "nothing", subject="p003"), "invalid"),
        ("wang", FileAppeal(key(1), TYPED, " ", subject="p003"), "invalid"),
        ("wang", FileAppeal(key(1), TYPED, "my PIN is 294815", subject="p003"), "digits"),
        ("fitter", FileAppeal(key(1), "status_wrong", subject="p003"), "not_your_role"),
        ("", FileAppeal(key(1), "status_wrong", subject="p003"), "not_signed_in"),
    ],
)
def test_what_is_no_appeal_is_not_written_down(staff: str, body: FileAppeal, why: str, here: Staffed) -> None:
    session = here.sign_in(staff) if staff else ""
    assert is_refused(here.ask(body, session), why)
    assert here.events("appeal_filed") == []


def test_who_was_let_in_has_nothing_to_appeal_against(here: Staffed) -> None:
    outcome, number = decided(here, "p000")
    assert outcome is Outcome.GRANT
    assert is_refused(
        here.ask(FileAppeal(key(1), "status_wrong", about=number), here.sign_in("wang")), "unknown"
    )


def test_one_person_files_so_many_an_hour(here: Staffed) -> None:
    session = here.sign_in("wang")
    filed = [here.ask(FileAppeal(key(n), "status_wrong", subject="p003"), session) for n in range(AN_HOUR)]
    assert all(isinstance(one, AppealTaken) for one in filed)
    assert is_refused(here.ask(FileAppeal(key(99), "status_wrong", subject="p003"), session), "limit")
