"""The decisions: each is in the index, by its number and title, and a decision that is named is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "decisions"
FILES = sorted(FOLDER.glob("[0-9]*.md"))
NUMBERS = {file.name[:4] for file in FILES}


def title_of(file: Path) -> str:
    heading = file.read_text().partition("\n")[0]
    found = re.fullmatch(r"# (\d{4}): (.+)", heading)
    assert found is not None, f"{file.name} begins with {heading!r}, not with '# NUMBER: title'"
    assert found[1] == file.name[:4], f"{file.name} calls itself {found[1]}"
    return found[2]


def rows() -> list[str]:
    return [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| [")]


def texts() -> Iterator[tuple[Path, str]]:
    """Every page and every module, with what it says."""
    yield from ((file, file.read_text()) for file in ROOT.glob("*.md"))
    for folder in ("docs", "edge", "sync", "models", "tests"):
        for suffix in ("md", "py"):
            yield from ((file, file.read_text()) for file in (ROOT / folder).rglob(f"*.{suffix}"))


def test_the_index_lists_every_decision_in_order() -> None:
    assert rows() == [f"| [{file.name[:4]}]({file.name}) | {title_of(file)} |" for file in FILES]


def test_no_number_is_given_twice() -> None:
    assert len(NUMBERS) == len(FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_decision_says_what_was_chosen_and_at_what_cost(file: Path) -> None:
    text = file.read_text()
    assert "**Context.**" in text
    assert "**Choice.**" in text
    assert "**Cost.**" in text or "**Not taken.**" in text


def test_a_decision_that_is_named_is_there() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {name}"
        for file, text in texts()
        for name in (
            *re.findall(r"\b(\d{4}-[a-z][a-z0-9-]+)\.md", text),
            *(
                number
                for some in re.findall(r"\b[Dd]ecisions? (\d{4}(?:, \d{4})*)", text)
                for number in some.split(", ")
            ),
        )
        if not (name in NUMBERS or (FOLDER / f"{name}.md").exists())
    ]
    assert not missing


def test_the_numbers_have_no_holes() -> None:
    assert sorted(NUMBERS) == [f"{number:04}" for number in range(1, len(FILES) + 1)]
