"""A tablet that slept: nobody hung up on the line of its page, and nothing comes on it any more."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.edge.console.staffed_gate import StaffedGate
from tests.sync.proxy import Proxy
from tests.waiting import soon

LIU = 4


def test_a_page_asks_anew_where_nothing_comes_on_a_line_that_nobody_ended(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    gate, whole = gate_and_console, urlsplit(gate_and_console.address)
    with Proxy(whole.port or 0) as network:
        page = gate.page(browser)
        with page.expect_response("**/stream?*"):
            page.goto(f"{whole.scheme}://{whole.hostname}:{network.port}/now")
        soon(lambda: network.passes_for == 1, "the gate has ended every line but the stream's")
        network.forget()
        before = len(gate.journal("access_decided"))
        gate.show(face=LIU)
        number = gate.wait_for("access_decided", before).sequence
        page.wait_for_selector(f"#now-rows li[data-number='{number}']")
        page.wait_for_selector("[data-stale]", state="hidden")
