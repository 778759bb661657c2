"""The figures of an alarm in words: what each is called, and what its value says to whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sync.central.history.damage import kept_damage
from sync.central.places.naming import names_in
from sync.central.units import HOUR
from sync.central.web.dispatch_words import STUCK_WORDS
from sync.central.web.visit import Visit
from sync.central.web.words import (
    ALARM_FIGURES,
    ALARM_HOWS,
    BROKER_TROUBLES,
    EXIT_HOWS,
    GATE_WHY,
    MESSAGE_WAYS,
)


@dataclass(frozen=True)
class ShownFigure:
    """A figure of an alarm: what it is called, and its value; or the time that it says (microseconds)."""

    label: str
    value: str = ""
    at: int | None = None


def alarm_figures(visit: Visit, connection: Connection, values: Mapping[str, str | int]) -> list[ShownFigure]:
    """What an alarm's figures say; a code that has no words is shown as it is. A site that the reader may not
    see is not named.
    """
    names = names_in(connection, visit.sight) if "other" in values else {}

    def shown(name: str, value: str | int) -> ShownFigure:
        label = visit.gettext(ALARM_FIGURES[name]) if name in ALARM_FIGURES else name
        if name == "other":
            return ShownFigure(label, names.get(str(value)) or visit.gettext("a site that you may not see"))
        if isinstance(value, str):
            words = _WORDS.get(name, _CODES)
            said = visit.gettext(words[value]) if value in words else visit.spoken(kept_damage(value))
            return ShownFigure(label, said)
        if name in _TIMES:
            return ShownFigure(label, at=value * _TIMES[name])
        if name == "hundredths_of_a_degree":
            return ShownFigure(label, f"{value / 100:+.2f}\u00a0°C")
        return ShownFigure(label, str(value))

    return [shown(name, value) for name, value in values.items()]


# --- inside --------------------------------------------------------------------------------

_CODES = {**GATE_WHY, **STUCK_WORDS, **BROKER_TROUBLES}
_WORDS: Mapping[str, Mapping[str, str]] = {"way": MESSAGE_WAYS, "how": {**EXIT_HOWS, **ALARM_HOWS}}
_TIMES = {"since": 1, "hour": HOUR}
"""The figures that are times, and what one of each is in microseconds."""
