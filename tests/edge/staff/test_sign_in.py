"""Who is let in at the console, and who is not: PINs, lock-outs, passkeys, sessions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.boards.format import InputName
from edge.devices.simulated import drive
from edge.staff.core.pins import PinFault, fault_of_duress, fault_of_pin, pin_as_kept
from edge.staff.core.roles import Right, StaffRole
from edge.staff.passkeys import party_of
from edge.staff.protocol import Done
from edge.staff.protocol.acts import LetIn, Taken
from edge.staff.protocol.sessions import (
    AddPasskey,
    AskPasskey,
    ChangePin,
    OfferPasskey,
    SetDuressPin,
    SignedIn,
    SignIn,
    SignInByPasskey,
    SignOut,
    Who,
    WhoAmI,
)
from edge.staff.sessions import MOST_OF_ONE
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import OTHER, PIN, TABLET, Staffed, at_work, is_refused
from tests.simulation.site import Site
from tests.sync.central.accounts.authenticator import Authenticator

KEY = "0123456789abcdef"
WRONG = "731946"


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("", PinFault.SHORT),
        ("12345", PinFault.SHORT),
        ("1" * 13, PinFault.LONG),
        ("12a456", PinFault.NOT_DIGITS),
        ("000000", PinFault.ONE_DIGIT),
        ("77777777", PinFault.ONE_DIGIT),
        ("123456", PinFault.RUN),
        ("654321", PinFault.RUN),
        ("890123", PinFault.RUN),
        ("121212", PinFault.FACTORY),
        ("520520", PinFault.FACTORY),
        ("202611", PinFault.DATE),
        ("19900312", PinFault.DATE),
        ("900312", PinFault.DATE),
        ("120390", PinFault.DATE),
        ("480071", PinFault.OWN_ID),
        (PIN, None),
        ("73194682", None),
    ],
)
def test_which_pins_are_taken(pin: str, fault: PinFault | None) -> None:
    assert fault_of_pin(pin, "guard-0071") is fault


def test_a_pin_is_what_its_digits_are() -> None:
    assert pin_as_kept(" ２９４ 815 ") == PIN


@pytest.mark.parametrize(
    ("duress", "fault"),
    [
        ("294899", None),
        (PIN, PinFault.SAME),
        ("948151", PinFault.DURESS_UNLIKE),
        ("2948", PinFault.DURESS_UNLIKE),
        ("294abc", PinFault.DURESS_UNLIKE),
    ],
)
def test_a_duress_word_is_the_pin_with_another_end(duress: str, fault: PinFault | None) -> None:
    assert fault_of_duress(duress, PIN) is fault


def test_somebody_signs_in_and_out(here: Staffed) -> None:
    session = here.sign_in("wang")
    who = here.ask(WhoAmI(), session)
    assert isinstance(who, Who)
    assert (who.staff, who.name, who.role) == ("wang", "Wang", StaffRole.GUARD)
    assert Right.LET_IN in who.rights
    assert Right.MANAGE_STAFF not in who.rights
    assert here.ask(SignOut(), session) == Done()
    assert is_refused(here.ask(WhoAmI(), session), "not_signed_in")
    assert here.said("staff_signed_in") == [{"staff": "wang", "role": "guard", "means": "pin"}]
    assert here.said("staff_signed_out") == [{"staff": "wang", "why": "own"}]


def test_forty_wrong_pins_are_five_and_then_waits_that_grow(here: Staffed) -> None:
    answers = []
    for _ in range(40):
        here.pass_time(2.5)
        answers.append(here.ask(SignIn("wang", WRONG)))
    assert [answer.why for answer in answers[:5]] == ["wrong"] * 5
    assert answers[4].wait == pytest.approx(60.0, abs=1)
    assert answers[5].why == "locked_out"
    assert sum(answer.why == "wrong" for answer in answers) == 6, "one more after a minute; 100 s have passed"
    assert [said["seconds"] for said in here.said("staff_locked_out")] == [60.0, 120.0]
    told = here.said("staff_sign_in_refused")
    assert {(said["staff"], said["why"]) for said in told} == {("wang", "wrong_pin"), ("wang", "locked_out")}
    assert len(told) < 8, "once a minute and reason"
    assert is_refused(here.ask(SignIn("wang", PIN)), "locked_out"), "the right one, too"
    assert is_refused(here.ask(SignIn("zhao", WRONG)), "wrong"), "the account is locked, not the console"
    here.pass_time(120.0)
    assert here.sign_in("wang")


def test_a_lock_grows_to_an_hour_and_no_further(here: Staffed) -> None:
    waits = []
    for _ in range(16):
        here.sleep(1)
        waits.append(here.ask(SignIn("wang", WRONG)).wait)
    assert waits[3:] == [0.0, *(pytest.approx(min(3600.0, 60.0 * 2**n), abs=1) for n in range(12))]


def test_who_does_not_exist_is_answered_as_who_does(here: Staffed) -> None:
    here.pass_time(60.0)
    nobody = [here.ask(SignIn("nobody", WRONG)) for _ in range(6)]
    here.pass_time(60.0)
    somebody = [here.ask(SignIn("wang", WRONG)) for _ in range(6)]
    assert [(one.why, one.text) for one in nobody] == [(one.why, one.text) for one in somebody]
    assert "nobody" not in str(here.said("staff_sign_in_refused")), "what somebody typed may be a PIN"


def test_all_accounts_together_are_tried_only_so_often(here: Staffed) -> None:
    answers = [here.ask(SignIn(f"staff{n}", WRONG)) for n in range(30)]
    assert [answer.why for answer in answers].count("wrong") <= 12
    assert answers[-1].why == "busy"
    assert answers[-1].wait > 0


def test_a_tablet_that_tries_without_end_keeps_nobody_else_from_signing_in(here: Staffed) -> None:
    for number in range(120):
        here.ask(SignIn(f"staff{number}", WRONG), client=OTHER)
        here.pass_time(0.5)
    assert isinstance(here.ask(SignIn("wang", PIN)), SignedIn)


@pytest.mark.parametrize("off", [timedelta(days=-4000), timedelta(days=4000)])
def test_a_restart_and_a_wrong_clock_free_nobody_and_lock_nobody_for_years(
    off: timedelta, tmp_path: Path, site: Site
) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        for _ in range(6):
            here.pass_time(61.0)
            locked = here.ask(SignIn("wang", WRONG))
        assert locked.wait == pytest.approx(120.0, abs=1)
        here.clock_off = off
        here.pass_time(10.0)
        assert is_refused(here.ask(SignIn("wang", PIN)), "locked_out")
    with at_work(here):
        assert is_refused(here.ask(SignIn("wang", PIN)), "locked_out")
        here.clock_off = -off
        here.pass_time(121.0)
        assert isinstance(here.ask(SignIn("wang", PIN)), SignedIn)


def test_a_session_outlives_a_restart_and_ends_after_twelve_hours(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        here.sleep(6)
    with at_work(here):
        assert isinstance(here.ask(WhoAmI(), session), Who)
        here.sleep(6)
        assert is_refused(here.ask(WhoAmI(), session), "not_signed_in")
        assert here.said("staff_signed_out") == [{"staff": "wang", "why": "time"}]


def test_a_cookie_that_is_used_elsewhere_opens_nothing_and_is_written_down(here: Staffed) -> None:
    session = here.sign_in("wang")
    for _ in range(3):
        stolen = here.ask(LetIn(KEY, "papers_seen"), session, OTHER)
        assert is_refused(stolen, "not_signed_in")
    assert here.ask(SignOut(), session, OTHER) == Done(), "which ends nothing"
    here.pass_time(1.0)
    assert here.said("staff_sign_in_refused") == [{"staff": "wang", "why": "other_client", "times": 1}]
    assert not here.events("staff_act_taken")
    assert isinstance(here.ask(LetIn(KEY, "papers_seen"), session), Taken), "its own tablet goes on"


def test_two_tablets_are_two_sign_ins(here: Staffed) -> None:
    first, second = here.sign_in("wang"), here.sign_in("wang", OTHER)
    assert isinstance(here.ask(WhoAmI(), first, TABLET), Who)
    assert isinstance(here.ask(WhoAmI(), second, OTHER), Who)
    here.ask(SignOut(), first)
    assert isinstance(here.ask(WhoAmI(), second, OTHER), Who)


def test_the_oldest_session_ends_for_one_too_many(here: Staffed) -> None:
    sessions = [here.sign_in("wang") for _ in range(MOST_OF_ONE + 1)]
    here.pass_time(1.0)
    ends = [is_refused(here.ask(WhoAmI(), session), "not_signed_in") for session in sessions]
    assert ends == [True] + [False] * MOST_OF_ONE


def test_a_pin_that_was_given_is_changed_first(here: Staffed) -> None:
    here.add("new", must_change=True)
    session = here.sign_in("new")
    who = here.ask(WhoAmI(), session)
    assert (who.must_change, who.rights) == (True, (Right.OWN,))
    assert is_refused(here.ask(LetIn(KEY, "papers_seen"), session), "pin_must_change")
    weak = here.ask(ChangePin(PIN, "123456"), session)
    assert (weak.why, weak.detail) == ("pin_weak", "run")
    assert here.ask(ChangePin(PIN, PIN), session).detail == "same"
    assert is_refused(here.ask(ChangePin(WRONG, "831620"), session), "wrong"), "counts as a wrong one"
    assert here.ask(ChangePin(PIN, "831620"), session) == Done()
    assert isinstance(here.ask(LetIn(KEY, "papers_seen"), session), Taken), "in the same session"
    here.pass_time(2.5)
    assert is_refused(here.ask(SignIn("new", PIN)), "wrong")
    assert here.sign_in("new", pin="831620")


def test_a_duress_word_signs_in_as_ever_and_is_told_in_silence(here: Staffed) -> None:
    usual = here.sign_in("wang")
    assert here.ask(SetDuressPin(PIN, "294899"), usual) == Done()
    here.ask(SignOut(), usual)
    session = here.sign_in("wang", pin="294899")
    assert here.ask(WhoAmI(), session) == here.ask(WhoAmI(), here.sign_in("wang")), "nothing shows it"
    here.ask(LetIn(KEY, "papers_seen"), session)
    here.pass_time(1.0)
    assert here.said("staff_duress") == [
        {"staff": "wang", "means": "sign_in"},
        {"staff": "wang", "means": "let_in"},
    ]
    assert here.relay, "the barrier opens as ever"


def test_no_log_tells_of_duress_that_somebody_at_the_gate_could_read(
    here: Staffed, capsys: pytest.CaptureFixture[str]
) -> None:
    """An installer's page shows the log; the journal alone has it."""
    session = here.sign_in("wang")
    here.ask(SetDuressPin(PIN, "294899"), session)
    here.sign_in("wang", pin="294899")
    drive(BOARD, here.pins, InputName.DURESS, active=True)
    here.pass_time(1.0)
    assert here.events("staff_duress")
    assert here.events("lane_duress")
    said = capsys.readouterr()
    assert "staff_signed_in" in said.err
    assert "duress" not in said.out + said.err


def test_a_passkey_is_made_used_once_an_answer_and_no_copy_of_it_counts(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site, origin="https://gate.example")
    here.add("wang")
    with at_work(here):
        key = Authenticator(origin="https://gate.example")
        session = here.sign_in("wang")
        offered = here.ask(OfferPasskey(), session)
        made = key.enrolled(offered.options)
        assert here.ask(AddPasskey(offered.challenge, made), session) == Done()
        assert is_refused(here.ask(AddPasskey(offered.challenge, made), session), "wrong")

        asked = here.ask(AskPasskey())
        answer = SignInByPasskey(asked.challenge, key.signed_in(asked.options))
        signed_in = here.ask(answer)
        assert isinstance(signed_in, SignedIn)
        assert signed_in.who.staff == "wang"
        assert is_refused(here.ask(answer), "wrong"), "an answer that is played again"

        for lie in (
            {"origin": "https://gate.example.evil"},
            {"counter": 0},
            {"flags": 0x01},
        ):
            asked = here.ask(AskPasskey())
            liar = Authenticator(**{"origin": key.origin, "counter": 9, "key": key.key, **lie})  # type: ignore[arg-type]
            liar.handle = key.handle
            said = SignInByPasskey(asked.challenge, liar.signed_in(asked.options))
            assert is_refused(here.ask(said), "wrong"), lie
        assert is_refused(here.ask(SignInByPasskey(asked.challenge, "{")), "wrong")
        assert [said["means"] for said in here.said("staff_signed_in")] == ["pin", "passkey"]


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://gate.example", "gate.example"),
        ("https://gate.example:8443/", "gate.example"),
        ("http://localhost:8080", "localhost"),
        ("http://gate.example", None),
        ("https://192.168.7.2", None),
        ("gate.example", None),
        ("", None),
    ],
)
def test_passkeys_are_for_one_name_that_browsers_trust(origin: str, name: str | None) -> None:
    party = party_of(origin)
    assert (None if party is None else party.id) == name


def test_where_the_console_has_no_name_there_are_no_passkeys(here: Staffed) -> None:
    assert is_refused(here.ask(AskPasskey()), "policy")
