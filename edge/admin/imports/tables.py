"""Reads tables of subjects, and of their groups, row by row, whatever program wrote them, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from edge.admin.imports.cells import Cell, Made
from edge.admin.imports.table_text import text_table
from edge.admin.imports.workbooks import is_workbook, read_workbook
from edge.errors import RegistryError
from edge.support.escaping import escaped
from edge.support.phrases import Phrase, phrase

COLUMNS = ("id", "name", "address", "groups", "status", "valid_from", "valid_until", "language", "photos")
_MOMENTS = frozenset({"valid_from", "valid_until"})

_MOST_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 200_000

_Read = TypeVar("_Read")
Rows = Iterator[tuple[int, list[Cell]]]


class Row(dict[str, str]):
    """The cells of a row as text by column. `problem`: why they are not what was meant; None: they are."""

    problem: Phrase | None = None

    def but(self, **cells: str) -> Row:
        """The same with other cells."""
        made = Row(self, **cells)
        made.problem = self.problem
        return made


@dataclass(frozen=True)
class Table:
    """A table's kind, in words, its columns in order, and its rows, each with its line."""

    kind: Phrase
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Row]]


def read_table(file: Path, columns: tuple[str, ...] = COLUMNS, needed: tuple[str, ...] = ("id",)) -> Table:
    """The table in `file`, CSV or a workbook, with no column but `columns` and all of `needed`.

    By default a table of subjects. Raises RegistryError for any other file.
    """
    return table_in(bytes_of(file), str(file), columns, needed)


def table_in(
    data: bytes, where: str, columns: tuple[str, ...] = COLUMNS, needed: tuple[str, ...] = ("id",)
) -> Table:
    """As `read_table`, of a file's bytes; `where` is what an error calls it."""
    if is_workbook(data):
        sheet = read_workbook(data, where)
        kind = phrase("workbook, sheet %(name)s", name=escaped(sheet.name))
        if sheet.others:
            others = escaped(", ".join(sheet.others))
            kind = phrase("%(kind)s; not read: %(others)s", kind=kind, others=others)
        rows: Rows = iter(enumerate(sheet.rows, start=1))
    else:
        kind, rows = text_table(data, where, columns)
    filled = ((line, cells) for line, cells in rows if any(cell.text for cell in cells))
    header = _header(filled, where, columns, needed)
    return Table(kind, tuple(header), _named(filled, header, where))


def bytes_of(file: Path) -> bytes:
    """The whole of a table's file; raises RegistryError where it is too large."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(file)) from None
    if len(data) > _MOST_BYTES:
        raise RegistryError(phrase("larger than %(most)s bytes", most=_MOST_BYTES), where=str(file))
    return data


def in_column(column: str, read: Callable[[str], _Read], text: str) -> _Read:
    """What `read` makes of a cell's text; its RegistryError names the column."""
    try:
        return read(text)
    except RegistryError as error:
        raise RegistryError(
            phrase("column %(column)s: %(what)s", column=column, what=error.said[0]), remedy=error.said[2]
        ) from None


_OF_A_COLUMN = re.compile(r"column ([a-z_]+): .*", re.DOTALL)


def column_of(error: RegistryError) -> str:
    """The column that an error about a row names; "" where it names none."""
    found = _OF_A_COLUMN.fullmatch(error.what)
    return "" if found is None else found[1]


def plain(text: str) -> str:
    """`text` itself; raises RegistryError where a person could not read it."""
    if not text.isprintable():
        raise RegistryError(
            phrase("%(text)r has characters that cannot be printed", text=text),
            remedy=phrase("enter it anew"),
        )
    return text


def _header(rows: Rows, where: str, columns: tuple[str, ...], needed: tuple[str, ...]) -> list[str]:
    """The names of the columns, as the first filled row gives them; raises RegistryError."""
    names = [cell.text.lower() for _, cells in islice(rows, 1) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not set(needed) <= set(names) <= set(columns):
        remedy = phrase(
            "the first line names them: %(columns)s; needed: %(needed)s",
            columns=", ".join(columns),
            needed=", ".join(needed),
        )
        unnamed = phrase("has columns without names")
        named = phrase("has columns %(names)s", names=", ".join(names))
        raise RegistryError(named if names else unnamed, where=where, remedy=remedy)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RegistryError(
            phrase("has columns twice: %(twice)s", twice=", ".join(twice)),
            where=where,
            remedy=phrase("remove or rename one of them"),
        )
    return names


def _named(rows: Rows, header: list[str], where: str) -> Iterator[tuple[int, Row]]:
    for number, (line, cells) in enumerate(rows):
        if number >= _MOST_ROWS:
            raise RegistryError(phrase("has more than %(most)s rows", most=_MOST_ROWS), where=where)
        yield line, _row(cells, header)


def _row(cells: list[Cell], header: list[str]) -> Row:
    """The cells by column, and why they are not what was meant, if so."""
    row = Row((name, cell.text) for name, cell in zip(header, cells, strict=False))
    surplus = [cell.text for cell in cells[len(header) :] if cell.text]
    if surplus:
        row.problem = phrase(
            "has %(cells)s cells for %(columns)s columns, the last of them %(last)r: "
            "put quotation marks around what holds the separator",
            cells=len(cells),
            columns=len(header),
            last=surplus[-1],
        )
    for name, cell in zip(header, cells, strict=False):
        if cell.text and not _is_meant(name, cell.made):
            row.problem = phrase(
                "column %(column)s: %(text)r is %(made)s: format the column as text",
                column=name,
                text=cell.text,
                made=cell.made,
            )
    return row


def _is_meant(column: str, made: Made) -> bool:
    """Whether a spreadsheet's kind of value can stand in `column` without having been changed by it."""
    if column in _MOMENTS:
        return made in {Made.TEXT, Made.MOMENT}
    return made in {Made.TEXT, Made.WHOLE}
