"""Reads a roster from a table, CSV or a workbook: a row a shift, each wrong cell named by line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from edge.admin.imports.tables import Row, table_in
from edge.support.phrases import Phrase, phrase
from sync.central.delivery.core import Recipient, Way, fault_of_address
from sync.central.dispatch.core import DutyShift, Roster
from sync.central.dispatch.rosters import Worker
from sync.central.store import StoreError

COLUMNS = ("code", "name", "place", "days", "start", "end", "language", "mail", "handle")
_NEEDED = ("code", "name", "place", "days", "start", "end")
MOST_ROWS = 2000
MOST_BYTES = 1024 * 1024
_LONGEST = 60
_DAYS = re.compile(r"[1-7](-[1-7])?(,[1-7](-[1-7])?)*")
_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(:00)?")

PlaceOf = Callable[[str], int]
"""The place that a text names, among those of who uploads. Raises StoreError."""


@dataclass(frozen=True)
class RosterProblem:
    """A cell that cannot be used, and why; `column` is empty where the whole line is meant."""

    line: int
    column: str
    what: str | Phrase


@dataclass(frozen=True)
class RosterList:
    """What a table says: each worker with their shifts, how many rows there were, and what is wrong."""

    rows: int
    workers: tuple[Worker, ...]
    problems: tuple[RosterProblem, ...]


class _Wrong(Exception):
    def __init__(self, column: str, what: str | Phrase) -> None:
        super().__init__(str(what))
        self.column, self.what = column, what


def read_roster(data: bytes, where: str, place_of: PlaceOf) -> RosterList:
    """Read a roster. Raises RegistryError where it is no table with these columns."""
    table = table_in(data, where, COLUMNS, _NEEDED)
    workers: dict[tuple[int, str], Worker] = {}
    problems, rows = [], 0
    for line, row in table.rows:
        rows += 1
        if rows > MOST_ROWS:
            problems.append(
                RosterProblem(line, "", phrase("has more than %(most)s rows: split the list", most=MOST_ROWS))
            )
            break
        try:
            found = _worker(row, place_of)
            _join(workers, found)
        except _Wrong as wrong:
            problems.append(RosterProblem(line, wrong.column, wrong.what))
    return RosterList(rows, tuple(workers.values()), tuple(problems))


def as_text(workers: tuple[Worker, ...]) -> str:
    """The same roster as CSV, which is read again when it is applied; places are #numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in workers:
        for shift in each.roster.shifts:
            days = ",".join(str(day + 1) for day in sorted(shift.days))
            times = (_shown(shift.start), _shown(shift.end))
            whose, told = (each.code, each.name), (each.language, each.mail, each.handle)
            writer.writerow((*whose, f"#{each.place}", days, *times, *told))
    return out.getvalue()


def shift_of(days: str, start: str, end: str) -> DutyShift:
    """The shift that texts say: 1-5 or 1,3,5 (1 is Monday), 06:00, 14:00. Raises StoreError."""
    try:
        return DutyShift(_days(days), _minute("start", start), _minute("end", end))
    except _Wrong as wrong:
        raise StoreError(
            phrase("%(column)s: %(what)s", column=wrong.column, what=wrong.what),
            remedy=phrase("nothing was changed"),
        ) from None


# --- inside --------------------------------------------------------------------------------


def _worker(row: Row, place_of: PlaceOf) -> Worker:
    if row.problem is not None:
        raise _Wrong("", row.problem)
    code, name = (_text(row, column) for column in ("code", "name"))
    language = row.get("language") or "zh"
    if language not in {"zh", "en"}:
        raise _Wrong("language", phrase("%(language)r is not zh or en", language=language))
    try:
        place = place_of(row["place"])
    except StoreError as error:
        raise _Wrong("place", error.said[0]) from None
    mail, handle = _address(row, "mail", Way.MAIL), _address(row, "handle", Way.WEBHOOK)
    shift = DutyShift(_days(row["days"]), _minute("start", row["start"]), _minute("end", row["end"]))
    return Worker(0, place, code, name, language, mail, handle, None, None, Roster((shift,)))


def _join(workers: dict[tuple[int, str], Worker], found: Worker) -> None:
    """One more shift of somebody, or their first. What else it says of them has to be the same."""
    key = (found.place, found.code)
    held = workers.get(key)
    if held is None:
        workers[key] = found
        return
    if replace(held, roster=found.roster) != found:
        raise _Wrong(
            "code",
            phrase("%(code)r is in an earlier line with another name, language or address", code=found.code),
        )
    workers[key] = replace(held, roster=Roster(held.roster.shifts + found.roster.shifts))


def _text(row: dict[str, str], column: str) -> str:
    text = " ".join(row[column].split())
    if not 1 <= len(text) <= _LONGEST or not text.isprintable():
        raise _Wrong(
            column,
            phrase(
                "has %(count)s characters, expected 1 to %(longest)s that can be seen",
                count=len(text),
                longest=_LONGEST,
            ),
        )
    return text


def _address(row: dict[str, str], column: str, way: Way) -> str:
    text = row.get(column, "").strip()
    if text and (fault := fault_of_address(Recipient(way, text))):
        raise _Wrong(column, fault)
    return text


def _days(text: str) -> frozenset[int]:
    plain = text.replace(" ", "").replace("，", ",").replace("–", "-")
    if not _DAYS.fullmatch(plain):
        raise _Wrong(
            "days", phrase("%(text)r are no days: write 1-5, or 1,3,5; 1 is Monday, 7 Sunday", text=text[:20])
        )
    found: set[int] = set()
    for part in plain.split(","):
        first, _, last = part.partition("-")
        if last and last < first:
            raise _Wrong("days", phrase("%(part)r ends before it begins", part=part))
        found |= {*range(int(first) - 1, int(last or first))}
    return frozenset(found)


def _minute(column: str, text: str) -> int:
    match = _TIME.fullmatch(text.strip())
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minute <= 24 * 60:
        raise _Wrong(column, phrase("%(text)r is no time: write 06:00", text=text[:20]))
    return minute % (24 * 60)


def _shown(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
