"""What the site's builder does with links: those to pages stay, those to the code become its path."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.site.check import taken_from_elsewhere
from tests.site.hooks import on_config, on_page_markdown


@pytest.mark.parametrize(
    ("page", "link", "becomes"),
    [
        ("lane.md", "[wiring](wiring.md#beams)", "[wiring](wiring.md#beams)"),
        ("lane.md", "![lane](pictures/lane.png)", "![lane](pictures/lane.png)"),
        ("lane.md", "[tables](../sync/central/tables.py)", "tables (`sync/central/tables.py`)"),
        ("lane.md", "[`edge/gate.py`](../edge/gate.py)", "`edge/gate.py`"),
        ("zh/quick-start.md", "[wiring](../wiring.md)", "[wiring](../wiring.md)"),
        ("decisions/0001-x.md", "[readme](../../README.md)", "readme (`README.md`)"),
        ("vectors/README.md", "[passes](passes.json)", "passes (`vectors/passes.json`)"),
        ("lane.md", "[there](https://example.org/x.py)", "[there](https://example.org/x.py)"),
        ("lane.md", "[below](#beams)", "[below](#beams)"),
    ],
)
def test_a_link_that_leaves_the_pages_becomes_a_path(page: str, link: str, becomes: str) -> None:
    assert (
        on_page_markdown(f"See {link}.", SimpleNamespace(file=SimpleNamespace(src_uri=page)))
        == f"See {becomes}."
    )


def test_a_page_that_nobody_listed_is_in_the_contents_once(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    for name in ("index.md", "new.md", "decisions/README.md", "decisions/0001-x.md"):
        (tmp_path / name).write_text("# x")
    config = on_config({"docs_dir": str(tmp_path), "nav": [{"Guides": ["index.md"]}]})
    assert config["nav"] == [
        {"Guides": ["index.md"]},
        {"Reference": ["new.md"]},
        {"Decisions": ["decisions/README.md", "decisions/0001-x.md"]},
    ]


def test_what_a_browser_would_fetch_elsewhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    page.write_text('<script src="https://cdn.example/x.js"></script><a href="https://example.org">x</a>')
    assert len(taken_from_elsewhere(page)) == 1
