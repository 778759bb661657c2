"""The decisions: each is in the index, by its number and title, and a decision that is named is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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


def lacking(text: str) -> list[str]:
    """The parts that a decision has to have, and this one has not."""
    cost = "**Not taken.**" if "**Not taken.**" in text else "**Cost.**"
    return [part for part in ("**Context.**", "**Choice.**", cost) if part not in text]


def test_every_decision_says_what_was_chosen_and_at_what_cost() -> None:
    assert len(FILES) > 200
    assert not {file.name: found for file in FILES if (found := lacking(file.read_text()))}


def test_a_part_that_a_decision_lacks_is_noticed() -> None:
    assert lacking("# 0001: x\n**Context.** a **Choice.** b") == ["**Cost.**"]
    assert lacking("**Choice.** b **Not taken.** c") == ["**Context.**"]


def test_a_decision_that_is_named_is_there() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {name}"
        for file, text in texts()
        if ".md" in text or "ecision" in text
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
