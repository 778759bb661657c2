"""What staff do to the lane by name: once, with a reason, in the journal first."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as altered

from edge.boards.format import InputName
from edge.commands.core import CommandKind
from edge.decision import Outcome
from edge.devices.simulated import drive
from edge.journal.reader import JournalReader
from edge.lane.machine import LaneState, Phase
from edge.staff.core.reasons import OFFERED, REASONS, TYPED, StaffAct, is_reason
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.accounts import SetRole
from edge.staff.protocol.acts import (
    CorrectAct,
    Corrected,
    EndHold,
    HoldOpen,
    LetIn,
    Lock,
    NamePress,
    SendAway,
    Taken,
    Unlock,
)
from edge.staff.protocol.sessions import BeginShift, EndShift, SetDuressPin, SignIn, WhoAmI
from edge.staff.store import open_staff_store
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import PIN, Staffed, at_work, is_refused
from tests.simulation.site import Site


def key(number: int) -> str:
    return f"{number:016x}"


def lane(here: Staffed) -> LaneState:
    return here.gate._lane.driver.state


def press(here: Staffed) -> int:
    """Press the wired button; the sequence of its event."""
    for active in (True, False):
        drive(BOARD, here.pins, InputName.OVERRIDE, active=active)
        here.pass_time(0.3)
    return here.events("lane_override", "lane_override_abuse")[-1].sequence


# --- reasons -------------------------------------------------------------------------------


def test_every_reason_has_words_in_both_languages_and_is_offered_somewhere() -> None:
    offered = {reason for act in StaffAct for reason in OFFERED[act]}
    assert offered | {TYPED} == REASONS.keys()
    assert all(text.zh and text.en for text in REASONS.values())


@pytest.mark.parametrize(
    ("act", "reason", "text", "counts"),
    [
        (StaffAct.LET_IN, "papers_seen", "", True),
        (StaffAct.LET_IN, "delivery", "", False),
        (StaffAct.LET_IN, "", "", False),
        (StaffAct.LET_IN, TYPED, "", False),
        (StaffAct.LET_IN, TYPED, " ", False),
        (StaffAct.LET_IN, TYPED, "lost her keys", True),
        (StaffAct.HOLD_OPEN, "delivery", "", True),
        (StaffAct.END_HOLD, "", "", True),
        (StaffAct.LOCK, "", "", False),
    ],
)
def test_what_is_a_reason(act: StaffAct, reason: str, text: str, counts: bool) -> None:
    assert is_reason(act, reason, text) is counts


# --- letting in ----------------------------------------------------------------------------


def test_a_guard_lets_somebody_in_by_name_and_with_a_reason(here: Staffed) -> None:
    session = here.sign_in("wang")
    taken = here.ask(LetIn(key(1), TYPED, "lost her keys"), session)
    here.pass_time(60.0)
    assert isinstance(taken, Taken)
    [act] = here.events("staff_act_taken")
    said = act.content
    assert (said["act"], said["staff"], said["reason"], said["text"]) == (
        *("let_in", "wang", TYPED, "lost her keys"),
    )
    assert act.sequence == taken.sequence
    [opened] = here.events("lane_opened")
    assert opened.content == {"cause": "staff", "reference": str(act.sequence)}
    assert opened.sequence > act.sequence, "the journal has it first"
    assert len(here.impulses()) == 1


def test_a_tablet_that_sends_twice_opens_once(here: Staffed) -> None:
    session = here.sign_in("wang")
    first = here.ask(LetIn(key(1), "papers_seen"), session)
    second = here.ask(LetIn(key(1), "papers_seen"), session)
    assert (second.again, altered(second, again=False)) == (True, first)
    assert is_refused(here.ask(LetIn(key(1), "papers_seen"), here.sign_in("zhao")), "invalid"), "not his key"
    here.pass_time(60.0)
    assert len(here.events("staff_act_taken")) == len(here.impulses()) == 1


def test_a_gate_that_was_restarted_in_the_middle_says_that_it_was_done(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        first = here.ask(LetIn(key(1), "papers_seen"), session)
    with at_work(here):
        again = here.ask(LetIn(key(1), "papers_seen"), session)
        assert (again.sequence, again.again, again.restarted) == (first.sequence, True, True)
        here.pass_time(60.0)
        assert len(here.events("staff_act_taken")) == 1
        assert here.ask(LetIn(key(2), "papers_seen"), session).sequence > first.sequence


def test_what_the_journal_cannot_take_is_not_done(here: Staffed) -> None:
    session = here.sign_in("wang")
    here.gate._rest.journal._journal._connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
    assert is_refused(here.ask(LetIn(key(1), "papers_seen"), session), "not_recorded")
    here.pass_time(5.0)
    assert not here.relay
    press_opens(here)


def press_opens(here: Staffed) -> None:
    drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
    here.pass_time(0.3)
    assert here.relay, "the button works"


def test_an_act_belongs_to_the_person_who_was_there(here: Staffed) -> None:
    here.publish(here.site.subjects)
    here.pass_time(601.0)
    session = here.sign_in("wang")
    [first] = here.show(face="p000", then=0.0)
    assert first.entry is not None
    encounter = first.entry.sequence
    taken = here.ask(LetIn(key(1), "papers_seen", encounter=encounter), session)
    assert here.events("staff_act_taken")[0].content["about"] == encounter
    assert isinstance(taken, Taken)

    here.pass_time(30.0)
    here.show(face="p001", then=0.0)
    gone = here.ask(LetIn(key(2), "papers_seen", encounter=encounter), session)
    assert is_refused(gone, "gone"), "somebody else stands there"
    assert isinstance(here.ask(LetIn(key(2), "papers_seen"), session), Taken), "who is there, all the same"

    [_, second] = here.events("access_decided")
    here.pass_time(61.0)
    left = here.ask(LetIn(key(3), "papers_seen", encounter=second.sequence), session)
    assert is_refused(left, "gone"), "nobody was seen for a minute"
    assert [said["why"] for said in here.said("staff_act_refused")] == ["gone", "gone"]


def test_more_than_usual_is_done_and_is_an_alarm(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        taken = [here.ask(LetIn(key(n), "papers_seen"), session) for n in range(19)]
        assert not any(one.over for one in taken)
    with at_work(here):
        taken = [here.ask(LetIn(key(n), "papers_seen"), session) for n in range(19, 22)]
        assert [one.over for one in taken] == [False, True, True], "a restart forgets none"
        here.sleep(1)
        assert not here.ask(LetIn(key(30), "papers_seen"), session).over
        assert sum(said.get("over", False) for said in here.said("staff_act_taken")) == 2


@pytest.mark.parametrize(
    ("staff", "body", "why"),
    [
        ("wang", LetIn(key(1), "delivery"), "invalid"),
        ("wang", LetIn(key(1), TYPED), "invalid"),
        ("wang", HoldOpen(key(1), 11, "delivery"), "limit"),
        ("wang", EndHold(key(1)), "gone"),
        ("fitter", LetIn(key(1), "papers_seen"), "not_your_role"),
        ("fitter", Lock(key(1), "danger"), "not_your_role"),
        ("", LetIn(key(1), "papers_seen"), "not_signed_in"),
    ],
)
def test_what_is_refused_moves_nothing(staff: str, body: Any, why: str, here: Staffed) -> None:
    session = here.sign_in(staff) if staff else ""
    assert is_refused(here.ask(body, session), why)
    here.pass_time(5.0)
    assert not here.relay
    assert not here.events("staff_act_taken")


def test_a_duress_word_as_the_reason_opens_as_ever_and_stands_nowhere(here: Staffed) -> None:
    session = here.sign_in("wang")
    here.ask(SetDuressPin(PIN, "294899"), session)
    other = here.ask(LetIn(key(1), TYPED, "294877"), session)
    forced = here.ask(LetIn(key(2), TYPED, "294899"), session)
    assert altered(forced, sequence=0, at=other.at) == altered(other, sequence=0), "nothing shows it"
    assert here.said("staff_duress") == [{"staff": "wang", "means": "let_in"}]
    assert [said["text"] for said in here.said("staff_act_taken")] == ["–", "–"], "no PIN does"


def test_who_has_a_session_writes_no_faster_than_hands_do(here: Staffed) -> None:
    session, other = here.sign_in("wang"), here.sign_in("zhao")
    answers = [here.ask(LetIn(key(number), "papers_seen"), session) for number in range(200)]
    taken = [answer for answer in answers if isinstance(answer, Taken)]
    assert 20 <= len(taken) <= 40
    assert all(is_refused(answer, "busy") and answer.wait for answer in answers if answer not in taken)
    assert len(here.events("staff_act_taken")) == len(taken)
    assert isinstance(here.ask(LetIn(key(900), "papers_seen"), other), Taken), "it is nobody else's doing"
    here.pass_time(5.0)
    assert isinstance(here.ask(LetIn(key(901), "papers_seen"), session), Taken)


# --- holding and locking -------------------------------------------------------------------


def test_the_barrier_is_held_for_minutes_and_the_hold_is_ended(here: Staffed) -> None:
    session = here.sign_in("wang")
    assert here.ask(HoldOpen(key(1), 5, "delivery"), session).act is StaffAct.HOLD_OPEN
    here.pass_time(60.0)
    assert (lane(here).phase, lane(here).held_by) == (Phase.HELD_OPEN_BY_STAFF, "wang")
    assert here.ask(EndHold(key(2)), session).act is StaffAct.END_HOLD
    here.pass_time(60.0)
    assert lane(here).phase is Phase.CLOSED
    here.ask(HoldOpen(key(3), 5, "delivery"), session)
    here.pass_time(5 * 60.0 + 60.0)
    assert lane(here).phase is Phase.CLOSED, "by itself"


def test_a_hold_is_no_longer_for_being_asked_for_again(here: Staffed) -> None:
    session = here.sign_in("wang")
    assert isinstance(here.ask(HoldOpen(key(1), 5, "delivery"), session), Taken)
    here.pass_time(4 * 60.0)
    assert isinstance(here.ask(HoldOpen(key(2), 5, "delivery"), session), Taken), "nine minutes in all"
    here.pass_time(4 * 60.0)
    assert is_refused(here.ask(HoldOpen(key(3), 5, "delivery"), here.sign_in("zhao")), "limit")
    here.pass_time(3 * 60.0)
    assert lane(here).phase is Phase.CLOSED
    assert isinstance(here.ask(HoldOpen(key(4), 10, "delivery"), session), Taken), "another hold"
    here.ask(EndHold(key(5)), session)
    here.pass_time(20.0)
    assert isinstance(here.ask(HoldOpen(key(6), 10, "delivery"), session), Taken)


class Ticking(Staffed):
    """A gate whose clock goes on whenever it is read, as a real one does."""

    ticks = 0.0

    def monotonic(self) -> float:
        self.ticks += 1e-6
        return super().monotonic() + self.ticks


def test_the_longest_hold_is_no_longer_for_the_time_that_asking_takes(tmp_path: Path, site: Site) -> None:
    gate = Ticking(tmp_path / "gate", site)
    gate.add("wang")
    with at_work(gate):
        most = 10  # the policy's default
        session = gate.sign_in("wang")
        assert is_refused(gate.ask(HoldOpen(key(1), most + 1, "delivery"), session), "limit")
        assert isinstance(gate.ask(HoldOpen(key(2), most, "delivery"), session), Taken)


def test_staff_lock_and_unlock_and_let_in_meanwhile(here: Staffed) -> None:
    session = here.sign_in("wang")
    assert here.ask(Lock(key(1), "disturbance"), session).act is StaffAct.LOCK
    here.pass_time(1.0)
    assert lane(here).lockdown
    assert is_refused(here.ask(HoldOpen(key(2), 5, "delivery"), session), "locked")
    here.ask(LetIn(key(3), "emergency"), session)
    here.pass_time(60.0)
    assert len(here.impulses()) == 1, "by name, as the button would"
    assert here.ask(Unlock(key(4), "over"), session).act is StaffAct.UNLOCK
    here.pass_time(1.0)
    assert not lane(here).lockdown


def test_the_centres_lockdown_outranks_the_console(here: Staffed) -> None:
    session = here.sign_in("ma")
    here.publish(here.site.subjects)
    here.pass_time(601.0)
    here.order(CommandKind.LOCK_DOWN)
    here.pass_time(2.0)
    for number, body in enumerate(
        (
            LetIn(key(1), "emergency"),
            HoldOpen(key(2), 5, "rescue"),
            Unlock(key(3), "over"),
        )
    ):
        answer = here.ask(body, session)
        assert is_refused(answer, "locked_by_centre"), number
        assert answer.detail == "Wang Fang"
    assert lane(here).lockdown
    press_opens(here)
    here.order(CommandKind.LIFT_LOCK_DOWN)
    here.pass_time(2.0)
    assert isinstance(here.ask(LetIn(key(4), "emergency"), session), Taken)


def test_who_may_lock_is_the_policys_to_say(here: Staffed) -> None:
    rule = '[staff]\nmay_lock = ["manager"]\nhold_at_most = 0\n'
    here.publish(here.site.subjects, rule)
    here.pass_time(601.0)
    guard, manager = here.sign_in("wang"), here.sign_in("ma")
    assert is_refused(here.ask(Lock(key(1), "danger"), guard), "policy")
    assert is_refused(here.ask(HoldOpen(key(2), 1, "delivery"), guard), "limit")
    assert isinstance(here.ask(Lock(key(3), "danger"), manager), Taken)


# --- presses of the wired button -----------------------------------------------------------


def test_a_press_gets_a_name_once_and_within_two_minutes(here: Staffed) -> None:
    session, other = here.sign_in("wang"), here.sign_in("zhao")
    first = press(here)
    here.pass_time(60.0)
    second = press(here)
    named = here.ask(NamePress(key(1), first, "papers_seen"), session)
    assert named.act is StaffAct.NAME_PRESS
    assert is_refused(here.ask(NamePress(key(2), first, "papers_seen"), other), "gone"), "named already"
    assert here.ask(NamePress(key(1), first, "papers_seen"), session).again, "a tablet that sends twice"
    assert is_refused(here.ask(NamePress(key(1), first, "papers_seen"), other), "gone"), "not his key"
    assert is_refused(here.ask(NamePress(key(3), 1, "papers_seen"), session), "gone"), "no press"
    here.pass_time(121.0)
    assert is_refused(here.ask(NamePress(key(4), second, "papers_seen"), session), "gone")
    assert here.said("press_named") == [{"press": first, "staff": "wang", "reason": "papers_seen"}]
    assert here.said("press_unnamed") == [{"press": second}]


def test_a_press_before_a_restart_is_offered_again(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        open_press = press(here)
    with at_work(here):
        assert isinstance(here.ask(NamePress(key(1), open_press, TYPED, "the post"), session), Taken)
        here.pass_time(200.0)
        assert not here.events("press_unnamed")


# --- shifts --------------------------------------------------------------------------------


def test_a_shift_is_begun_handed_over_and_ended(here: Staffed) -> None:
    wang = here.sign_in("wang")
    until = here.wall() + timedelta(hours=8)
    who = here.ask(BeginShift(until), wang)
    assert (who.shift.staff, who.shift.name, who.shift.until) == ("wang", "Wang", until)
    press(here)
    assert here.said("lane_override")[-1]["shift"] == "wang", "the lane names who minds it"

    zhao = here.sign_in("zhao")
    assert here.ask(WhoAmI(), zhao).shift.staff == "wang", "signed in, and not on shift"
    here.ask(BeginShift(), zhao)
    assert is_refused(here.ask(WhoAmI(), wang), "not_signed_in"), "the first one's session has ended"
    press(here)
    assert here.said("lane_override")[-1]["shift"] == "zhao"
    assert is_refused(here.ask(EndShift(), here.sign_in("wang")), "unknown"), "not his shift"

    here.ask(EndShift(), zhao)
    assert is_refused(here.ask(WhoAmI(), zhao), "not_signed_in")
    press(here)
    here.pass_time(1.0)
    assert here.said("lane_override")[-1]["shift"] == ""
    shifts = here.events("shift_begun", "shift_handed_over", "shift_ended")
    assert [(event.kind, event.content["staff"]) for event in shifts] == [
        ("shift_begun", "wang"),
        ("shift_handed_over", "zhao"),
        ("shift_ended", "zhao"),
    ]


def test_a_shift_outlives_a_restart_and_ends_by_itself_in_the_end(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        here.ask(BeginShift(), here.sign_in("wang"))
    with at_work(here):
        press(here)
        assert here.said("lane_override")[-1]["shift"] == "wang"
        here.sleep(16)
        assert here.said("shift_ended") == [{"staff": "wang", "why": "time"}]


def test_who_lets_nobody_in_takes_over_nobodys_shift(here: Staffed) -> None:
    wang = here.sign_in("wang")
    here.ask(BeginShift(), wang)
    assert is_refused(here.ask(BeginShift(), here.sign_in("fitter")), "not_your_role")
    assert here.ask(WhoAmI(), wang).shift.staff == "wang"


@pytest.mark.parametrize("by", ["manager", "command"])
def test_the_shift_ends_of_who_may_mind_the_gate_no_more(here: Staffed, by: str) -> None:
    """Else presses of the wired button would be theirs who only test the gate."""
    here.ask(BeginShift(), here.sign_in("wang"))
    if by == "manager":
        here.ask(SetRole("wang", StaffRole.INSTALLER), here.sign_in("ma"))
    else:
        with closing(open_staff_store(here.file, here.machine.storage)) as store:
            assert store.set_role("wang", StaffRole.INSTALLER, registrar=False, change="role")
    here.pass_time(6.0)
    assert here.said("shift_ended") == [{"staff": "wang", "why": "role"}]
    press(here)
    assert here.said("lane_override")[-1]["shift"] == ""
    assert here.ask(WhoAmI(), here.sign_in("zhao")).shift is None


def test_a_shift_ends_for_its_own_reason(here: Staffed) -> None:
    """Where the gate sees several changes at one look."""
    here.ask(BeginShift(), here.sign_in("wang"))
    with closing(open_staff_store(here.file, here.machine.storage)) as store:
        assert store.set_role("zhao", StaffRole.MANAGER, registrar=False, change="role")
        assert store.remove("wang", change="removed")
    here.pass_time(6.0)
    assert here.said("shift_ended") == [{"staff": "wang", "why": "removed"}]


def test_a_guard_who_is_made_manager_goes_on_minding_the_gate(here: Staffed) -> None:
    here.ask(BeginShift(), here.sign_in("wang"))
    here.ask(SetRole("wang", StaffRole.MANAGER), here.sign_in("ma"))
    here.pass_time(6.0)
    assert here.said("shift_ended") == []


@pytest.mark.parametrize("hours", [-1, 25])
def test_a_shift_is_planned_for_today(hours: int, here: Staffed) -> None:
    session = here.sign_in("wang")
    assert is_refused(here.ask(BeginShift(here.wall() + timedelta(hours=hours)), session), "invalid")


def test_nobody_signs_in_without_leaving_a_trace(here: Staffed) -> None:
    """Of all that these requests do, the journal's chain is whole."""
    here.ask(SignIn("ma", PIN))
    assert StaffRole.MANAGER.value == here.said("staff_signed_in")[-1]["role"]
    with closing(JournalReader(here.configuration.journal.path)) as journal:
        assert not [*journal.verify()]


# --- somebody who is not let in, and what was meant -----------------------------------------


def referred(here: Staffed) -> int:
    """Somebody comes to whom staff have to look: the number of that decision."""
    here.publish(here.site.subjects)
    here.pass_time(60.0)
    [event] = here.show(face="p010", then=5.0)
    assert event.entry is not None
    assert event.decision.outcome is Outcome.REFER
    return event.entry.sequence


def test_who_was_referred_is_sent_away_by_name_and_nothing_moves(here: Staffed) -> None:
    number, session = referred(here), here.sign_in("wang")
    sent = here.ask(SendAway(key(1), number, "to_office"), session)
    assert isinstance(sent, Taken)
    assert here.ask(SendAway(key(1), number, "to_office"), session).again
    here.pass_time(30.0)
    [act] = here.said("staff_act_taken")
    assert (act["act"], act["staff"], act["reason"], act["about"]) == (
        "send_away",
        "wang",
        "to_office",
        number,
    )
    assert not here.impulses()
    assert is_refused(here.ask(SendAway(key(2), number, "left"), session), "gone"), "it is settled"


def test_nobody_is_sent_away_who_does_not_wait(here: Staffed) -> None:
    session = here.sign_in("wang")
    assert is_refused(here.ask(SendAway(key(1), 3, "left"), session), "gone")
    number = referred(here)
    assert is_refused(here.ask(SendAway(key(2), number, "papers_seen"), session), "invalid")
    here.ask(LetIn(key(3), "papers_seen", encounter=number), session)
    assert is_refused(here.ask(SendAway(key(4), number, "left"), session), "gone"), "they were let in"


def test_who_did_it_corrects_the_reason_and_what_was_written_stays(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    for staff in ("wang", "zhao"):
        here.add(staff)
    with at_work(here):
        session = here.sign_in("wang")
        taken = here.ask(LetIn(key(1), "papers_seen"), session)
        here.pass_time(60.0)
        pressed = press(here)
        here.ask(NamePress(key(2), pressed, "delivery"), session)
    with at_work(here):
        session = here.sign_in("wang")
        corrected = here.ask(CorrectAct(key(3), taken.sequence, "known_to_staff"), session)
        assert isinstance(corrected, Corrected)
        assert here.ask(CorrectAct(key(3), taken.sequence, "known_to_staff"), session) == corrected
        assert isinstance(here.ask(CorrectAct(key(4), pressed, "by_mistake"), session), Corrected)
        other = here.sign_in("zhao")
        assert is_refused(here.ask(CorrectAct(key(5), taken.sequence, "emergency"), other), "not_your_role")
        assert is_refused(here.ask(CorrectAct(key(6), taken.sequence, "danger"), session), "invalid")
        assert is_refused(here.ask(CorrectAct(key(7), taken.sequence, TYPED, PIN), session), "digits")
        assert is_refused(here.ask(CorrectAct(key(8), 1, "emergency"), session), "unknown")
        here.sleep(1)
        assert is_refused(here.ask(CorrectAct(key(9), taken.sequence, "emergency"), session), "unknown")
    assert [(said["about"], said["reason"]) for said in here.said("staff_act_corrected")] == [
        (taken.sequence, "known_to_staff"),
        (pressed, "by_mistake"),
    ]
    assert here.said("staff_act_taken")[0]["reason"] == "papers_seen"
