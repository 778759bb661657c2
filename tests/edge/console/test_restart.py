"""The gate is restarted in the middle of an act: the page says what may have happened; it is done once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from edge.devices.simulated import simulated_pins
from edge.gate import run_gate
from edge.runtime.machine import Machine
from tests.edge.console.staffed_gate import PlayedCamera, StaffedGate, console_of, gate_at_work
from tests.examples import alike
from tests.waiting import PATIENT

SAID = {
    "en": ("and may have done it", "was done before, and not again", "the gate was restarted since: look"),
    "zh": ("可能已经执行", "先前已办，未重复", "闸口其后重启过：请看栏杆是否动过"),
}


@contextmanager
def at_work_again(gate: StaffedGate) -> Iterator[None]:
    """The same gate, on the same card."""
    stop, machine = Event(), Machine(pins=simulated_pins(), vision=lambda _task: PlayedCamera())
    thread = Thread(target=run_gate, args=(gate.configuration, stop, machine), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENT)
        assert not thread.is_alive()


@pytest.mark.parametrize("language", alike(list(SAID)))
def test_an_act_in_the_middle_of_which_the_gate_was_restarted_is_done_once_and_that_is_said(
    tmp_path: Path, browser: Any, language: str
) -> None:
    unheard, again, restarted = SAID[language]
    with ExitStack() as kept:
        with gate_at_work(tmp_path) as gate:
            kept.enter_context(console_of(gate))
            page = gate.page(browser, language=language)

            def never_folds(route: Any) -> None:
                answer = route.fetch()
                text = answer.text().replace('data-folds="30"', 'data-folds="999"')
                route.fulfill(response=answer, body=text)

            def is_cut_off(route: Any) -> None:
                route.fetch()  # the gate has heard it, and the page hears nothing of that
                route.abort()

            page.route("**/now/sheet/let_in*", never_folds)
            page.route("**/override", is_cut_off)
            page.goto("/now")
            page.click(".now-act[data-act=let_in]")
            page.click(".now-sheet [data-reason='1']")
            page.wait_for_selector(f"#now-unheard >> text={unheard}")
            page.unroute("**/override")
        page.wait_for_selector("[data-stale]:visible")
        kept.enter_context(at_work_again(gate))
        page.wait_for_selector("[data-stale]", state="hidden")
        page.click(".now-sheet [data-reason='1']")
        receipt = page.wait_for_selector("#now-receipt .receipt").inner_text()
        assert again in receipt
        assert restarted in receipt
        assert len(gate.journal("staff_act_taken")) == 1
