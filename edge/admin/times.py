"""Times as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from edge.errors import RegistryError
from edge.support.phrases import phrase

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def end_of(text: str) -> datetime:
    """The instant at which `text` (ISO 8601) is over: of a day its end; raises ValueError."""
    if _DAY.fullmatch(text):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), datetime.min.time())
    return datetime.fromisoformat(text)


def check_order(begins: datetime | None, ends: datetime | None) -> None:
    """Raise RegistryError where what begins at `begins` would have ended by then; both aware, or both not."""
    if begins is not None and ends is not None and ends <= begins:
        raise RegistryError(
            phrase(
                "ends at %(ends)s, which is not after its begin at %(begins)s",
                ends=f"{ends:%Y-%m-%d %H:%M}",
                begins=f"{begins:%Y-%m-%d %H:%M}",
            ),
            remedy=phrase("are the two exchanged?"),
        )
