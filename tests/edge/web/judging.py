"""Judges a page that is open in a browser: what axe finds, whether it is wider than the screen, or a tab is
broken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

AXE = (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_BROKEN_TABS = """() => [...document.querySelectorAll('.tabs a')].filter((tab) => {
  const text = document.createRange();
  text.selectNodeContents(tab);
  return new Set([...text.getClientRects()].map((part) => Math.round(part.top))).size > 1;
}).map((tab) => tab.textContent)"""


_CUT_OFF = """() => [...document.querySelectorAll('.card.flush table')].filter((table) => {
  return table.offsetParent && table.scrollWidth > table.closest('.card').clientWidth + 1;
}).map((table) => table.textContent.trim().split(/\\s+/, 3).join(' '))"""
"""The tables of which a part is behind the edge of their card."""


_LAID_OUT = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Charts follow the window's width in the frame after."""


def findings(page: Any) -> list[str]:
    """What axe finds serious or critical: the rule, and the first thing that it is about."""
    result = page.evaluate(
        "(tags) => axe.run(document, {runOnly: tags, resultTypes: ['violations'], iframes: false})", RULES
    )
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:120]}"
        for item in result["violations"]
        if item["impact"] in {"serious", "critical"}
    ]


def judged(page: Any, seen: Sequence[tuple[int, str]], *, axe_at: int | None = None) -> list[str]:
    """What is wrong with the page at each width, in each theme; axe judges each, or the one of the number
    `axe_at` alone.
    """
    page.evaluate(AXE)
    wrong = []
    for number, (width, theme) in enumerate(seen):
        page.emulate_media(color_scheme=theme)
        wrong += misfits(page, width)
        if axe_at in {None, number}:
            wrong += [f"{width} {theme}: {item}" for item in findings(page)]
    return wrong


def misfits(page: Any, width: int) -> list[str]:
    """What does not fit in a window of this `width` in px."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(_LAID_OUT)
    broad = page.evaluate("document.documentElement.scrollWidth")
    wrong = [f"{width}: {broad} px wide"] if broad > width else []
    wrong += [f"{width}: the tab {tab} is broken into lines" for tab in page.evaluate(_BROKEN_TABS)]
    return wrong + [f"{width}: the table {table} is cut off" for table in page.evaluate(_CUT_OFF)]
