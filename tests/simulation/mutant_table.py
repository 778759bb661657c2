"""After how many seeds each mutant is found, and by whom: a table for docs/simulation.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.mutants import Mutant
from tests.simulation.plan import Plan
from tests.simulation.players import Players
from tests.simulation.report import Say
from tests.simulation.result import Result

BEGIN, END = "<!-- mutants: python -m tests.simulation --mutants -->", "<!-- end of mutants -->"


@dataclass(frozen=True)
class Row:
    """`seeds` is how many worlds it took, None: more than were played. `by` are those who found it."""

    name: str
    says: str
    faults: str
    seeds: int | None
    by: tuple[str, ...]
    expected: bool

    def markdown(self) -> str:
        surprise = "" if self.expected or self.seeds is None else " (others were expected)"
        found = "not found" if self.seeds is None else str(self.seeds)
        return f"| `{self.name}` | {self.says} | `{self.faults}` | {found} | {', '.join(self.by)}{surprise} |"


def mutant_table(
    mutants: Iterable[Mutant], plans: Callable[[str], Iterable[Plan]], players: Players, say: Say
) -> Iterator[Row]:
    """A row for each mutant: the worlds of its preset are played with it until a checker finds something that
    it does not find in the same world without it.
    """
    sound: dict[tuple[str, int], frozenset[str]] = {}
    for mutant in mutants:
        row = _row(mutant, plans(mutant.faults), players, sound)
        say(row.markdown())
        yield row


def _row(
    mutant: Mutant,
    plans: Iterable[Plan],
    players: Players,
    sound: dict[tuple[str, int], frozenset[str]],
) -> Row:
    for number, (plan, outcome) in enumerate(players.each(plans, (mutant.name,)), start=1):
        found = _finders(outcome.result)
        key = mutant.faults, plan.seed
        if found and key not in sound:
            sound[key] = _finders(players.one(plan).result)
        if new := found - sound.get(key, frozenset()):
            expected = bool(new & {*mutant.checkers})
            return Row(
                mutant.name, one_line(mutant.says), mutant.faults, number, tuple(sorted(new)), expected
            )
    return Row(mutant.name, one_line(mutant.says), mutant.faults, None, (), expected=False)


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _finders(result: Result) -> frozenset[str]:
    return frozenset(violation.checker for violation in result.violations)


def write_table(page: Path, rows: Sequence[Row], say: Say) -> None:
    """Put the table between its marks in the page."""
    lines = [
        "| mutant | what it does | faults | seeds | found by |",
        "|---|---|---|---|---|",
        *(row.markdown() for row in rows),
    ]
    text = page.read_text() if page.exists() else ""
    if BEGIN not in text or END not in text:
        say(f"{page} has no marks {BEGIN!r} and {END!r}: the table is not written there")
        return
    table = "\n".join([BEGIN, "", *lines, "", END])
    page.write_text(re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: table, text, flags=re.DOTALL))
