"""Every page of the console: what it weighs, and what axe and the width of a small screen say of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from edge.console.pages import ALL_PAGES
from edge.staff.core.roles import Right, rights_of
from edge.web.routes import Public
from tests.edge.console.addresses import ADDRESSES, NO_PAGES, PUBLIC_PAGES
from tests.edge.console.staffed_gate import INSTALLER, MANAGER, StaffedGate
from tests.edge.web.judging import judged

ROOT = Path(__file__).parents[3]
MOST_BYTES = 100_000
SEEN = ((1280, "light"), (320, "dark")), ((320, "light"), (800, "dark"))
"""By turns: widths and themes."""
PAGES = [
    route
    for pages in ALL_PAGES
    for route in pages
    if route.method == "GET" and ("GET", route.path) not in NO_PAGES
]


def address_of(path: str) -> str:
    return ADDRESSES.get(("GET", path), path)


def who_may(right: Right | Public) -> Any:
    """Who of the staff may see a page; nobody, where it is for everybody."""
    if isinstance(right, Public):
        return None
    return MANAGER if right in rights_of(MANAGER.role) else INSTALLER


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)
def test_a_page_weighs_less_than_100_kb_all_in(gate_and_console: StaffedGate, route: Any) -> None:
    """Its text, and every file that it names; the tablet loads most of them once."""
    client = gate_and_console.client(who_may(route.right))
    answer = client.get(address_of(route.path))
    assert answer.status_code == 200, answer.text[:300]
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
    assert named
    weights = {address: len(client.get(address).content) for address in named}
    whole = len(answer.content) + sum(weights.values())
    assert whole < MOST_BYTES, f"{whole}: {weights}"


def test_a_public_page_is_one_that_is_known_to_be_so() -> None:
    public = {("GET", route.path) for route in PAGES if isinstance(route.right, Public)}
    assert public <= PUBLIC_PAGES


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_has_a_serious_finding(gate_and_console: StaffedGate, browser: Any, language: str) -> None:
    """Half of the pages in each language, each at two widths and in both themes."""
    wrong: list[str] = []
    said: list[str] = []
    pages = {}
    for number, route in enumerate(PAGES):
        if (number % 2 == 0) != (language == "en"):
            continue
        member = who_may(route.right)
        if member not in pages:
            pages[member] = gate_and_console.page(browser, member, language=language)
            pages[member].on(
                "console", lambda message: said.append(message.text) if message.type == "error" else None
            )
            pages[member].on("pageerror", lambda error: said.append(str(error)))
        page, address = pages[member], address_of(route.path)
        page.goto(address, wait_until="load")
        wrong += [f"{address} {item}" for item in judged(page, SEEN[number // 2 % 2])]
        wrong += [f"{address}: {item}" for item in said]
        said.clear()
    assert not wrong


def test_somebody_signs_in_by_the_pad_and_by_keyboard(gate_and_console: StaffedGate, browser: Any) -> None:
    page = gate_and_console.page(browser, None, language="zh")
    page.goto("/")
    page.wait_for_url("**/sign-in?next=%2F")
    page.get_by_label("工号或简称").fill(MANAGER.staff)
    for digit in MANAGER.pin:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/shift?next=*")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in")
    # Now the tablet knows them; the rest is typed, without a pointer.
    page.get_by_label(MANAGER.name).focus()
    page.keyboard.press("Space")
    page.get_by_label("PIN").focus()
    page.keyboard.type(MANAGER.pin)
    page.keyboard.press("Enter")
    page.wait_for_url("**/shift?next=*")
    page.get_by_role("link", name=MANAGER.name).wait_for()
    page.get_by_role("button", name="EN").click()
    page.get_by_role("button", name="Sign out").wait_for()


def test_keys_lead_where_the_map_says_and_mean_letters_in_a_field(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    page = gate_and_console.page(browser, MANAGER)
    page.goto("/gate")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    page.keyboard.press("/")
    page.wait_for_url("**/find")
    page.goto("/own")
    page.get_by_label("The PIN that you have").focus()
    page.keyboard.type("?/1")
    assert page.locator("#keys").is_hidden()
    assert page.url.endswith("/own")
    assert page.get_by_label("The PIN that you have").input_value() == "?/1"


def test_the_pictures_are_those_that_are_made() -> None:
    """`python -m tests.edge.console.pictures` makes them; the pages about the gate's console show them."""
    pictures = pytest.importorskip("tests.edge.console.pictures")
    made = {f"{item.name}.png" for item in pictures.PICTURES}
    assert {file.name for file in (ROOT / "docs" / "pictures").glob("staff-*.png")} == made
    shown = "".join(file.read_text() for file in (ROOT / "docs").glob("*.md"))
    assert {name for name in made if f"pictures/{name}" in shown} == made
