"""Spreadsheets (XLSX, XLS, ODS), read by calamine in a child process.

Its decoder is native: a cell that claims to lie in the last row and column makes it ask for half a terabyte
and abort. So it works in a child with bounded memory and time; a file that kills the child is refused.

`python -m edge.admin.imports.workbooks` reads a file from standard input and writes one
Sheet to standard output.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from edge.admin.imports.cells import Cell, Made
from edge.errors import RegistryError
from edge.support.decoding import Undecodable, msgpack_of
from edge.support.isolated import isolated
from edge.support.phrases import Phrase, phrase

_MOST_MEMORY = 1 << 30
_MOST_SECONDS = 60.0
_MOST_DIGITS = 15
_LONGEST_WHY = 167
_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""A zip archive (XLSX, ODS) and Microsoft's compound file (XLS, and XLSX with a password)."""


class SheetFault(StrEnum):
    """Why nothing of a file can be read: the child says it by a code, for it reads a stranger's file."""

    PASSWORD = "password"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


class Sheet(msgspec.Struct, frozen=True):
    """The first sheet with anything in it: its rows from the first on, and the sheets that were not read; or
    its `fault`, and `why` by a library's words.
    """

    name: str = ""
    rows: list[list[Cell]] = []
    others: list[str] = []
    fault: SheetFault | None = None
    why: str = ""


def is_workbook(data: bytes) -> bool:
    return data.startswith(_SIGNATURES)


def read_workbook(data: bytes, where: str) -> Sheet:
    """The first sheet that has anything in it; raises RegistryError."""
    try:
        done = subprocess.run(
            isolated("edge.admin.imports.workbooks"),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_MOST_SECONDS,
            check=False,
        )
        sheet = msgpack_of(done.stdout, Sheet)
    except (subprocess.TimeoutExpired, Undecodable):
        raise _refused(phrase("not a workbook, or one that is too large"), where) from None
    if sheet.fault is not None:
        raise _refused(_said(sheet.fault, sheet.why), where)
    return sheet


def _said(fault: SheetFault, why: str) -> Phrase:
    match fault:
        case SheetFault.PASSWORD:
            return phrase("has a password")
        case SheetFault.EMPTY:
            return phrase("has no sheet with anything in it")
    return phrase("not a workbook that can be read: %(why)s", why=why)


def _refused(what: Phrase, where: str) -> RegistryError:
    remedy = phrase("remove what lies outside the table, or save it as CSV UTF-8")
    return RegistryError(what, where=where, remedy=remedy)


def main() -> None:
    """Read one workbook, as the child."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(msgspec.msgpack.encode(_sheet_of(sys.stdin.buffer.read())))


def _sheet_of(data: bytes) -> Sheet:
    import python_calamine  # noqa: PLC0415 - native, and for the child alone

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    except python_calamine.PasswordError:
        return Sheet(fault=SheetFault.PASSWORD)
    except Exception as error:  # noqa: BLE001 - whatever it says of a stranger's file
        return Sheet(fault=SheetFault.UNREADABLE, why=str(error)[:_LONGEST_WHY])
    filled = [sheet for sheet in sheets if sheet.height]
    if not filled:
        return Sheet(fault=SheetFault.EMPTY)
    rows = [[_cell(value) for value in row] for row in filled[0].iter_rows()]
    return Sheet(filled[0].name, rows, [sheet.name for sheet in filled[1:]])


def _cell(value: Any) -> Cell:
    """What a cell holds, and what the spreadsheet took it for."""
    match value:
        case bool():
            return Cell(str(value).upper(), Made.TRUTH)
        case int() | float():
            return _number(value)
        case datetime() | date() | time():
            return Cell(value.isoformat(), Made.MOMENT)
        case timedelta():
            return Cell(str(value), Made.SPAN)
    return Cell(str(value).strip())


def _number(value: float) -> Cell:
    if value != int(value):
        return Cell(repr(value), Made.REAL)
    whole = str(int(value))
    return Cell(whole, Made.LONG if len(whole.lstrip("-")) > _MOST_DIGITS else Made.WHOLE)


if __name__ == "__main__":
    main()
