"""When a page calls itself old: by a clock that only goes forward, and of a tablet that slept all the same.

The script is the one of every console; its clocks and its line are played, so that a test waits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

HOUR = 3_600_000
_PAGE = """<!doctype html><html lang="en"><body><main id="content" data-now="1000">
<div data-stale hidden>nothing new since <time data-stale-since></time></div>
<div data-stream="/stream" data-stale-after="5000"></div></main></body></html>"""
_PLAYED = """
  window.lines = []; window.ticks = []; window.wall = 1e12; window.monotonic = 1000;
  Date.now = () => window.wall;
  performance.now = () => window.monotonic;
  window.setInterval = (tick) => { window.ticks.push(tick); };
  window.EventSource = class extends EventTarget {
    constructor(address) { super(); this.address = address; this.readyState = 1; window.lines.push(this); }
    close() { this.readyState = 2; }
  };
  window.EventSource.CLOSED = 2;
  window.goesOn = (wall, monotonic) => {
    window.wall += wall; window.monotonic += monotonic; window.ticks.forEach((tick) => tick());
  };
  window.beat = () => {
    window.lines.at(-1).dispatchEvent(new MessageEvent("heartbeat", {data: "", lastEventId: "7"}));
  };
  null;
"""


class Played:
    def __init__(self, page: Any) -> None:
        self.page = page

    def goes_on(self, seconds: float, *, wall: float | None = None) -> None:
        """Time goes on, by the one clock and by the other."""
        on = (seconds if wall is None else wall) * 1000
        self.page.evaluate(f"goesOn({on}, {seconds * 1000})")

    def beat(self) -> None:
        self.page.evaluate("beat()")

    @property
    def is_old(self) -> bool:
        return bool(self.page.evaluate("document.querySelector('main').matches('.is-stale')"))

    @property
    def lines(self) -> list[str]:
        """The addresses of all lines that were opened, and of those that are: an old one is closed."""
        asked = "lines.map((line) => line.readyState === 2 ? '' : line.address)"
        return list(self.page.evaluate(asked))


@pytest.fixture
def played(browser: Any) -> Iterator[Played]:
    page = browser.new_page()
    page.set_content(_PAGE)
    page.evaluate(_PLAYED)
    page.evaluate(files("edge.web").joinpath("static/console.js").read_text())
    yield Played(page)
    page.close()


def test_a_page_is_old_as_soon_as_nothing_was_heard_for_its_time(played: Played) -> None:
    played.goes_on(4.9)
    assert not played.is_old
    played.goes_on(0.2)
    assert played.is_old
    played.beat()
    assert not played.is_old


@pytest.mark.parametrize("leap", [HOUR, -HOUR, 24 * HOUR])
def test_a_clock_that_is_set_makes_no_page_old(played: Played, leap: int) -> None:
    played.goes_on(1)
    played.beat()
    played.goes_on(1, wall=1 + leap / 1000)
    assert not played.is_old
    played.goes_on(1)
    played.beat()
    for _ in range(4):
        played.goes_on(1)
        assert not played.is_old
    played.goes_on(1)
    assert played.is_old, "and one that hears nothing is old at its time"


def test_a_tablet_that_slept_with_its_clock_is_old_soon_and_asks_anew(played: Played) -> None:
    """Nobody hung up, and the clock that only goes forward stood still for the night."""
    played.goes_on(1)
    played.beat()
    played.goes_on(1, wall=8 * 3600)
    played.goes_on(3)
    assert played.is_old
    assert played.lines == ["", "/stream?last-event-id=7"]


def test_a_page_that_is_brought_back_whole_hears_again_from_where_it_was(played: Played) -> None:
    played.beat()
    shown = "dispatchEvent(new PageTransitionEvent('%s', {persisted: %s}))"
    played.page.evaluate(shown % ("pageshow", "false"))
    assert played.lines == ["/stream"]
    played.page.evaluate(shown % ("pagehide", "true"))
    assert played.lines == [""]
    played.page.evaluate(shown % ("pageshow", "true"))
    assert played.lines == ["", "/stream?last-event-id=7"]
    played.goes_on(4)
    assert not played.is_old
