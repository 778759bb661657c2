"""From whose card somebody is let in, or sent away: nobody twice, and nobody who waits is lost."""

from __future__ import annotations

from pathlib import Path

from edge.staff.protocol.acts import LetIn, SendAway, Taken
from edge.staff.protocol.envelope import Refused
from tests.edge.staff.staffed import Staffed, at_work
from tests.edge.staff.test_acts import key, referred
from tests.simulation.site import Site


def decided(here: Staffed, face: str) -> int:
    [event] = here.show(face=face, then=0.0)
    assert event.entry is not None
    return event.entry.sequence


def gone(answer: object) -> str:
    """As what the person is gone; empty: they are not."""
    return answer.detail if isinstance(answer, Refused) and answer.why == "gone" else ""


def test_who_was_referred_is_let_in_also_after_another_and_out_of_sight(here: Staffed) -> None:
    number, session = referred(here), here.sign_in("wang")
    decided(here, "p001")
    here.pass_time(100.0)
    taken = here.ask(LetIn(key(2), "papers_seen", encounter=number, after=number), session)
    assert isinstance(taken, Taken)
    assert here.said("staff_act_taken")[-1]["about"] == number
    other = here.sign_in("zhao")
    assert gone(here.ask(LetIn(key(3), "papers_seen", encounter=number, after=number), other)) == "settled"
    assert gone(here.ask(SendAway(key(4), number, "left"), other)) == "settled"


def test_who_is_referred_again_is_one_person(here: Staffed) -> None:
    first, session = referred(here), here.sign_in("wang")
    here.pass_time(60.0)
    second = decided(here, "p010")
    assert isinstance(here.ask(LetIn(key(1), "papers_seen", encounter=first, after=first), session), Taken)
    assert here.said("staff_act_taken")[-1]["about"] == second
    assert gone(here.ask(LetIn(key(2), "papers_seen", encounter=second, after=second), session)) == "settled"


def test_a_referral_is_shown_for_five_minutes_and_no_longer_taken(here: Staffed) -> None:
    number, session = referred(here), here.sign_in("wang")
    here.pass_time(400.0)
    assert gone(here.ask(LetIn(key(1), "papers_seen", encounter=number, after=number), session)) == "unseen"
    again = LetIn(key(2), "papers_seen", encounter=number, after=number, anyway=True)
    assert isinstance(here.ask(again, session), Taken), "said again"
    assert here.said("staff_act_taken")[-1]["about"] == number


def test_a_decision_between_the_taps_opens_no_second_time(here: Staffed) -> None:
    here.publish(here.site.subjects)
    here.pass_time(601.0)
    session = here.sign_in("wang")
    granted = decided(here, "p001")
    early = here.ask(LetIn(key(1), "papers_seen", after=0), session)
    assert gone(early) == "another", "the gate let them in itself"
    here.pass_time(30.0)
    assert len(here.impulses()) == 1
    assert isinstance(here.ask(LetIn(key(2), "papers_seen", after=granted), session), Taken)
    later = decided(here, "p002")
    still = LetIn(key(3), "papers_seen", encounter=granted, after=granted, anyway=True)
    assert gone(here.ask(still, session)) == "another", "also where it was said again"
    assert later > granted


def test_a_restart_forgets_no_referral(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        settled, session = referred(here), here.sign_in("wang")
        here.ask(SendAway(key(1), settled, "left"), session)
        here.pass_time(60.0)
        waits = decided(here, "p010")
    with at_work(here):
        session = here.sign_in("wang")
        assert gone(here.ask(SendAway(key(2), settled, "left"), session)) == "settled"
        assert isinstance(
            here.ask(LetIn(key(3), "papers_seen", encounter=waits, after=waits), session), Taken
        )
