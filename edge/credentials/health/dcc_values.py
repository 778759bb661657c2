"""Parses dates, instants and numbers as certificates write them, into values that are always valid.

Lenient where the EU's own notes on its specimens are (a date with a time of day, in part or with blanks; a
time without seconds; a number of doses as a float), and nowhere else. Each `of` raises ValueError, whose
text omits the value: it goes into the journal, and a date of birth must not.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

EARLIEST_YEAR: Final = 1820
"""Of birth: the oldest person ever known was born in 1875. The EU's specimens of what is wrong have 1815."""

LATEST_YEAR: Final = 2199

_TIME_OF_DAY = r"[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))? ?(Z|[+-]\d\d(?::?\d\d)?)?"
_UNKNOWN = {"00", "XX"}
"""How identity documents write an unknown month or day (ICAO 9303, part 3)."""
_DATE = re.compile(rf"(\d{{4}})(?:-(\d\d|XX)(?:-(\d\d|XX)(?:{_TIME_OF_DAY})?)?)?", re.ASCII)
_MOMENT = re.compile(rf"(\d{{4}}-\d\d-\d\d)(?:{_TIME_OF_DAY})?", re.ASCII)


class PartialDate(str):
    """A date of which the day, or day and month, may be unknown: "1964", "1964-01" or "1964-01-31"."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> PartialDate:
        """The date that `value` writes; a time of day is left out."""
        match = _DATE.fullmatch(_text(value))
        if match is None:
            raise ValueError("not a date")
        known = [part for part in match.group(1, 2, 3) if part is not None and part not in _UNKNOWN]
        if match[3] is not None and match[3] not in _UNKNOWN and len(known) < 3:
            raise ValueError("a day without its month")
        found = cls("-".join(known))
        if not EARLIEST_YEAR <= int(known[0]) <= LATEST_YEAR:
            raise ValueError(f"a date outside {EARLIEST_YEAR} to {LATEST_YEAR}")
        try:
            _ = found.first, found.last
        except ValueError:
            raise ValueError("a date that is not in any calendar") from None
        return found

    @property
    def first(self) -> date:
        """The earliest day that it can mean."""
        year, month, day = self._parts()
        return date(year, month or 1, day or 1)

    @property
    def last(self) -> date:
        """The latest day that it can mean."""
        year, month, day = self._parts()
        if day:
            return date(year, month, day)
        following = date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
        return date.fromordinal(following.toordinal() - 1)

    def _parts(self) -> tuple[int, int, int]:
        year, month, day = [*map(int, self.split("-")), 0, 0][:3]
        return year, month, day


class DccTime(datetime):
    """An instant in UTC."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> DccTime:
        """The instant that `value` writes: without a zone in UTC, without a time of day its day's first."""
        match = _MOMENT.fullmatch(_text(value))
        if match is None:
            raise ValueError("not a date and time")
        day, minutes, seconds, fraction, zone = match.groups()
        written = f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}{zone or 'Z'}"
        try:
            found = datetime.fromisoformat(written).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError("a time that is not in any calendar") from None
        if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            raise ValueError(f"a time outside {EARLIEST_YEAR} to {LATEST_YEAR}")
        return cls.fromtimestamp(found.timestamp(), UTC)


class Dose(int):
    """A whole number of doses, from 0."""

    @classmethod
    def of(cls, value: Any) -> Dose:
        """The number that `value` is, which some countries write as 2.0."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("not a number of doses")  # noqa: TRY004 - one error for all of them
        if value < 0 or value != value // 1 or value == float("inf"):
            raise ValueError("not a whole number of doses")
        return cls(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - one error for all of them
    return value.strip().upper()


def parse_value(kind: type, value: Any) -> Any:
    """`value` as one of the kinds above: msgspec's hook for types that it does not know."""
    if issubclass(kind, PartialDate | DccTime | Dose):
        return kind.of(value)
    raise NotImplementedError(kind.__name__)
