"""The five levels of places."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """How large a place is. A level may be left out: a site may lie in a city directly."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    SITE = "site"

    @property
    def depth(self) -> int:
        """0 for a city, 4 for a site."""
        return LEVELS.index(self)

    def may_hold(self, other: Level) -> bool:
        """Whether a place of this level may hold one of the other; so none ever holds itself."""
        return self.depth < other.depth


LEVELS = tuple(Level)
