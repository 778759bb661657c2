"""Whom staff let in though their face was nearly enough is offered for new pictures, once a shift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace as altered

from edge.decision.near_misses import MARGIN
from edge.ports import AccessEvent
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.acts import LetIn, Taken
from edge.staff.protocol.enrolment import FinishEnrolment, WithdrawConsent
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.now import DismissNearMiss, NowView
from edge.staff.protocol.sessions import BeginShift, EndShift
from edge.staff.protocol.watching import Topic, Watch
from tests.edge.staff.enrolment.conftest import Enrolling
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.site import Site


class NearlyRecognising(Staffed):
    """A gate before which people are nearly recognised, and somebody at its console."""

    session = ""
    acts = 0

    def nearly(self, who: str, below: float = 0.03) -> int:
        """Somebody shows their pass and a face that is so much `below` what it needs: that decision."""
        [first] = self._comes(who, 0.4)
        assert first.evidence.face is not None
        needed = first.evidence.face.pass_threshold
        assert needed is not None
        self.pass_time(60.0)
        [event] = self._comes(who, needed - below)
        assert event.entry is not None
        return event.entry.sequence

    def let_in(self, about: int) -> None:
        self.acts += 1
        taken = self.ask(LetIn(f"{self.acts:016x}", "papers_seen", encounter=about), self.session)
        assert isinstance(taken, Taken), taken
        self.pass_time(0.6)

    def offered(self) -> list[str]:
        self.pass_time(0.6)
        answer = self.ask(Watch((Topic.NOW,), most_wait=0.0), self.session)
        view = msgspec.msgpack.decode(answer.changed[Topic.NOW], type=NowView)
        return [near.person.name for near in view.near_misses]

    def _comes(self, who: str, alike: float) -> list[AccessEvent]:
        """Somebody whose face is so `alike` to their template shows their pass for two seconds."""
        face = self.site.faces.face(who)
        noise = np.random.default_rng(1).standard_normal(face.size)
        noise -= (noise @ face) * face
        seen = alike * face + (1.0 - alike**2) ** 0.5 * noise / np.linalg.norm(noise)
        template = seen.astype("<f4").tobytes()
        before, code = len(self.heard), self.site.passes.own(who).text
        for _ in range(20):
            sighting = self._sighting(who, code, Random(1))
            shown = tuple(altered(each, template=template) for each in sighting.faces)
            self.see(altered(sighting, faces=shown))
            self.pass_time(0.1)
        self.see(self._sighting("", "", Random(1)))
        self.pass_time(3.0)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]


class AlsoEnrolling(NearlyRecognising, Enrolling):
    """It enrols residents as well."""


@pytest.fixture
def gate(tmp_path: Path, site: Site) -> Iterator[NearlyRecognising]:
    made = NearlyRecognising(tmp_path / "gate", site)
    made.add("wang")
    made.add("zhao")
    made.add("chen", StaffRole.INSTALLER)
    with at_work(made):
        made.publish(site.subjects)
        made.pass_time(60.0)
        made.session = made.sign_in("wang")
        made.ask(BeginShift(), made.session)
        yield made


def test_who_was_nearly_recognised_and_let_in_is_offered_once_until_somebody_settles_it(
    gate: NearlyRecognising,
) -> None:
    number = gate.nearly("p000")
    assert gate.offered() == [], "nobody let them in by name"
    gate.let_in(number)
    gate.let_in(number)
    assert gate.offered() == ["Person 0"]
    assert gate.said("near_miss_offered") == [{"staff": "wang", "subject": "p000"}]

    installer = gate.sign_in("chen")
    assert is_refused(gate.ask(DismissNearMiss("p000"), installer), "not_your_role")
    for _ in range(2):
        assert isinstance(gate.ask(DismissNearMiss("p000"), gate.session), Done)
    assert gate.offered() == []
    gate.pass_time(60.0)
    gate.let_in(gate.nearly("p000"))
    assert gate.offered() == [], "not again in this shift"
    assert len(gate.said("near_miss_offered")) == 1


def test_the_end_of_a_shift_ends_its_offers_and_the_next_may_make_them_again(
    gate: NearlyRecognising,
) -> None:
    gate.let_in(gate.nearly("p000"))
    assert gate.offered() == ["Person 0"]
    gate.ask(EndShift(), gate.session)
    gate.session = gate.sign_in("zhao")
    gate.ask(BeginShift(), gate.session)
    assert gate.offered() == []
    gate.pass_time(60.0)
    gate.let_in(gate.nearly("p000"))
    assert gate.offered() == ["Person 0"]
    assert [told["staff"] for told in gate.said("near_miss_offered")] == ["wang", "zhao"]


@pytest.mark.parametrize(("below", "offered"), [(MARGIN + 0.02, []), (0.02, ["Person 0"]), (-0.1, [])])
def test_only_a_face_that_was_just_too_little_is_offered(
    gate: NearlyRecognising, below: float, offered: list[str]
) -> None:
    gate.let_in(gate.nearly("p000", below))
    assert gate.offered() == offered


def test_four_are_offered_as_the_newest_three(gate: NearlyRecognising) -> None:
    for who in ("p000", "p001", "p002", "p003"):
        gate.let_in(gate.nearly(who))
        gate.pass_time(60.0)
    assert gate.offered() == ["Person 3", "Person 2", "Person 1"]


def test_a_request_for_new_pictures_and_a_withdrawal_end_an_offer(tmp_path: Path, site: Site) -> None:
    """Whoever was asked to come is not asked again, and who withdrew their consent never."""
    gate = AlsoEnrolling(tmp_path / "gate", site)
    gate.add("wang", registrar=True)
    with at_work(gate):
        gate.publish(site.subjects)
        gate.pass_time(60.0)
        gate.session = gate.sign_in("wang")
        for who in ("p000", "p001"):
            gate.let_in(gate.nearly(who))
            gate.pass_time(60.0)
        assert gate.offered() == ["Person 1", "Person 0"]
        gate.is_photographed("p000", gate.session)
        gate.ask(FinishEnrolment(), gate.session)
        assert gate.offered() == ["Person 1"]
        gate.ask(WithdrawConsent("p001", "0" * 16), gate.session)
        assert gate.offered() == []
