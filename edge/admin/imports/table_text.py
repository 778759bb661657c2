"""A table in text (CSV): which encoding and which separator it uses, and its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from edge.admin.imports.cells import Cell
from edge.errors import RegistryError
from edge.support.foreign_text import decoded
from edge.support.phrases import Phrase, phrase

_SEPARATORS = (",", ";", "\t")


def text_table(
    data: bytes, where: str, columns: tuple[str, ...]
) -> tuple[Phrase, Iterator[tuple[int, list[Cell]]]]:
    """What kind of text `data` is, in words, and its rows, each with its line.

    The separator is the one by which the first line names most of `columns`. Raises RegistryError.
    """
    found = decoded(data)
    if found is None:
        raise RegistryError(
            phrase("not UTF-8, UTF-16 or GBK"), where=where, remedy=phrase("save it as CSV UTF-8")
        )
    first = next((line for line in io.StringIO(found.text) if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda one: _named(first, one, columns))
    return _kind_of(found.encoding, separator), _rows(found.text, separator, where)


def _kind_of(encoding: str, separator: str) -> Phrase:
    if separator == ",":
        return phrase("CSV, %(encoding)s, separated by commas", encoding=encoding)
    if separator == ";":
        return phrase("CSV, %(encoding)s, separated by semicolons", encoding=encoding)
    return phrase("CSV, %(encoding)s, separated by tabs", encoding=encoding)


def _named(line: str, separator: str, columns: tuple[str, ...]) -> int:
    """How many of `columns` a first line names, if `separator` separates them."""
    return sum(cell.strip(' "\r\n').lower() in columns for cell in line.split(separator))


def _rows(text: str, separator: str, where: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, [Cell(cell.strip()) for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise RegistryError(
            str(error),
            where=phrase("%(where)s, line %(line)s", where=where, line=line),
            remedy=phrase("is a quotation mark missing?"),
        ) from None
