"""What the built site promises, in a real browser: nothing from elsewhere, and a search that finds.

.venv/bin/python -m tests.site.check build/site
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import launched

FROM_ELSEWHERE = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+"
)
FINDS = {
    "watchdog": "0046",
    "relay_close": "wiring.html",
    "i2cdetect": "wiring.html",
    "read-only root": "sd-card.html",
    "impact assessment": "privacy.html",
    "摄像头": "zh/quick-start.html",
}
"""A question, and a page that answers it."""


def main() -> None:
    site = Path(sys.argv[1]).resolve()
    pages = sorted(site.rglob("*.html"))
    foreign = [f"{page.relative_to(site)}: {found}" for page in pages for found in taken_from_elsewhere(page)]
    with sync_playwright() as driver:
        browser = launched(driver)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        lost = [question for question, where in FINDS.items() if not found(page, site, question, where)]
        browser.close()
    foreign += [address for address in asked if not address.startswith(("file:", "blob:", "data:", "about:"))]
    for problem in (*foreign, *(f"the search does not find: {question}" for question in lost)):
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"{len(pages)} pages, {len(FINDS)} questions\n")
    sys.exit(bool(foreign or lost))


def taken_from_elsewhere(page: Path) -> list[str]:
    """The parts of a page that a browser would fetch from another place."""
    return FROM_ELSEWHERE.findall(page.read_text())


def found(page: Page, site: Path, question: str, where: str) -> bool:
    """Whether the search leads from `question` to a page whose address has `where`."""
    page.goto(f"{(site / 'index.html').as_uri()}?q={question}")
    try:
        link = f'a.md-search-result__link[href*="{where}"]'
        page.wait_for_selector(link, state="attached", timeout=20_000)
    except Exception as error:  # noqa: BLE001 - whatever the browser says, it was not found
        sys.stderr.write(f"{question}: {error}\n")
        return False
    return True


if __name__ == "__main__":
    main()
