"""A tablet whose own clock is wrong: the page shows the gate's time, and everything works as on any other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.edge.console.staffed_gate import SPARE, Member, StaffedGate
from tests.examples import alike
from tests.waiting import soon

HERE = ZoneInfo("Asia/Shanghai")
WITHIN = timedelta(seconds=90)  # a busy machine's, and far from any clock that is wrong here
WRONG = {"a year ahead": timedelta(days=365, hours=7), "a day behind": timedelta(days=-1, hours=-5)}


def shown_of(text: str) -> timedelta:
    """How far the first time of the day in a text is from now."""
    found = re.search(r"\b(\d\d):(\d\d)(?::(\d\d))?\b", text)
    assert found is not None, text
    now = datetime.now(UTC).astimezone(HERE)
    hour, minute, second = (int(part or 0) for part in found.groups())
    away = now.replace(hour=hour, minute=minute, second=second) - now
    half = timedelta(hours=12)
    return abs((away + half) % (2 * half) - half)


def left_of(page: Any, press: int) -> str:
    """For how long a press may still be named, as the page says."""
    row = page.locator(f"*:has(> a[href$='press={press}'])").first
    return str(row.locator("[data-left]").first.inner_text())


@pytest.mark.parametrize(("wrong", "member"), alike(zip(WRONG, SPARE, strict=False)))
def test_a_tablet_with_a_wrong_clock_shows_the_gates_time_and_works(
    gate_and_console: StaffedGate, browser: Any, wrong: str, member: Member
) -> None:
    gate = gate_and_console
    page = gate.page(browser, None)
    page.clock.set_fixed_time(datetime.now(UTC) + WRONG[wrong])
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))

    page.goto("/sign-in")
    page.fill("[name=staff]", member.staff)
    page.fill("[name=pin]", member.pin)
    page.click("main form button.first")
    page.wait_for_url("**/shift**")
    assert page.input_value("#until") in {"00:00", "08:00", "16:00"}
    began = len(gate.journal("shift_handed_over"))
    page.click("main form button.first")
    page.wait_for_url("**/now")
    assert len(gate.journal("shift_handed_over")) >= began

    gate.leave()
    clock = page.wait_for_selector("[data-clock]").inner_text()
    assert shown_of(clock) < WITHIN
    soon(lambda: page.inner_text("[data-clock]") != clock, "it goes on")

    pressed = len(gate.journal("lane_override"))
    gate.press_button()
    press = gate.wait_for("lane_override", pressed).sequence
    offer = f"a[href$='press={press}']"
    page.wait_for_selector(offer)
    said = left_of(page, press)
    assert re.search(r"\b[12] min\b|\b([4-9]\d|1[01]\d|120) s\b", said), said
    ages = page.locator(".now [data-left], .now [data-age]")
    before = ages.all_inner_texts()
    soon(lambda: ages.all_inner_texts() != before, "they go on")
    assert shown_of(page.inner_text("#now-rows li:first-child")) < WITHIN
    page.click(offer)
    named = len(gate.journal("press_named"))
    page.click(".now-sheet[data-act=name_press] [data-reason='1']")
    assert gate.wait_for("press_named", named).content["staff"] == member.staff

    acts = len(gate.journal("staff_act_taken"))
    page.click(".now-act[data-act=let_in]")
    page.click(".now-sheet[data-act=let_in] [data-reason='1']")
    gate.wait_for("staff_act_taken", acts)
    receipt = page.wait_for_selector("#now-receipt .receipt:has-text('Barrier opened')").inner_text()
    assert shown_of(receipt) < WITHIN

    page.goto("/shift")
    assert shown_of(page.inner_text("main section")) < WITHIN, "on shift since a moment ago"
    assert trouble == []


@pytest.mark.parametrize("wrong", alike(WRONG))
def test_since_when_a_page_hears_nothing_is_the_gates_time(
    gate_and_console: StaffedGate, browser: Any, wrong: str
) -> None:
    """No heartbeat has come at all: the page itself brought the time."""
    page = gate_and_console.page(browser)
    page.clock.set_fixed_time(datetime.now(UTC) + WRONG[wrong])
    page.route("**/stream?*", lambda route: route.abort())

    def soon_stale(route: Any) -> None:
        answer = route.fetch()
        text = re.sub(r'data-stale-after="\d+"', 'data-stale-after="200"', answer.text())
        route.fulfill(response=answer, body=text)

    page.route("**/now", soon_stale)
    page.goto("/now")
    page.wait_for_selector("[data-stale]:visible")
    assert shown_of(page.inner_text("[data-stale-since]")) < WITHIN
