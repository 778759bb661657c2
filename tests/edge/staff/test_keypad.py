"""Staff let somebody in from a keypad: by name, with the limits and the lock-out of the page."""

from __future__ import annotations

from contextlib import closing

import pytest

from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.prompts.texts import NOT_BY_PIN
from edge.scanners.core import PinTyped
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.sessions import SignIn
from edge.staff.store import open_staff_store
from tests.edge.staff.staffed import PIN, Staffed, hashed, is_refused

DURESS = "294816"


@pytest.fixture
def keypad(here: Staffed) -> Staffed:
    """The gate, and staff whose ids can be typed: a guard with a duress word, a newcomer, an installer."""
    here.add("1042")
    with closing(open_staff_store(here.file, here.machine.storage)) as store:
        store.set_duress("1042", hashed(DURESS))
    here.add("1043", must_change=True)
    here.add("2001", StaffRole.INSTALLER)
    here.pass_time(2.0)
    return here


def typed(here: Staffed, staff: str, pin: str) -> list[str]:
    """Number, star and PIN are typed; what is said of it."""
    here.pass_time(2.5)  # so many PINs are tried in a while
    before = len(here.heard)
    here.camera.deliver(PinTyped("pad", staff, pin))  # type: ignore[arg-type] # to the main loop
    here.pass_time(10.0)
    said = [heard.said for heard in here.heard[before:] if isinstance(heard, LaneReport)]
    return [prompt.reason for prompt in said if isinstance(prompt, Prompt)]


def test_a_guard_opens_once_by_number_and_pin(keypad: Staffed) -> None:
    assert typed(keypad, "1042", PIN) == []
    keypad.pass_time(60.0)
    assert len(keypad.impulses()) == 1
    [act] = keypad.said("staff_act_taken")
    assert (act["act"], act["staff"], act["reason"], act["text"]) == ("let_in", "1042", "typed", "keypad pad")
    [opened] = keypad.said("lane_opened")
    assert opened["cause"] == "staff"
    assert keypad.said("staff_signed_in") == [], "nobody is signed in by it"


@pytest.mark.parametrize(
    ("staff", "pin"),
    [("1042", "999999"), ("4711", PIN), ("1043", PIN), ("2001", PIN)],
    ids=["wrong PIN", "nobody", "has to change it first", "may not let in"],
)
def test_whatever_is_wrong_opens_nothing_and_sounds_the_same(keypad: Staffed, staff: str, pin: str) -> None:
    assert typed(keypad, staff, pin) == [NOT_BY_PIN]
    assert keypad.relay == []
    assert keypad.said("staff_act_taken") == []


def test_the_duress_word_opens_as_usual_and_is_told(keypad: Staffed) -> None:
    assert typed(keypad, "1042", DURESS) == []
    assert keypad.relay
    assert [event["staff"] for event in keypad.said("staff_duress")] == ["1042"]


def test_five_wrong_pins_lock_the_number_at_keypads_and_nobody_out_of_the_page(keypad: Staffed) -> None:
    """A stranger in the street types what they like."""
    for _ in range(5):
        assert typed(keypad, "1042", "999999") == [NOT_BY_PIN]
    assert [(event["staff"], event["where"]) for event in keypad.said("staff_locked_out")] == [
        ("1042", "keypad pad")
    ]
    assert keypad.sign_in("1042")
    assert typed(keypad, "1042", PIN) == [NOT_BY_PIN], "also the right one"
    assert keypad.relay == []
    keypad.pass_time(60.0)
    assert typed(keypad, "1042", PIN) == []
    assert keypad.relay


def test_wrong_pins_at_the_page_lock_nobody_out_of_the_keypad(keypad: Staffed) -> None:
    for _ in range(5):
        keypad.pass_time(2.5)
        keypad.ask(SignIn("1042", "999999"))
    assert is_refused(keypad.ask(SignIn("1042", PIN)), "locked_out")
    assert typed(keypad, "1042", PIN) == []
    assert keypad.relay
    assert is_refused(keypad.ask(SignIn("1042", PIN)), "locked_out"), "nor does the keypad unlock it"
