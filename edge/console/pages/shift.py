"""The shift: who minds the gate, from when to when; it begins, is handed over, and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form, Query
from starlette.responses import Response

from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.signing.cose import instant
from edge.staff.core import Right
from edge.staff.protocol import RefusedWhy
from edge.staff.protocol.sessions import BeginShift, EndShift
from edge.web.security import local_address
from edge.web.texts import N_

PAGES = ConsolePages()
_USUAL_ENDS = (0, 8, 16)
"""Hours at which shifts usually end."""
_NO_TIME = N_("That is no time of the day. Write it as 16:00.")
_TOO_FAR = N_("A shift does not last that long. Choose an earlier end.")
_AT_LEAST = timedelta(hours=2)


@PAGES.get("/shift", right=Right.OWN)
def shift_page(visit: VisitOf, next_: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    return _page(visit, next_)


@PAGES.post("/shift/begin", right=Right.LET_IN, body=4096)
def begin(
    visit: VisitOf,
    until: Annotated[str, Form(max_length=64)] = "",
    next_: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Begin the own shift, or take over."""
    try:
        visit.ask(BeginShift(_next_time(until, _local_now(visit))))
    except ValueError:
        return _page(visit, next_, typed=until, wrong=visit.gettext(_NO_TIME))
    except Refusal as error:
        if error.why is not RefusedWhy.INVALID:
            raise
        return _page(visit, next_, typed=until, wrong=visit.gettext(_TOO_FAR))
    return visit.go(local_address(next_))


@PAGES.post("/shift/end", right=Right.OWN, body=4096)
def end(visit: VisitOf) -> Response:
    """End the own shift, and the session with it; where the gate does not answer, as for `/sign-out`."""
    visit.ask(EndShift())
    answer = visit.go("/sign-in")
    visit.cookie.take(answer)
    return answer


def _page(visit: ConsoleVisit, next_: str, *, typed: str = "", wrong: str = "") -> Response:
    return visit.page(
        "staff/shift.html",
        title=visit.gettext("Shift"),
        tab="/gate",
        status=422 if wrong else 200,
        next=local_address(next_),
        until=typed if wrong else f"{_usual_end(_local_now(visit)):%H:%M}",
        wrong=wrong,
    )


def _local_now(visit: ConsoleVisit) -> datetime:
    return instant(visit.now).astimezone(ZoneInfo(visit.services.settings.time_zone))


def _usual_end(now: datetime) -> datetime:
    """The usual end of a shift that begins now."""
    later = now + _AT_LEAST
    hour = next((hour for hour in _USUAL_ENDS if hour > later.hour), 24)
    return later.replace(hour=0, minute=0) + timedelta(hours=hour)


def _next_time(text: str, now: datetime) -> datetime | None:
    """The next moment at which a clock shows `text` (HH:MM), in UTC; None where it is empty. Raises
    ValueError where it is no time.
    """
    if not text.strip():
        return None
    shown = datetime.strptime(text.strip(), "%H:%M")  # noqa: DTZ007 - only its hour and minute count
    at = now.replace(hour=shown.hour, minute=shown.minute, second=0, microsecond=0)
    return (at if at > now else at + timedelta(days=1)).astimezone(UTC)
