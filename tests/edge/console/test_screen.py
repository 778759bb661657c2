"""The person's screen in a real browser: what it shows of a real gate, to whom, and when the gate is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from msgspec.structs import replace

from edge.configuration import ConsoleSection
from edge.console.app import console_app
from edge.console.pages.screen import card_shown
from edge.decision import Mode, Outcome, Reason, ScreenRule
from edge.prompts.texts import LANGUAGES, ScreenCard, idle_card
from edge.prompts.texts.catalogue import texts
from tests.apart import run_apart
from tests.edge.console.screen_cards import (
    DISCREET,
    NINE,
    SETTINGS,
    SIZES,
    asked,
    decided,
    looked_at,
    pictures,
    put,
    showing,
)
from tests.edge.console.staffed_gate import OURS, PEOPLE, StaffedGate, console_of, gate_at_work
from tests.edge.web.judging import AXE, findings

COLOURS = {
    "idle": (0x0F, 0x13, 0x11),
    "ask": (0x1B, 0x4D, 0xB3),
    "grant": (0x0A, 0x6B, 0x3C),
    "deny": (0xB2, 0x1F, 0x1B),
    "refer": (0xFF, 0xC4, 0x2E),
    "fault": (0x5E, 0x35, 0xA0),
}
"""The decision's colour, never the health code's."""
STATUS_WORDS = ("健康", "红码", "黄码", "隔离", "体温", "health", "yellow", "isolation")
LONGEST = ScreenRule(
    names=True,
    status_colour=True,
    community_phone="+86 21 6512 0110",
)


def everything() -> Iterator[ScreenCard]:
    """Every card that there can be, in both languages."""
    for mode, language in product(Mode, LANGUAGES):
        yield idle_card(mode, language)
    for rule, language in product((LONGEST, DISCREET), LANGUAGES):
        for code in texts():
            yield replace(asked(code, rule=rule), language=language)
        for reason, outcome in product(Reason, Outcome):
            card = decided(outcome, reason, rule)
            yield replace(card, language=language)


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_whatever_is_shown_fits_the_panel(browser: Any, size: str, *, touched: bool) -> None:
    """No word is cut off, no letter is smaller than 26 px, and what to do is the largest."""
    largest = 30 if touched else 36
    with showing(browser, size, touched=touched) as page:
        for card, wrong, sizes in looked_at(page, dict.fromkeys(everything())):
            assert not wrong, (card, wrong)
            assert (min(sizes) >= 26, max(sizes) == sizes[0] >= largest) == (True, True), (card, sizes)


@pytest.mark.parametrize("size", SIZES)
def test_few_words_are_read_at_two_metres(browser: Any, size: str) -> None:
    """88 px are 17 mm on a panel of seven inches; a card with a number gives a tenth for it."""
    with showing(browser, size) as page:
        for card, _, (chinese, english, *_) in looked_at(page, NINE.values()):
            assert (chinese >= 88 * 0.9, english >= 42 * 0.9) == (True, True), (card, chinese, english)


@pytest.mark.parametrize("size", SIZES)
def test_the_nine_cards_have_the_colour_of_their_kind_and_no_fault_of_access(browser: Any, size: str) -> None:
    for name, picture in pictures(browser, size).items():
        blue, green, red = (int(value) for value in np.median(picture[-20:, :40].reshape(-1, 3), axis=0))
        assert (red, green, blue) == COLOURS[NINE[name].kind], name
    with showing(browser, size) as page:
        page.evaluate(AXE)
        for name, card in NINE.items():
            put(page, card)
            assert not findings(page), name


def test_the_signs_differ_without_their_colour(browser: Any) -> None:
    """By the share of the sign's square that is filled: a square's, a hexagon's, a circle's, a triangle's."""
    import cv2

    filled = {}
    with showing(browser, "landscape") as page:
        for name in ("refused", "granted", "wait"):
            put(page, NINE[name])
            shot = cv2.imdecode(
                np.frombuffer(page.locator(".sign").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE
            )
            assert shot is not None
            ground = int(shot[1, 1])
            filled[name] = float((abs(shot.astype(int) - ground) > 40).mean())
    assert filled["refused"] > filled["granted"] + 0.02 > filled["wait"] + 0.1


@pytest.mark.parametrize(("move", "side"), [("turn_left", -1), ("turn_right", 1), ("close_eyes", 0)])
def test_a_move_is_drawn_as_in_a_mirror(browser: Any, move: str, side: int) -> None:
    """An arrow to the person's own left is on the left of what they see; closed eyes have none."""
    import cv2

    with showing(browser, "landscape") as page:
        put(page, asked(move))
        shot = cv2.imdecode(np.frombuffer(page.locator(".sign").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shot is not None
    half = shot.shape[1] // 2
    left, right = (float((part > 200).sum()) for part in (shot[:, :half], shot[:, -half:]))
    assert abs(right - left) < 0.05 * (left + right) if side == 0 else side * (right - left) > 0.05 * left


def test_the_pages_pictures_are_there() -> None:
    folder = Path(__file__).parents[3] / "docs" / "pictures"
    assert {file.name for file in folder.glob("screen-*.png")} == {f"screen-{size}.png" for size in SIZES}


# --- at a gate -----------------------------------------------------------------------------------


@contextmanager
def screen_of(browser: Any, gate: StaffedGate, **context: Any) -> Iterator[Any]:
    opened = browser.new_context(base_url=gate.address, viewport={"width": 800, "height": 480}, **context)
    try:
        page = opened.new_page()
        page.goto("/screen")
        yield page
    finally:
        opened.close()


def test_a_screen_shows_a_morning_and_that_the_gate_is_away(browser: Any, tmp_path: Path) -> None:
    settings = replace(SETTINGS, listen="http://127.0.0.1:0")
    with ExitStack() as running:
        gate = running.enter_context(gate_at_work(tmp_path))
        at_work = gate_only(running)
        running.enter_context(console_of(gate, settings))
        page = running.enter_context(screen_of(browser, gate))
        page.wait_for_selector("#card.idle .words")

        gate.show(gate.pass_of("xu"))
        page.wait_for_selector("#card.grant:has-text('Please pass')")
        gate.leave()
        page.wait_for_selector("#card.idle .words")

        gate.show(gate.pass_of("wei"))
        said = page.inner_text("#card.deny")
        assert f"No. E-{gate.wait_for('access_decided', 1).sequence}" in said
        for person in PEOPLE:
            assert person.name not in page.content()
            assert person.address not in page.content()
        gate.leave()

        at_work.close()
        page.wait_for_selector(".away:has(.fault):has-text('Use the west gate')")


def gate_only(running: ExitStack) -> ExitStack:
    """What runs so far, to be ended before the rest."""
    begun = running.pop_all()
    running.callback(begun.close)
    return begun


def test_people_at_a_touch_screen_choose_their_language(browser: Any, gate_and_console: StaffedGate) -> None:
    with screen_of(browser, gate_and_console, has_touch=True) as page:
        page.wait_for_selector("#card.idle .words")
        first = "#card .do.first"
        for words, language in (("English", "en"), ("中文", "zh-CN")):
            page.get_by_role("button", name=words).tap()
            page.wait_for_selector(f'{first}[lang="{language}"]')
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_without_a_finger_there_are_no_buttons(browser: Any, gate_and_console: StaffedGate) -> None:
    with screen_of(browser, gate_and_console) as page:
        page.wait_for_selector("#card.idle .words")
        assert not page.get_by_role("button", name="English").is_visible()


def test_a_card_that_is_over_its_time_goes_dark_by_itself(
    browser: Any, gate_and_console: StaffedGate
) -> None:
    """Whatever the gate does: no old "Please pass" stands there."""
    with screen_of(browser, gate_and_console) as page:
        page.wait_for_selector("#card.idle .words")
        page.clock.install()
        page.evaluate(
            "(html) => { document.getElementById('card').outerHTML = html; }",
            '<section id="card" class="card grant" data-seconds="6"></section>',
        )
        page.wait_for_selector("#card.grant")
        page.clock.run_for(10_000)
        page.wait_for_selector("#card.idle")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/screen"), ("POST", "/screen/language"), ("GET", "/stream?topics=screen")]
)
def test_another_computer_gets_no_screen(gate_and_console: StaffedGate, method: str, path: str) -> None:
    assert gate_and_console.services is not None
    app = console_app(gate_and_console.services)
    elsewhere = httpx.ASGITransport(app, client=("192.168.7.20", 50_000))

    async def asked_from_there() -> httpx.Response:
        base = "http://127.0.0.1"
        async with httpx.AsyncClient(transport=elsewhere, base_url=base, headers=OURS) as client:
            return await client.request(method, path)

    answer = run_apart(asked_from_there)
    assert answer.status_code == 404
    assert "shown" not in answer.text


def test_the_page_weighs_little(gate_and_console: StaffedGate) -> None:
    client = gate_and_console.client(None)
    page = client.get("/screen").text
    files = [part.split('"')[0] for part in page.split("/static/")[1:]]
    whole = len(page.encode()) + sum(len(client.get(f"/static/{name}").content) for name in files)
    assert whole < 40_000


def test_no_word_of_a_status_stands_in_the_page_of_a_discreet_gate() -> None:
    for reason, outcome in product(Reason, (Outcome.DENY, Outcome.REFER)):
        shown = card_shown(ConsoleSection(), decided(outcome, reason, DISCREET))
        assert not any(
            word in shown.lower() for word in ("健康", "红码", "黄码", "隔离", "体温", "health", "yellow")
        )
