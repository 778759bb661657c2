"""What the site's builder asks: links that leave the pages become words, and every page is listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_config(config: Any) -> Any:
    """Every page is in the contents: what mkdocs.yml names under no heading is under the last ones."""
    folder = Path(config["docs_dir"])
    named = set(_pages_in(config["nav"]))
    pages = sorted(page.relative_to(folder).as_posix() for page in folder.rglob("*.md"))
    rest = [page for page in pages if page not in named]
    decisions = [page for page in rest if page.startswith("decisions/")]
    config["nav"] += [
        {"Reference": [page for page in rest if page not in decisions]},
        {"Decisions": ["decisions/README.md", *(page for page in decisions if "README" not in page)]},
    ]
    return config


def _pages_in(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from _pages_in(part)


def on_page_markdown(markdown: str, page: Any, **_more: Any) -> str:
    """A link to a file of the repository that is no page is its path: the site has no copy of the code."""
    folder = PurePosixPath(page.file.src_uri).parent
    return _LINK.sub(lambda found: _within(found, folder), markdown)


def _within(found: re.Match[str], folder: PurePosixPath) -> str:
    whole, picture, text, target = found[0], found[1], found[2], found[3]
    if picture or "://" in target or target.startswith("#"):
        return whole
    path = _plain(folder / target.partition("#")[0])
    if not path.startswith("../") and not path.endswith((".json", ".py")):
        return whole
    named = path.removeprefix("../")
    return text if named in text else f"{text} (`{named}`)"


def _plain(path: PurePosixPath) -> str:
    """The path without the folders that it enters and leaves again."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
