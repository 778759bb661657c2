"""The page Now where the gate takes its time: no tap is lost or taken for another, and the page says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.edge.console.staffed_gate import StaffedGate
from tests.edge.console.test_now import HTML, LIU, WEI, ZHOU, decided
from tests.waiting import soon

LET_IN, LOCK = "**/now/sheet/let_in*", "**/lock"
HELD_FOR_A_SHEET = re.compile(r"hx-config:inherited='\{\"timeout\": (\d+)\}'")
HELD_FOR_AN_ACT = re.compile(r"hx-config='\{\"timeout\": (\d+)\}'")


class Slow:
    """A page whose line to the gate takes its time with what a test names."""

    def __init__(self, gate: StaffedGate, page: Any) -> None:
        self.gate, self.page = gate, page
        self.asked: list[Any] = []
        self.begin()

    def begin(self) -> None:
        self.page.goto("/now")
        self.page.wait_for_function("document.querySelectorAll('.now-act[data-htmx-powered]').length > 3")

    def hang(self, where: str) -> None:
        def hold(route: Any) -> None:
            self.asked.append(route)

        self.page.route(where, hold)

    def heard(self, count: int) -> None:
        """So many requests that hang have come."""
        soon(lambda: len(self.asked) >= count, meanwhile=lambda: self.page.wait_for_timeout(20))

    def sheet(self, act: str) -> None:
        self.page.click(f".now-act[data-act={act}]")
        self.page.wait_for_selector(f".now-sheet[data-act={act}]")

    def said(self, text: str) -> None:
        self.page.wait_for_selector(f"#now-unheard >> text={text}")

    def unlocks(self) -> None:
        self.page.unroute(LOCK)
        self.gate.client().post("/unlock", data={"key": f"{len(self.asked):016x}", "reason": "over"})


@pytest.fixture
def slow(gate_and_console: StaffedGate, browser: Any) -> Iterator[Slow]:
    page = gate_and_console.page(browser)
    yield Slow(gate_and_console, page)
    page.context.close()


def patient_for(page: Any, where: str, within: int) -> None:
    """Has the page wait so many milliseconds for its answers, and fold no sheet meanwhile."""

    def hasten(route: Any) -> None:
        answer = route.fetch()
        text = re.sub(r'"(timeout|defaultTimeout)": \d+', rf'"\1": {within}', answer.text())
        route.fulfill(response=answer, body=text.replace('data-folds="30"', 'data-folds="999"'))

    page.route(where, hasten)


def test_a_reason_is_the_one_of_the_sheet_that_was_tapped_and_waits_for_no_other_sheet(slow: Slow) -> None:
    """The sheet that had not come yet is asked for once the act is done: that tap is not lost either."""
    before = len(slow.gate.journal("staff_act_taken"))
    slow.sheet("lock")
    slow.hang(LET_IN)
    slow.page.click(".now-act[data-act=let_in]")
    slow.heard(1)
    slow.page.click(".now-sheet[data-act=lock] [data-reason='1']")
    assert slow.gate.wait_for("staff_act_taken", before).content["act"] == "lock"
    slow.page.wait_for_selector(".receipt >> text=Gate locked")
    slow.heard(2)
    slow.asked[1].continue_()
    slow.page.wait_for_selector(".now-sheet[data-act=let_in]")
    assert len(slow.gate.journal("staff_act_taken")) == before + 1
    slow.unlocks()


def test_of_two_sheets_the_one_tapped_last_comes_and_does_not_wait_for_the_first(slow: Slow) -> None:
    patient_for(slow.page, "**/now", 600_000)
    slow.begin()
    slow.hang(LET_IN)
    slow.page.click(".now-act[data-act=let_in]")
    slow.heard(1)
    slow.sheet("hold_open")
    assert slow.page.query_selector("#now-unheard p") is None


def test_a_sheet_that_does_not_come_is_said_and_can_be_tapped_again(slow: Slow) -> None:
    waits = HELD_FOR_A_SHEET.search(slow.page.request.get("/now").text())
    assert waits is not None
    assert int(waits[1]) <= 5000, "some seconds"
    patient_for(slow.page, "**/now", 600_000)
    slow.begin()
    slow.hang(LET_IN)
    slow.page.click(".now-act[data-act=let_in]")
    slow.said("The gate is asked")
    slow.asked[0].abort("timedout")
    slow.said("The gate has not answered. Nothing was done.")
    slow.page.unroute(LET_IN)
    slow.sheet("let_in")
    assert slow.page.query_selector("#now-unheard p") is None


def test_behind_an_act_the_buttons_rest_and_what_is_not_heard_may_be_tapped_again(slow: Slow) -> None:
    """Another sheet that was tapped meanwhile does not take its place: its key does the act once."""
    patient_for(slow.page, "**/now/sheet/lock*", 600_000)
    before = len(slow.gate.journal("staff_act_taken"))
    slow.sheet("lock")
    waits = HELD_FOR_AN_ACT.search(slow.page.request.get("/now/sheet/lock").text())
    assert waits is not None
    assert int(waits[1]) <= 10_000
    slow.hang(LOCK)
    slow.page.click(".now-sheet [data-reason='1']")
    slow.heard(1)
    slow.page.wait_for_selector(".now-sheet [data-reason='2']:disabled")
    slow.said("The gate is asked")
    slow.page.click(".now-act[data-act=hold_open]")
    slow.asked[0].abort("timedout")
    slow.said("and may have done it")
    slow.page.wait_for_selector(".now-sheet[data-act=lock] [data-reason='1']:enabled")
    slow.page.unroute(LOCK)
    form = slow.asked[0].request.post_data
    said = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    slow.page.request.post("/lock", data=form, headers=said)  # the gate had heard it
    slow.page.click(".now-sheet [data-reason='1']")
    slow.page.wait_for_selector(".receipt >> text=was done before, and not again")
    assert len(slow.gate.journal("staff_act_taken")) == before + 1
    assert slow.page.query_selector("#now-unheard p") is None
    slow.unlocks()


def test_an_act_that_is_refused_says_so_whatever_was_tapped_meanwhile(slow: Slow) -> None:
    gate, page = slow.gate, slow.page
    acts = len(gate.journal("staff_act_taken"))
    first = decided(gate, HTML)
    page.wait_for_selector(f".now-card[data-number='{first}']")
    slow.sheet("let_in")
    decided(gate, ZHOU)
    slow.hang("**/override")
    page.click(".now-sheet [data-reason='1']")
    slow.heard(1)
    page.click(".now-act[data-act=hold_open]")
    slow.asked[0].continue_()
    page.wait_for_selector(".sheet-gone")
    assert len(gate.journal("staff_act_taken")) == acts


def test_what_waited_behind_a_sheet_is_not_shown_under_a_finger_that_is_down(slow: Slow) -> None:
    gate, page = slow.gate, slow.page
    patient_for(page, "**/now/sheet/let_in*", 600_000)
    first = decided(gate, WEI)
    page.wait_for_selector(f".now-card[data-number='{first}']")
    slow.sheet("let_in")
    second = decided(gate, LIU)
    page.wait_for_selector(f"#now-rows li[data-number='{second}']", state="attached")
    numbers = page.evaluate(
        """async () => {
          const number = () => document.querySelector(".now-card").dataset.number;
          const finger = (kind) => document.body.dispatchEvent(new PointerEvent(kind, {bubbles: true}));
          finger("pointerdown");
          document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));
          const open = document.querySelector(".now-sheet");
          await new Promise((done) => setTimeout(done, 800));
          const under = number();
          finger("pointerup");
          return [open === null, under];
        }"""
    )
    assert numbers == [True, str(first)], "the sheet is folded, and the card stands"
    page.wait_for_selector(f".now-card[data-number='{second}']")
