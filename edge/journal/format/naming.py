"""Which fields of events name people: whoever shows events to others leaves them out."""

from __future__ import annotations

from typing import Final

NAMING_FIELDS: Final = frozenset(
    {
        *("subject", "subject_id", "near_miss", "reference", "references"),
        *("persons", "visitor", "host"),
    }
)
