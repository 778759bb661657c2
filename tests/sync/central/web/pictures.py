"""Makes the pictures of the console that stand in the documentation, of the demo's street and its last day:

python -m tests.sync.central.web.pictures [NAME …]
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from playwright.sync_api import sync_playwright

from sync.central.demo.playing import play_centre
from tests.chromium import launched
from tests.pictures import FOLDER, keep
from tests.ports import free_port

SITES = 24
_STARTED = 600.0
"""Seconds in which the street has lived its day."""


@dataclass(frozen=True)
class Picture:
    """A page of the console, as somebody sees it who opens it; `until` is there when it is whole."""

    name: str
    address: str
    width: int = 1440
    height: int = 900
    theme: str = "light"
    language: str = "en"
    follow: str = ""
    """A link on the page that is followed first."""
    until: str = "main"


PICTURES = (
    Picture("console-overview", "/overview", language="zh-CN", until=".chart canvas"),
    Picture("console-gates", "/gates", theme="dark"),
    Picture("console-phone", "/overview", width=390, height=844, theme="dark"),
    Picture("console-flow", "/flow", theme="dark", until="svg"),
    Picture("console-alarms", "/alarms"),
    Picture("console-dispatch", "/dispatch", language="zh-CN"),
    Picture("console-report", "/reports", follow="main table a[href^='/reports/']", height=1400),
)


def make_pictures(browser: Any, link: str, address: str, names: frozenset[str] = frozenset()) -> None:
    """Write the pictures of these names (none: every one); `link` signs in once."""
    opened = browser.new_context(base_url=address)
    page = opened.new_page()
    page.goto(link)
    page.click("main button.first")
    page.wait_for_url("**/account")
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        seen = browser.new_context(
            base_url=address,
            locale=picture.language,
            color_scheme=picture.theme,
            viewport={"width": picture.width, "height": picture.height},
            storage_state=opened.storage_state(),
        )
        page = seen.new_page()
        page.goto(picture.address, wait_until="load")
        if picture.follow:
            page.locator(picture.follow).first.click()
        page.locator(picture.until).first.wait_for()
        keep(page.screenshot(), picture.name)
        seen.close()


def main() -> None:
    """Make the pictures that the command line names, or every one."""
    FOLDER.mkdir(exist_ok=True)
    said: Queue[str] = Queue()
    stop, port = Event(), free_port()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        playing = Thread(target=play_centre, args=(folder / "centre", SITES, port, stop, said.put))
        playing.start()
        opened.callback(playing.join)
        opened.callback(stop.set)
        link = _link(said)
        driver = opened.enter_context(sync_playwright())
        browser = launched(driver)
        opened.callback(browser.close)
        make_pictures(browser, link, f"http://127.0.0.1:{port}", frozenset(sys.argv[1:]))


def _link(said: Queue[str]) -> str:
    """The link that signs in, once the demo says it."""
    while True:
        line = said.get(timeout=_STARTED)
        if "/sign-in/link/" in line:
            return line.rpartition(" ")[2]


if __name__ == "__main__":
    main()
