"""What the journal gets to know of removals."""

from __future__ import annotations

from edge.journal.format import Gone, RemovalConfirmed, RemovalUnfinished
from edge.registry.removal_watch import ConfirmedRemovals, RemovalNews


def removal_event(news: RemovalNews) -> RemovalConfirmed | RemovalUnfinished:
    """The event that says it; a reference names nobody."""
    if isinstance(news, ConfirmedRemovals):
        gone = (Gone(item.reference.hex(), item.what.value, templates) for item, templates in news.gone)
        return RemovalConfirmed(news.by, news.number, tuple(gone))
    return RemovalUnfinished(news.number, tuple(item.reference.hex() for item in news.left), news.places)
