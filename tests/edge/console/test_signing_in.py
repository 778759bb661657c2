"""Signing in: per person, by PIN, for a shift; what is wrong is said, locked and written down."""

from __future__ import annotations

from tests.edge.console.browsers import client_from, sign_in, timeless
from tests.edge.console.staffed_gate import RELIEF, SPARE, StaffedGate
from tests.waiting import soon


def test_a_pin_signs_in_for_a_shift_and_the_shift_ends_the_session(gate_and_console: StaffedGate) -> None:
    member = SPARE[0]
    with client_from(gate_and_console) as client:
        answer = sign_in(client, member, to="/gate")
        assert (answer.status_code, answer.headers["location"]) == (303, "/shift?next=%2Fgate")
        given = next(item for item in answer.headers.get_list("set-cookie") if item.startswith("gatepost="))
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(given.split("; "))
        offered = client.get("/shift?next=/gate")
        assert 'type="time"' in offered.text
        typed = client.post("/shift/begin", data={"until": "16.00", "next": "/gate"})
        assert (typed.status_code, 'value="16.00"' in typed.text) == (422, True), "nothing is lost"
        assert "Write it as 16:00" in typed.text
        begun = client.post("/shift/begin", data={"until": "16:00", "next": "/gate"})
        assert begun.headers["location"] == "/gate"
        page = client.get("/gate").text
        assert f"{member.name} · shift to 16:00" in page
        assert client.post("/shift/end").headers["location"] == "/sign-in"
        assert client.get("/gate").headers["location"] == "/sign-in?next=%2Fgate"

    def told() -> list[str]:
        kinds = [entry.kind for entry in gate_and_console.journal() if member.staff.encode() in entry.body]
        return [kind for kind in dict.fromkeys(kinds) if kind != "lane_shift"]

    soon(lambda: "staff_signed_out" in told())
    assert told() == ["staff_signed_in", "shift_begun", "shift_ended", "staff_signed_out"]


def test_a_session_that_ended_loses_nothing_that_was_typed(gate_and_console: StaffedGate) -> None:
    with client_from(gate_and_console) as client:
        answer = client.post("/staff/add", data={"staff": "new", "name": "Typed in vain", "role": "guard"})
    assert answer.status_code == 401
    assert "Typed in vain" in answer.text
    assert "/sign-in" in answer.text


def test_five_wrong_pins_lock_the_name_and_the_page_says_for_how_long(gate_and_console: StaffedGate) -> None:
    member = SPARE[1]
    words = {"en": ("is wrong", "Wait", "seconds"), "zh": ("有误", "请等", "秒")}
    with (
        client_from(gate_and_console, language="en") as en,
        client_from(gate_and_console, language="zh") as zh,
    ):
        for client, said in ((en, "en"), (zh, "zh"), (en, "en"), (zh, "zh"), (en, "en")):
            answer = sign_in(client, member, "000001")
            assert answer.status_code == 401
            assert words[said][0] in answer.text
        for client, said in ((en, "en"), (zh, "zh")):
            locked = sign_in(client, member)
            assert locked.status_code == 401
            assert all(word in locked.text for word in words[said][1:])
            assert member.pin not in locked.text
    assert member.staff.encode() in gate_and_console.wait_for("staff_locked_out").body


def test_an_unknown_name_is_answered_as_a_wrong_pin(gate_and_console: StaffedGate) -> None:
    with client_from(gate_and_console) as client:
        known = sign_in(client, RELIEF, "000001")
        unknown = client.post("/sign-in", data={"staff": "nobody-here", "pin": "000001", "next": "/"})
    assert known.status_code == unknown.status_code == 401
    assert timeless(known.text.replace(RELIEF.staff, "X")) == timeless(
        unknown.text.replace("nobody-here", "X")
    )


def test_this_browser_offers_again_who_has_signed_in_here(gate_and_console: StaffedGate) -> None:
    with client_from(gate_and_console) as client:
        sign_in(client, RELIEF)
        client.post("/sign-out")
        page = client.get("/sign-in").text
        assert f'value="{RELIEF.staff}"' in page
        assert RELIEF.name in page
        answer = client.post("/sign-in", data={"known": RELIEF.staff, "pin": RELIEF.pin})
        assert answer.status_code == 303
    with client_from(gate_and_console, known='x="><script>') as client:
        assert "<script>" not in client.get("/sign-in").text.partition("<main")[2]
