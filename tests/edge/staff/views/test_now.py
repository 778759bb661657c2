"""What a whole gate publishes of itself, on a clock that is played: encounters, facts, acts, doubts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from edge.boards.format import InputName
from edge.decision import ClockTrust, Outcome, Reason
from edge.devices.simulated import drive
from edge.scanners.core import CodeScanned, ReaderState, ScannerReport
from edge.staff.core.reasons import TYPED
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.acts import LetIn, NamePress, SendAway, Taken
from edge.staff.protocol.now import (
    DoubtEnded,
    Doubts,
    EndDoubt,
    ListDoubts,
    Means,
    Mistaken,
    MistakenNoted,
    NowView,
    Person,
    Stage,
)
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.staff.views.core.before_gate import GRANTED_FOR
from edge.staff.views.now import REFUSED_FOR
from edge.vision.reports import CameraReport, CameraState
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.bundle import bundle_of
from tests.simulation.site import Site

KEY = "0123456789abcdef"


class WatchedGate(Staffed):
    """A gate, and somebody at its console who looks."""

    session = ""

    def view(self) -> NowView:
        self.pass_time(0.6)
        answer = self.ask(Watch((Topic.NOW,), most_wait=0.0), self.session)
        assert isinstance(answer, Watched)
        return msgspec.msgpack.decode(answer.changed[Topic.NOW], type=NowView)

    def press(self) -> None:
        for active in (True, False):
            drive(BOARD, self.pins, InputName.OVERRIDE, active=active)
            self.pass_time(0.2)


@pytest.fixture
def gate(tmp_path: Path, site: Site) -> Iterator[WatchedGate]:
    made = WatchedGate(tmp_path / "gate", site)
    made.add("wang")
    with at_work(made):
        made.publish(site.subjects)
        made.pass_time(60.0)
        made.session = made.sign_in("wang")
        yield made


def test_an_encounter_as_it_happens(gate: WatchedGate) -> None:
    nobody = gate.view()
    assert (nobody.card, nobody.mode) == (None, "face_or_code")

    [event] = gate.show(face="p000", seconds=1.0, then=0.0)
    view = gate.view()
    card = view.card
    assert card is not None
    assert event.entry is not None
    assert (card.stage, card.outcome, card.number) == (Stage.DECIDED, Outcome.GRANT, event.entry.sequence)
    assert card.person is not None
    assert (card.person.id, card.person.name, card.person.address) == ("p000", "Person 0", "1/1/100")
    assert (card.means, card.by_face, card.reason, card.rule) == (
        Means.FACE,
        True,
        "face_matched",
        event.decision.rule,
    )
    assert card.health is not None
    assert (card.health.value, card.health.source) == ("green", "district")
    assert card.health.checked == view.facts.registry.issued
    assert card.seen.score is not None
    assert view.last[0].number == card.number
    assert (view.today.granted, view.today.denied, view.today.by_staff) == (1, 0, 0)

    gate.pass_time(GRANTED_FOR + 3.0)
    later = gate.view()
    assert later.card is None
    assert 0.0 < later.age(later.nobody_since) < GRANTED_FOR + 5.0


def test_a_code_that_is_no_pass_is_denied_and_shown_while_somebody_is_there(gate: WatchedGate) -> None:
    [denied] = gate.show(code="not a pass", seconds=9.5, then=0.0)
    card = gate.view().card
    assert card is not None
    assert (card.outcome, card.reason, card.person) == (Outcome.DENY, denied.decision.reason.value, None)
    assert gate.view().today.denied == 1


def test_who_scans_is_before_the_gate_without_any_frame(gate: WatchedGate) -> None:
    parcel = CodeScanned("desk", "a parcel's", 10, gate.monotonic())
    gate.camera.deliver(parcel)  # type: ignore[arg-type] # to the main loop
    card = gate.view().card
    assert card is not None
    assert card.stage is not Stage.DECIDED, "perhaps a pass comes yet"
    gate.pass_time(9.0)
    assert gate.view().today.denied == 1
    gate.camera.deliver(ScannerReport("desk", ReaderState.GONE, gate.monotonic(), "pulled"))  # type: ignore[arg-type]
    [scanner] = gate.view().facts.scanners
    assert (scanner.name, scanner.state, scanner.broken, scanner.detail) == ("desk", "gone", True, "pulled")


def test_who_looks_hears_of_nothing_but_changes(gate: WatchedGate) -> None:
    gate.view()
    heard = gate.ask(Watch((Topic.NOW,), most_wait=0.0), gate.session)
    gate.pass_time(1.0)
    again = gate.ask(Watch((Topic.NOW,), heard.version, heard.run, most_wait=0.0), gate.session)
    assert again.changed == {}
    gate.see(CameraReport(CameraState.BLIND, gate.monotonic(), "black"))
    gate.pass_time(0.6)
    changed = gate.ask(Watch((Topic.NOW,), heard.version, heard.run, most_wait=0.0), gate.session)
    assert changed.changed.keys() == {Topic.NOW}


def test_a_camera_that_sees_nothing_is_said_with_since_when(gate: WatchedGate) -> None:
    gate.see(CameraReport(CameraState.BLIND, gate.monotonic(), "black"))
    since = gate.monotonic()
    gate.pass_time(600.0)
    view = gate.view()
    camera = view.facts.camera
    assert (camera.broken, camera.state, camera.detail) == (True, "blind", "black")
    assert view.age(camera.since) == pytest.approx(view.monotonic - since, abs=0.1)


def test_a_clock_set_by_a_day_and_back_loses_nothing_and_makes_nothing_negative(gate: WatchedGate) -> None:
    gate.show(face="p000")
    for off in (timedelta(days=1), timedelta(days=-1), timedelta(0)):
        gate.clock_off = off
        view = gate.view()
        facts = view.facts
        since = (facts.lane.since, facts.inside.since, facts.registry.since, facts.clock.since)
        assert all(each <= view.monotonic for each in (*since, facts.link.since, facts.camera.since))
        assert abs((view.at - gate.wall()).total_seconds()) < 1.0
    assert gate.view().today.granted == 1
    assert gate.view().facts.clock.trust is ClockTrust.TRUSTED


def test_the_last_accesses_survive_a_restart(tmp_path: Path, site: Site) -> None:
    here = WatchedGate(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        here.publish(site.subjects)
        here.pass_time(60.0)
        here.show(face="p000")
        here.show(code=site.passes.own("p001").text)
    with at_work(here):
        here.pass_time(60.0)
        here.session = here.sign_in("wang")
        here.show(face="p002")
        view = here.view()
    assert [row.person and row.person.name for row in view.last] == ["Person 2", "Person 1", "Person 0"]
    assert view.today.granted == 3


def test_who_is_let_in_by_name_is_a_row_and_settles_the_referral(gate: WatchedGate) -> None:
    [denied] = gate.show(code="not a pass", seconds=9.5, then=0.0)
    assert denied.entry is not None
    taken = gate.ask(LetIn(KEY, "papers_seen", encounter=denied.entry.sequence), gate.session)
    assert isinstance(taken, Taken)
    view = gate.view()
    assert (view.last[0].means, view.last[0].staff, view.last[0].about) == (
        Means.STAFF,
        "wang",
        denied.entry.sequence,
    )
    assert view.today.by_staff == 1


def test_a_press_without_a_name_waits_to_be_named_and_is(gate: WatchedGate) -> None:
    gate.press()
    view = gate.view()
    [press] = view.presses
    assert press.until - view.monotonic == pytest.approx(119.0, abs=2.0)
    assert (view.last[0].number, view.last[0].means, view.last[0].staff) == (press.number, Means.BUTTON, "")
    gate.ask(NamePress(KEY, press.number, "emergency"), gate.session)
    named = gate.view()
    assert named.presses == ()
    assert (named.last[0].staff, named.last[0].reason) == ("wang", "emergency")

    gate.press()
    gate.pass_time(125.0)
    assert gate.view().presses == (), "two minutes are over"


def test_a_mistaken_face_needs_a_code_from_then_on_and_after_a_restart(tmp_path: Path, site: Site) -> None:
    here = WatchedGate(tmp_path / "gate", site)
    here.add("wang")
    here.add("ma", StaffRole.MANAGER)
    with at_work(here):
        here.publish(site.subjects)
        here.pass_time(60.0)
        here.session = here.sign_in("wang")
        [event] = here.show(face="p000")
        here.show(face="p000")
        assert event.entry is not None
        noted = here.ask(Mistaken(event.entry.sequence), here.session)
        assert isinstance(noted, MistakenNoted)
        assert (noted.person.name, noted.effect.by_face, noted.effect.affected) == ("Person 0", 2, 2)
        assert noted.effect.false_matches is not None
        assert here.said("face_mistaken") == [
            {"staff": "wang", "about": event.entry.sequence, "subject": "p000"}
        ]
        [refused] = here.show(face="p000", seconds=12.0)
        assert (refused.decision.reason, refused.decision.rule) == (
            Reason.SECOND_FACTOR_REQUIRED,
            "gate.face_doubted",
        )
        [other] = here.show(face="p002")
        assert other.decision.outcome is Outcome.GRANT, "nobody else is in doubt"

    with at_work(here):
        here.pass_time(60.0)
        here.session = here.sign_in("wang")
        [refused] = here.show(face="p000", seconds=12.0)
        assert refused.decision.reason is Reason.SECOND_FACTOR_REQUIRED
        [by_code] = here.show(code=site.passes.own("p000").text)
        assert by_code.decision.outcome is Outcome.GRANT
        listed = here.ask(ListDoubts(), here.session)
        assert isinstance(listed, Doubts)
        assert [face.person.id for face in listed.faces] == ["p000"]

        assert is_refused(here.ask(EndDoubt("p000"), here.session), "not_your_role")
        manager = here.sign_in("ma")
        assert isinstance(here.ask(EndDoubt("p000"), manager), DoubtEnded)
        assert here.said("face_doubt_ended") == [{"staff": "ma", "subject": "p000"}]
        [granted] = here.show(face="p000")
        assert granted.decision.outcome is Outcome.GRANT
        assert is_refused(here.ask(EndDoubt("p000"), manager), "unknown")


def test_one_person_says_of_so_many_faces_an_hour_that_they_were_mistaken(gate: WatchedGate) -> None:
    [event] = gate.show(face="p000")
    assert event.entry is not None
    answers = [gate.ask(Mistaken(event.entry.sequence), gate.session) for _ in range(22)]
    assert [isinstance(answer, MistakenNoted) for answer in answers] == [True] * 20 + [False] * 2
    assert is_refused(answers[-1], "limit")
    assert len(gate.said("face_mistaken")) == 20


def test_only_a_face_that_told_who_it_is_can_have_been_mistaken(gate: WatchedGate) -> None:
    [by_code] = gate.show(code=gate.site.passes.own("p001").text)
    assert by_code.entry is not None
    for number in (by_code.entry.sequence, 1, 10**9):
        assert is_refused(gate.ask(Mistaken(number), gate.session), "unknown")
    assert gate.said("face_mistaken") == []


def test_an_installer_is_sent_nobodys_name_by_whatever_topic(gate: WatchedGate) -> None:
    gate.add("chen", StaffRole.INSTALLER)
    gate.pass_time(6.0)
    installer = gate.sign_in("chen")
    [event] = gate.show(face="p000", seconds=1.0, then=0.0)
    assert event.entry is not None
    gate.ask(LetIn(KEY, TYPED, "came with Person 1", event.entry.sequence), gate.session)
    named = gate.view()
    assert named.card is not None
    assert named.card.person == Person("p000", "Person 0", "1/1/100")
    assert named.last[0].text == "came with Person 1"

    assert is_refused(gate.ask(Watch((Topic.NOW,), most_wait=0.0), installer), "not_your_role")
    both = Watch((Topic.NOW_NAMELESS, Topic.NOW), most_wait=0.0)
    assert is_refused(gate.ask(both, installer), "not_your_role")
    watched = gate.ask(Watch((Topic.NOW_NAMELESS,), most_wait=0.0), installer)
    packet = bytes(watched.changed[Topic.NOW_NAMELESS])
    assert [said for said in (b"p000", b"Person", b"1/1/100", b"district") if said in packet] == []
    view = msgspec.msgpack.decode(packet, type=NowView)
    assert view.card is not None
    assert (view.card.number, view.card.outcome) == (named.card.number, named.card.outcome)
    assert view.card.person is not None, "they learn that somebody was known"
    assert view.facts == named.facts
    assert [row.number for row in view.last] == [row.number for row in named.last]


def test_names_are_as_long_as_the_policy_lets_guards_read_them(tmp_path: Path, site: Site) -> None:
    made = WatchedGate(tmp_path / "gate", site)
    for staff, role in (("wang", StaffRole.GUARD), ("ma", StaffRole.MANAGER)):
        made.add(staff, role)
    with at_work(made):
        masked = bundle_of(site, made.folder, 1, site.subjects, more="\n[staff]\nfull_names = false\n")
        made.configuration.registry.inbox.write_bytes(masked)
        made._tasks.wake("registry")
        made.pass_time(60.0)
        made.session = made.sign_in("wang")
        [event] = made.show(face="p000", seconds=1.0, then=0.0)
        view = made.view()
        assert view.card is not None
        assert view.card.person is not None
        assert event.entry is not None
        assert (view.card.person.name, view.last[0].person.name) == ("P***** *", "P***** *")  # type: ignore[union-attr]
        noted = made.ask(Mistaken(event.entry.sequence), made.session)
        assert noted.person.name == "P***** *"
        for staff, name in (("wang", "P***** *"), ("ma", "Person 0")):
            [doubted] = made.ask(ListDoubts(), made.sign_in(staff)).faces
            assert doubted.person.name == name


# --- what the lane does with it -----------------------------------------------------------------------


def test_what_the_lane_refuses_is_not_shown_as_done(gate: WatchedGate) -> None:
    taken = [gate.ask(LetIn(f"{number:016x}", "papers_seen"), gate.session) for number in range(10)]
    view = gate.view()
    refused = {int(said["reference"]) for said in gate.said("lane_grant_refused")}
    assert refused == {taken[8].sequence, taken[9].sequence}, "more than eight wait"
    rows = {row.number: row for row in view.last}
    assert {number for number, row in rows.items() if row.refused == "too_many_open"} == refused
    assert all(rows[one.sequence].opened for one in taken[:8])
    assert (view.today.by_staff, view.refused) == (8, taken[9].sequence)
    gate.pass_time(REFUSED_FOR + 1.0)
    assert gate.view().refused is None


def test_who_was_referred_waits_again_where_the_lane_did_not_open(gate: WatchedGate) -> None:
    [event] = gate.show(face="p010", then=5.0)
    assert event.entry is not None
    number = event.entry.sequence
    for place in range(8):
        gate.ask(LetIn(f"{place:016x}", "papers_seen"), gate.session)
    gate.ask(LetIn(KEY, "papers_seen", encounter=number), gate.session)
    card = gate.view().card
    assert card is not None
    assert card.number == number
    gate.pass_time(60.0)
    again = gate.ask(LetIn(KEY[::-1], "papers_seen", encounter=number), gate.session)
    assert isinstance(again, Taken)
    assert gate.view().card is None, "settled now"


def test_who_waits_waits_also_after_a_restart(gate: WatchedGate) -> None:
    [gone] = gate.show(face="p010", then=5.0)
    assert gone.entry is not None
    gate.ask(SendAway(KEY, gone.entry.sequence, "left"), gate.session)
    gate.pass_time(60.0)
    [event] = gate.show(face="p010", then=20.0)
    before = gate.view().card
    assert before is not None
    gate.end(gate.gate)
    gate.gate = gate.begin()
    gate.pass_time(5.0)
    gate.session = gate.sign_in("wang")
    view = gate.view()
    card = view.card
    assert event.entry is not None
    assert card is not None
    assert (card.number, card.outcome, card.present) == (event.entry.sequence, Outcome.REFER, False)
    assert (card.person, card.reason, card.rule, card.registry) == (
        *(before.person, before.reason, before.rule, before.registry),
    )
    assert view.newest == card.number
    taken = gate.ask(LetIn(KEY[::-1], "papers_seen", "", card.number, view.newest), gate.session)
    assert isinstance(taken, Taken)
    assert gate.view().card is None


@pytest.mark.parametrize("presses", [1, 6])
def test_a_duress_press_looks_like_a_press(presses: int, tmp_path: Path, site: Site) -> None:
    shown, restarted = [], []
    for button in (InputName.OVERRIDE, InputName.DURESS):
        made = WatchedGate(tmp_path / button, site)
        made.add("wang")
        with at_work(made):
            made.session = made.sign_in("wang")
            for _ in range(presses):
                for active in (True, False):
                    drive(BOARD, made.pins, button, active=active)
                    made.pass_time(0.2)
            view = made.view()
            rows = [(row.means, row.staff, row.outcome, row.opened, row.refused) for row in view.last]
            named = made.ask(NamePress(KEY, view.presses[0].number, "papers_seen"), made.session)
            after = made.view()
            shown.append((rows, len(view.presses), view.today.by_staff, named.act, after.last[-1].staff))
        with at_work(made):  # the journal is read again
            made.session = made.sign_in("wang")
            made.pass_time(5.0)
            view = made.view()
            restarted.append((view.last[-1].staff, len(view.last), view.today.by_staff))
    assert shown[0] == shown[1]
    assert restarted[0] == restarted[1]
    assert len(shown[0][0]) == shown[0][2]
