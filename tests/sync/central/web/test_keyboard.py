"""The keys of every page, acts confirmed in their place, and a page that gets nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_app import gone


@pytest.fixture
def page(console: Console, browser: Any) -> Iterator[Any]:
    page = console.page(browser)
    page.goto("/gates", wait_until="load")
    yield page
    page.close()


def test_keys_lead_do_nothing_in_fields_and_can_be_switched_off(page: Any) -> None:
    map_of_keys, search = page.locator("#keys"), page.locator("#search")
    page.keyboard.press("?")
    assert map_of_keys.is_visible()
    page.keyboard.press("Escape")
    assert map_of_keys.is_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("a?b/")
    assert search.input_value() == "a?b/"
    assert map_of_keys.is_hidden(), "a field takes what is typed"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "search"
    page.locator("[data-keys]").click()
    page.locator("[data-keys-off]").click()
    assert page.locator("[data-keys-off]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "search", "single keys are off"


def test_the_first_stop_of_the_tab_key_leads_to_the_content(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_live_page_that_gets_nothing_says_so_and_comes_back(console: Console, browser: Any) -> None:
    page = console.page(browser)
    page.clock.install()
    page.goto("/live", wait_until="load")
    stale, main = page.locator("[data-stale]"), page.locator("main")
    with gone(console.store):
        page.clock.fast_forward(12_000)
        stale.wait_for(state="visible")
        assert "is-stale" in main.get_attribute("class")
    stale.wait_for(state="hidden")
    assert "is-stale" not in main.get_attribute("class")
