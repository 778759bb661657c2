"""The tab Gate: how the lane is, and what happened last, as it happens; and pages that refuse."""

from __future__ import annotations

from typing import Any

import pytest

from edge.journal.format import PersonLookedAt
from tests.edge.console.staffed_gate import GUARD, INSTALLER, StaffedGate
from tests.edge.web.judging import judged


def test_the_log_tells_what_happens_while_it_is_open_and_names_no_resident(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    gate_and_console.wait_for("face_thresholds")
    page = gate_and_console.page(browser)
    page.goto("/gate")
    page.wait_for_selector("#gate-live >> text=Closed")
    before = len(gate_and_console.journal("staff_act_taken"))
    client = gate_and_console.client()
    client.get("/find/wei")
    page.wait_for_selector("#gate-live tr:has-text('Resident looked up'):has-text('by wang')")
    client.post("/override", data={"key": "0123456789abcdef", "reason": "known_to_staff"})
    gate_and_console.wait_for("staff_act_taken", before)
    page.wait_for_selector("#gate-live tr:has-text('Act of staff'):has-text('Known to the staff')")
    page.wait_for_selector("#gate-live dd:has-text('since the gate started'):has-text('last')")
    assert "wei" not in page.inner_text("#gate-live").lower()
    assert PersonLookedAt.kind.value not in page.inner_text("#gate-live"), "in words"
    assert judged(page, ((1280, "light"), (320, "dark"))) == []


def test_the_log_speaks_chinese(gate_and_console: StaffedGate) -> None:
    client = gate_and_console.client(INSTALLER)
    client.post("/language", data={"language": "zh", "back": "/gate"})
    page = client.get("/gate").text
    assert "最近事件" in page
    assert "道闸" in page


@pytest.mark.parametrize(("address", "status"), [("/staff", 403), ("/find/nobody", 404)])
def test_a_page_that_refuses_keeps_the_tabs(gate_and_console: StaffedGate, address: str, status: int) -> None:
    answer = gate_and_console.client(GUARD).get(address)
    assert answer.status_code == status
    for tab in ("/now", "/find", "/visitors", "/gate"):
        assert f'<a href="{tab}"' in answer.text
