"""The shift: who minds the gate, from when to when; it begins, is handed over, and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form, Query
from starlette.responses import Response

from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.errors import GatepostError
from edge.signing.cose import instant
from edge.staff.core import Right
from edge.staff.protocol.sessions import BeginShift, EndShift
from edge.web.security import local_address

PAGES = ConsolePages()
_USUAL_ENDS = (0, 8, 16)
"""Hours at which shifts usually end."""
_AT_LEAST = timedelta(hours=2)


@PAGES.get("/shift", right=Right.OWN)
def shift_page(visit: VisitOf, next_: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    return visit.page(
        "staff/shift.html",
        title=visit.gettext("Shift"),
        tab="/gate",
        next=local_address(next_),
        until=f"{_usual_end(_local_now(visit)):%H:%M}",
    )


@PAGES.post("/shift/begin", right=Right.LET_IN, body=4096)
def begin(
    visit: VisitOf,
    until: Annotated[str, Form(max_length=8)] = "",
    next_: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Begin the own shift, or take over."""
    visit.ask(BeginShift(_next_time(until, _local_now(visit))))
    return visit.go(local_address(next_))


@PAGES.post("/shift/end", right=Right.OWN, body=4096)
def end(visit: VisitOf) -> Response:
    """End the own shift, and the session with it."""
    visit.ask(EndShift())
    answer = visit.go("/sign-in")
    visit.cookie.take(answer)
    return answer


def _local_now(visit: ConsoleVisit) -> datetime:
    return instant(visit.now).astimezone(ZoneInfo(visit.services.settings.time_zone))


def _usual_end(now: datetime) -> datetime:
    """The usual end of a shift that begins now."""
    later = now + _AT_LEAST
    hour = next((hour for hour in _USUAL_ENDS if hour > later.hour), 24)
    return later.replace(hour=0, minute=0) + timedelta(hours=hour)


def _next_time(text: str, now: datetime) -> datetime | None:
    """The next moment at which a clock shows `text` (HH:MM), in UTC; None where there is none. Raises
    GatepostError.
    """
    if not text.strip():
        return None
    try:
        shown = datetime.strptime(text.strip(), "%H:%M")  # noqa: DTZ007 - only its hour and minute count
    except ValueError:
        raise GatepostError(f"{text!r} is not a time", where="until", remedy="write 16:00") from None
    at = now.replace(hour=shown.hour, minute=shown.minute, second=0, microsecond=0)
    return (at if at > now else at + timedelta(days=1)).astimezone(UTC)
