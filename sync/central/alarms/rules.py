"""The rules that are kept, and which of them holds where: of a site, by its own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from msgspec import ValidationError, convert
from msgspec.structs import asdict

from edge.signing.cose import instant
from sync.central.alarms.core import SHIPPED, AlarmKind, AlarmRule, RuleHours, Settings, Severity, governing
from sync.central.alarms.tables import alarm_rule
from sync.central.newer import number_of, word_of
from sync.central.places.core import Level
from sync.central.places.tables import place, place_within
from sync.central.tables import site

Where = tuple[str | None, int | None]
"""A site; or where something is of no one site, a place; or neither: of the centre."""


def stored_rules(connection: sa.Connection) -> tuple[AlarmRule, ...]:
    """Every rule that somebody made."""
    return tuple(map(rule_of, connection.execute(sa.select(alarm_rule).order_by(alarm_rule.c.number))))


def rule_of(row: sa.Row[tuple[object, ...]]) -> AlarmRule:
    """The rule in a row; where only a newer version understands a setting, it is the one that Gatepost comes
    with.
    """
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    kind = word_of(AlarmKind, held["kind"])
    return AlarmRule(
        kind,
        number_of(Severity, held["severity"]),
        _settings(kind, held["settings"]),
        held["place"],
        RuleHours(held["days"], held["begins"], held["ends"]),
        raises=held["raises"],
        number=held["number"],
    )


def newer_settings(stored: Mapping[str, object]) -> dict[str, object]:
    """Those stored settings that only a newer version understands, by their name or by their value: who
    changes the rule keeps them.
    """
    return {name: value for name, value in stored.items() if not _is_understood(name, value)}


@dataclass
class RulesInForce:
    """What says which rule holds where, read once for a round."""

    connection: sa.Connection
    rules: Sequence[AlarmRule] | None = None
    _known: dict[Where, tuple[tuple[int, ...], tzinfo]] = field(default_factory=dict)

    def rule(self, kind: AlarmKind, where: Where, at: int) -> AlarmRule:
        """The rule that holds for alarms of a kind there, at `at`."""
        if self.rules is None:
            self.rules = stored_rules(self.connection)
        places, zone = self._of(where)
        return governing(self.rules, kind, places, instant(at).astimezone(zone))

    def _of(self, where: Where) -> tuple[tuple[int, ...], tzinfo]:
        if where not in self._known:
            self._known[where] = self._read(where)
        return self._known[where]

    def _read(self, where: Where) -> tuple[tuple[int, ...], tzinfo]:
        """The places from the nearest up, and the time zone."""
        site_id, number = where
        zone = None
        if site_id is not None:
            row = self.connection.execute(
                sa.select(site.c.place, site.c.time_zone).where(site.c.id == site_id)
            ).one_or_none()
            number, zone = (None, None) if row is None else (row.place, row.time_zone)
        elif number is not None:
            zone = self.connection.execute(_ZONE_WITHIN, {"within": number}).scalar()
        above = self.connection.execute(_ABOVE, {"of_place": number}).all() if number is not None else []
        order = sorted(above, key=lambda row: -Level(row.level).depth)
        return tuple(row.ancestor for row in order), UTC if zone is None else ZoneInfo(zone)


def _settings(kind: AlarmKind, stored: Mapping[str, object]) -> Settings:
    """What a rule says. What is not stored is as in the class, which leaves it out then: for every kind the
    same, whatever Gatepost comes with.
    """
    shipped, newer = asdict(SHIPPED[kind].settings), newer_settings(stored)
    known = shipped.keys() & stored.keys()
    return convert({name: (shipped if name in newer else stored)[name] for name in known}, Settings)


def _is_understood(name: str, value: object) -> bool:
    try:
        convert({name: value}, Settings)
    except ValidationError:
        return False
    return True


_ABOVE = (
    sa.select(place_within.c.ancestor, place.c.level)
    .join(place, place.c.number == place_within.c.ancestor)
    .where(place_within.c.place == sa.bindparam("of_place"))
)
_ZONE_WITHIN = (
    sa.select(sa.func.min(site.c.time_zone))
    .join(place_within, place_within.c.place == site.c.place)
    .where(place_within.c.ancestor == sa.bindparam("within"))
)
