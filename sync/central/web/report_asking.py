"""Who asks for a report, and of which place: for the page and the API alike."""

from __future__ import annotations

import sqlalchemy as sa

from edge.web.visit import NotFound
from sync.central.places.sight import Sight
from sync.central.reports.asking import ReportAsker
from sync.central.web.visit import Visit


def place_in(connection: sa.Connection, sight: Sight, text: str) -> int | None:
    """The place that a form names by its number; None is everywhere, which takes a sight of everything.
    Raises NotFound.
    """
    if not text:
        if not sight.everywhere:
            raise NotFound
        return None
    if not (text.isascii() and text.isdigit()) or not sight.has_place(connection, int(text)):
        raise NotFound
    return int(text)


def asking_of(visit: Visit) -> ReportAsker:
    """Who asks by this visit."""
    return ReportAsker(visit.actor, visit.now, visit.language.value, visit.services.settings.time_zone)
