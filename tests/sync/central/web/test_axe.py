"""Every page for everybody: judged by axe, at both widths, in both themes, in both languages by turns."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Error

from sync.central.web.pages import ALL_PAGES
from tests.edge.web.judging import judged, misfits
from tests.examples import LONG
from tests.sync.central.web.addresses import ADDRESSES, NOT_ASKED
from tests.sync.central.web.conftest import Console

SEEN = ((1280, "light"), (360, "dark")), ((360, "light"), (1280, "dark"))
"""By turns: both widths and both themes for each page."""
BETWEEN = 1000, 900, 700
"""Widths at which a page's parts change their places or their form: there things get cut off."""
ROUTES = [
    route
    for pages in ALL_PAGES
    for route in pages
    if route.method == "GET"
    and (route.method, route.path) not in NOT_ASKED
    and not route.path.endswith("stream")
]


APART = """() => [...document.querySelectorAll("main label[for]:not(.unseen)")].filter((label) => {
  const both = [label, document.getElementById(label.htmlFor)];
  const [said, at] = both.map((each) => each.getBoundingClientRect());
  if (said.width === 0 || at.width === 0) return false;
  const above = said.bottom <= at.top + 1 && Math.abs(said.left - at.left) < 2;
  return !above && !(said.top < at.bottom && at.top < said.bottom && said.right <= at.left + 1);
}).map((label) => label.textContent.trim())"""
"""The labels that stand neither above their field nor beside it."""


def is_opened(page: Any, address: str) -> bool:
    """Whether a page is at the address, and now open; what is sent as a file is none."""
    try:
        answer = page.goto(address, wait_until="load")
    except Error as error:
        if "Download is starting" not in str(error):
            raise
        return False
    return bool(answer.status == 200 and "text/html" in answer.headers.get("content-type", ""))


@pytest.mark.longer
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_has_a_serious_finding(read_console: Console, browser: Any, language: str) -> None:
    """Half of the pages in each language; each at both widths, nothing wider than the screen. Axe judges
    it at one of them by turns, at both in the long form.
    """
    page = read_console.page(browser, locale=language)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong, seen_pages = [], 0
    for number, route in enumerate(ROUTES):
        place = ADDRESSES.get((route.method, route.path))
        address = route.path if place is None else place.address(read_console.town, read_console.store)
        if (number % 2 == 0) != (language == "en") or not is_opened(page, address):
            said.clear()
            continue
        seen_pages += 1
        seen, axe_at = SEEN[number // 2 % 2], None if LONG else number // 4 % 2
        wrong += [f"{address} {item}" for item in judged(page, seen, axe_at=axe_at)]
        wrong += [f"{address} {item}" for width in BETWEEN for item in misfits(page, width)]
        wrong += [f"{address}: {item}" for item in said]
        said.clear()
    assert not wrong
    assert seen_pages > 30


@pytest.mark.parametrize("width", [1280, 360])
def test_each_label_stands_with_its_field_and_each_page_says_where_it_is(
    read_console: Console, browser: Any, width: int
) -> None:
    page = read_console.page(browser)
    page.set_viewport_size({"width": width, "height": 900})
    wrong = []
    for address in (
        "/reports",
        "/holds",
        "/exports",
        "/zones",
        "/roster",
        "/alarms/rules/edit?kind=gate_dark",
        "/dispatch",
    ):
        page.goto(address, wait_until="load")
        wrong += [f"{address}: {label}" for label in page.evaluate(APART)]
        if page.locator(".crumbs [aria-current], .crumbs a").count() == 0:
            wrong.append(f"{address}: nothing says where it is")
    assert not wrong
