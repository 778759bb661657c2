"""Reads a list of people, CSV or a workbook, into records to import and problems by row and column."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from edge.admin.imports.rows import subject_of
from edge.admin.imports.tables import Row, Table, column_of, table_in
from edge.decision import Subject
from edge.errors import RegistryError
from edge.support.escaping import escaped
from edge.support.phrases import Phrase, Said, advised, phrase
from sync.central.imports.core import (
    MOST_SHOWN,
    SITE_ADMIN_FIELDS,
    Incoming,
    ProblemKind,
    SaidProblem,
    kind_of,
    letter_of,
    objection,
    offered,
)

_MAY_BE_EMPTY = frozenset({"valid_from", "valid_until"})
"""Columns whose empty cell is a value (no limit); in others it is no value."""
_SOURCE = "central"

Fixes = Collection[tuple[int, str]]
"""The offers that were taken, each by its line and column."""


@dataclass(frozen=True)
class PeopleList:
    """A list of people as it was read: what kind of file it is, and each good row as a record to import.

    `lines` says which line brought a subject, `letters` how a column is called in a spreadsheet, and `where`
    which file it is.
    """

    kind: Phrase
    rows: int
    incoming: tuple[Incoming, ...]
    lines: dict[str, int]
    problems: tuple[SaidProblem, ...]
    where: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)


def read_list(data: bytes, where: str, zone: ZoneInfo, fixes: Fixes = ()) -> PeopleList:
    """Read a list; times without a zone are in `zone`. Raises RegistryError if it is no list of people.

    A row sets the columns that the list has. Photographs are refused: a site's administration makes
    templates.
    """
    return _Reader(table_in(data, where), where, zone, frozenset(fixes)).read()


class _Reader:
    def __init__(self, table: Table, where: str, zone: ZoneInfo, fixes: frozenset[tuple[int, str]]) -> None:
        self._table = table
        self._where = where
        self._zone = zone
        self._fixes = fixes
        self._fixed_lines = {line for line, _ in fixes}
        self._letters = {name: letter_of(number) for number, name in enumerate(table.columns)}

    def read(self) -> PeopleList:
        incoming: list[Incoming] = []
        lines: dict[str, int] = {}
        problems: list[SaidProblem] = []
        rows = 0
        for line, written in self._table.rows:
            rows += 1
            row = self._fixed(line, written) if line in self._fixed_lines else written
            record, wrong = self._checked(line, row)
            if record is not None and record.id in lines:
                wrong = (self._repeated(line, record.id, lines[record.id]),)
            if record is None or wrong:
                problems += wrong
                continue
            lines[record.id] = line
            fields = SITE_ADMIN_FIELDS & {name for name, cell in row.items() if cell or name in _MAY_BE_EMPTY}
            incoming.append(Incoming(record, fields, counted=False))
        return PeopleList(
            self._table.kind, rows, tuple(incoming), lines, tuple(problems), self._where, self._letters
        )

    def _fixed(self, line: int, row: Row) -> Row:
        fixes = {
            column: offered(column, text) for column, text in row.items() if (line, column) in self._fixes
        }
        return row.but(**{column: text for column, text in fixes.items() if text})

    def _checked(self, line: int, row: Row) -> tuple[Subject | None, tuple[SaidProblem, ...]]:
        """The record of a row, or every cell of it that is wrong."""
        objections = tuple(self._objections(line, row))
        try:
            if row.get("photos"):
                raise RegistryError(
                    phrase("column photos: photographs cannot be imported here"),
                    remedy=phrase("enrol at the site's administration"),
                )
            record = subject_of(row, self._local_time, _SOURCE)
        except RegistryError:
            return None, (*self._unreadable(line, row), *objections)
        return record, objections

    def _objections(self, line: int, row: Row) -> Iterator[SaidProblem]:
        for column in ("id", "name", "address", "groups"):
            found = objection(column, row.get(column, ""))
            if found is not None:
                yield self._problem(line, column, row[column], found[0], found[1])

    def _unreadable(self, line: int, row: Row) -> Iterator[SaidProblem]:
        """Each cell that cannot be read: one after the other is taken out until the rest can."""
        left = row.but()
        for _ in range(len(row) + 1):
            try:
                if left.pop("photos", ""):
                    raise RegistryError(phrase("column photos: photographs cannot be imported here"))
                subject_of(left, self._local_time, _SOURCE)
            except RegistryError as error:
                column = column_of(error)
                yield self._problem(
                    line, column, row.get(column, ""), kind_of(column, error.what), advised(*error.said)
                )
                if column not in left and left.problem is None:
                    return
                left.problem = None
                left[column] = "x" if column == "id" else ""
            else:
                return

    def _repeated(self, line: int, identity: str, first: int) -> SaidProblem:
        detail = phrase(
            "column id: %(identity)r is in line %(first)s already", identity=identity, first=first
        )
        return self._problem(line, "id", identity, ProblemKind.REPEATED, detail)

    def _problem(self, line: int, column: str, text: str, kind: ProblemKind, what: Said) -> SaidProblem:
        letter = self._letters.get(column, "")
        offer = self._offer(column, text, kind)
        shown, detail = text[:MOST_SHOWN], escaped(str(what))
        return SaidProblem(self._where, line, column, letter, shown, kind, detail, offer, what)

    def _offer(self, column: str, text: str, kind: ProblemKind) -> str | None:
        """What is offered in place of a cell, if the list could be read with it."""
        if kind in {ProblemKind.FORMULA, ProblemKind.MARKUP, ProblemKind.REPEATED, ProblemKind.ORDER}:
            return None
        meant = offered(column, text) if column else None
        if meant is None or objection(column, meant) is not None:
            return None
        try:
            subject_of(Row({"id": "x", column: meant}), self._local_time, _SOURCE)
        except RegistryError:
            return None
        return meant

    def _local_time(self, instant: datetime) -> datetime:
        return (instant if instant.tzinfo else instant.replace(tzinfo=self._zone)).astimezone(UTC)
