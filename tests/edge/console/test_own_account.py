"""One's own PIN, duress word, sessions and shift; and the accounts, for managers."""

from __future__ import annotations

import re

import pytest

from edge.console.pages.own import FAULTS
from edge.staff.core.pins import PinFault
from edge.staff.core.roles import StaffRole
from tests.edge.console.browsers import client_from, sign_in, timeless
from tests.edge.console.staffed_gate import (
    GUARD,
    INSTALLER,
    MANAGER,
    RELIEF,
    SPARE,
    Member,
    StaffedGate,
    cookies_of,
)
from tests.waiting import soon


def test_whoever_takes_over_ends_the_sessions_of_the_one_before(gate_and_console: StaffedGate) -> None:
    first = SPARE[2]
    second = SPARE[3]
    one, other = gate_and_console.client(first), gate_and_console.client(second)
    one.post("/shift/begin")
    assert f"{first.name} minds this gate" in other.get("/shift").text
    other.post("/shift/begin")
    assert one.get("/gate").status_code == 303
    assert other.get("/gate").status_code == 200
    other.post("/shift/end")
    [handed] = gate_and_console.journal("shift_handed_over")
    assert first.staff.encode() in handed.body


def test_a_stolen_cookie_opens_nothing_elsewhere_and_the_journal_has_it(
    gate_and_console: StaffedGate,
) -> None:
    with client_from(gate_and_console, "127.0.0.2", **cookies_of(RELIEF)) as thief:
        assert thief.get("/gate").headers["location"].startswith("/sign-in")
        assert thief.post("/shift/end").status_code == 401
    assert gate_and_console.client(RELIEF).get("/gate").status_code == 200
    soon(
        lambda: any(b"other_client" in one.body for one in gate_and_console.journal("staff_sign_in_refused"))
    )


def test_who_got_a_pin_may_only_choose_their_own(gate_and_console: StaffedGate) -> None:
    manager = gate_and_console.client(MANAGER)
    made = manager.post("/staff/add", data={"staff": "fresh", "name": "<i>Fresh</i>", "role": "guard"})
    assert "<i>Fresh</i>" not in made.text
    assert "&lt;i&gt;Fresh&lt;/i&gt;" in made.text
    pin = made.text.partition('class="one-time">')[2].partition("<")[0].strip()
    member = Member("fresh", "", StaffRole.GUARD, pin)
    with client_from(gate_and_console) as client:
        assert sign_in(client, member, to="/gate").headers["location"] == "/own"
        assert client.get("/gate").headers["location"] == "/own"
        assert client.get("/own").status_code == 200
        weak = client.post("/own/pin", data={"old": pin, "new": "123456", "again": "123456"})
        assert weak.status_code == 422
        assert FAULTS[PinFault.RUN] in weak.text
        differing = client.post("/own/pin", data={"old": pin, "new": "406918", "again": "406919"})
        assert "differ" in differing.text
        done = client.post("/own/pin", data={"old": pin, "new": "406918", "again": "406918"})
        assert done.headers["location"] == "/own?done=pin"
        assert client.get("/gate").status_code == 200
    assert manager.post("/staff/remove", data={"staff": "fresh"}).status_code == 303


_LOG = re.compile(r'<section class="card flush"><h2>Last events</h2>.*?</section>', re.DOTALL)
"""What happened at the gate, which goes on meanwhile."""


def test_a_duress_word_signs_in_as_usual_and_is_told_silently(gate_and_console: StaffedGate) -> None:
    member = SPARE[4]
    client = gate_and_console.client(member)
    usual = client.get("/gate").text
    set_ = client.post("/own/duress", data={"pin": member.pin, "duress": "739185"})
    assert set_.headers["location"] == "/own?done=duress"
    with client_from(gate_and_console) as client:
        assert sign_in(client, member, "739185").status_code == 303
        told = client.get("/gate").text
    assert timeless(_LOG.sub("", told)) == timeless(_LOG.sub("", usual))
    assert "duress" not in told.lower(), "nor do the last events tell it"
    assert member.staff.encode() in gate_and_console.wait_for("staff_duress").body


def test_managers_unlock_and_change_roles(gate_and_console: StaffedGate) -> None:
    member = SPARE[5]
    manager = gate_and_console.client(MANAGER)
    for _ in range(5):
        gate_and_console.client(None).post("/sign-in", data={"staff": member.staff, "pin": "000001"})
    assert "locked for" in manager.get("/staff").text
    assert manager.post("/staff/unlock", data={"staff": member.staff}).status_code == 303
    assert "locked for" not in manager.get("/staff").text
    changed = manager.post("/staff/role", data={"staff": member.staff, "role": "installer"})
    assert changed.status_code == 303
    assert gate_and_console.client(member).get("/gate").status_code == 303, "their sessions have ended"


@pytest.mark.parametrize("member", [GUARD, INSTALLER])
def test_only_managers_see_the_accounts(gate_and_console: StaffedGate, member: Member) -> None:
    answer = gate_and_console.client(member).get("/staff")
    assert answer.status_code == 403
    assert MANAGER.name not in answer.text
