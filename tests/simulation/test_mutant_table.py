"""A mutant is found by what is wrong with it and right without it; the table says after how many seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.mutant_table import BEGIN, END, Row, mutant_table, write_table
from tests.simulation.mutants import Mutant
from tests.simulation.plan import Fault, Plan
from tests.simulation.players import Players
from tests.simulation.run import Drawing


def appends_late(found: object) -> object:
    """Append after
    the relay.
    """
    return found


def broken(faults: str, *checkers: str) -> Mutant:
    """A mutant that the scripted world is said to have found: by a checker of the same name."""
    return Mutant("edge.journal.store:Journal.append", appends_late, checkers, faults)


def plans(faults: str) -> Iterator[Plan]:
    return map(Drawing(6.0, faults).plan, range(1, 9))


def row_of(mutant: Mutant) -> Row:
    said: list[str] = []
    with Players(1, "tests.simulation.scripted:play") as players:
        [row] = mutant_table([mutant], plans, players, said.append)
    assert said == [row.markdown()]
    return row


def first_with(fault: Fault, faults: str) -> int:
    having = [fault in {event.fault for event in plan.faults} for plan in plans(faults)]
    return having.index(True) + 1


def test_a_mutant_is_found_in_the_first_world_that_shows_it() -> None:
    row = row_of(broken("network", "appends_late"))
    seeds = first_with(Fault.LINK_LOST, "network")
    assert row == Row(
        "appends_late", "Append after the relay.", "network", seeds, ("appends_late",), expected=True
    )
    assert row.markdown() == (
        f"| `appends_late` | Append after the relay. | `network` | {seeds} | appends_late |"
    )


def test_a_mutant_that_no_world_shows_is_not_found() -> None:
    row = row_of(broken("calm", "appends_late"))
    assert row.seeds is None
    assert row.markdown() == "| `appends_late` | Append after the relay. | `calm` | not found |  |"


def test_what_is_wrong_without_the_mutant_too_finds_none() -> None:
    """Of the cards' faults the scripted world breaks a promise by itself."""
    row = row_of(broken("cards", "nothing-lost"))
    assert row.seeds is None


def test_another_checker_than_was_expected_is_said() -> None:
    row = row_of(broken("network", "nothing-lost"))
    assert row.markdown().endswith("appends_late (others were expected) |")


@pytest.mark.parametrize("before", ["", "\n\n| old | table |\n\n"])
def test_the_table_stands_between_its_marks(tmp_path: Path, before: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Simulation\n\n{BEGIN}{before}{END}\n\nMore.\n")
    write_table(
        page, [Row("appends_late", "Too late.", "network", 3, ("nothing-lost",), expected=True)], print
    )
    assert page.read_text() == (
        f"# Simulation\n\n{BEGIN}\n\n| mutant | what it does | faults | seeds | found by |\n"
        "|---|---|---|---|---|\n"
        f"| `appends_late` | Too late. | `network` | 3 | nothing-lost |\n\n{END}\n\nMore.\n"
    )


def test_a_page_without_marks_is_left_alone_and_named(tmp_path: Path) -> None:
    said: list[str] = []
    write_table(tmp_path / "page.md", [], said.append)
    assert "the table is not written there" in said[0]
