"""Plans an import of address codes before anything changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from edge.support.phrases import Phrase, phrase
from sync.central.places.core.addresses import AddressFault, AddressKind, address_code, lies_in


@dataclass(frozen=True)
class AddressRow:
    """A line of a table: its number, and either its cells or why they cannot be used."""

    line: int
    building: str = ""
    unit: str = ""
    room: str = ""
    problem: Phrase | None = None


@dataclass(frozen=True)
class AddressProblem:
    """A line that cannot be used, and why; `column` is empty where the whole line is meant."""

    line: int
    column: str
    what: str | Phrase

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> Phrase:
        """All of it."""
        if self.column:
            column = phrase("column %(column)s: %(what)s", column=self.column, what=self.what)
            return phrase("line %(line)s, %(problem)s", line=self.line, problem=column)
        return phrase("line %(line)s: %(problem)s", line=self.line, problem=self.what)


@dataclass(frozen=True)
class AddressPlan:
    """What an import would do: codes that are new, those that these lie in and no line names, how many are
    known, and what is wrong.
    """

    named: tuple[str, ...]
    completed: tuple[str, ...]
    known: int
    problems: tuple[AddressProblem, ...]


def plan_addresses(rows: Iterable[AddressRow], held: Collection[str]) -> AddressPlan:
    """What these rows would change where the codes `held` are there."""
    lines: dict[str, int] = {}
    problems = []
    for row in rows:
        try:
            code = _code(row)
            if code in lines:
                kind = (
                    AddressKind.ROOM if row.room else AddressKind.UNIT if row.unit else AddressKind.BUILDING
                )
                raise _Wrong(
                    kind, phrase("%(code)s is in line %(line)s already", code=code, line=lines[code])
                )
            lines[code] = row.line
        except _Wrong as wrong:
            problems.append(AddressProblem(row.line, wrong.column, wrong.what))
        except AddressFault as fault:
            problems.append(AddressProblem(row.line, fault.kind, fault.what))
    named = [code for code in lines if code not in held]
    above = {code for name in named for code in lies_in(name)}
    completed = sorted(above.difference(held, lines))
    return AddressPlan(tuple(named), tuple(completed), len(lines) - len(named), tuple(problems))


class _Wrong(Exception):
    def __init__(self, column: str, what: str | Phrase) -> None:
        super().__init__(str(what))
        self.column = column
        self.what = what


def _code(row: AddressRow) -> str:
    if row.problem:
        raise _Wrong("", row.problem)
    if not (row.building or row.unit or row.room):
        raise _Wrong("building", phrase("is empty"))
    return address_code(row.building, row.unit, row.room)
