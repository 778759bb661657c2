"""Makes the pictures of docs/console.md from the town: `python -m tests.sync.central.web.pictures`."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from sync.central.store import migrate_store, open_store
from tests.chromium import launched
from tests.conftest import REPOSITORY
from tests.sync.central.web.conftest import console_over
from tests.sync.central.web.town import fill_town

FOLDER = REPOSITORY / "docs" / "pictures"
_COLOURS = 64


@dataclass(frozen=True)
class Picture:
    """A page as it is pictured."""

    name: str
    address: str
    width: int = 1280
    height: int = 800
    theme: str = "light"
    language: str = "en"


PICTURES = (
    Picture("console-overview", "/overview", language="zh-CN"),
    Picture("console-gates", "/gates", theme="dark"),
    Picture("console-phone", "/overview", width=360, height=700, theme="dark"),
)


def make_pictures(console: Any, browser: Any, folder: Path) -> None:
    """Write every picture into `folder`, in few colours."""
    for picture in PICTURES:
        page = console.page(
            browser,
            locale=picture.language,
            color_scheme=picture.theme,
            viewport={"width": picture.width, "height": picture.height},
        )
        page.goto(picture.address, wait_until="load")
        seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        seen.quantize(_COLOURS).save(folder / f"{picture.name}.png", optimize=True)


def main() -> None:
    """Make the pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as name, sync_playwright() as driver:
        url = f"sqlite:///{name}/central.sqlite"
        migrate_store(url)
        browser = launched(driver)
        with closing(open_store(url)) as store:
            fill_town(store)
            with console_over(store) as console:
                make_pictures(console, browser, FOLDER)
        browser.close()


if __name__ == "__main__":
    main()
