"""What a page rests on, where the database can say."""

from __future__ import annotations

from sync.central.accesses.completeness import Completeness, completeness
from sync.central.places.sight import Sight
from sync.central.store import Store, StoreError


def footer_of(store: Store, sight: Sight, now: int) -> Completeness | None:
    """What a page about what is in `sight` rests on; None where the database cannot say."""
    try:
        with store.reading() as connection:
            return completeness(connection, sight, now)
    except StoreError:
        return None
