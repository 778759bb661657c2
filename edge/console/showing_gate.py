"""What the tab Gate says of the gate's values: how the lane is, and each event in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from edge.decision import Text
from edge.signing.cose import microseconds
from edge.staff.core import APPEALS, FAULTS, REASONS
from edge.staff.protocol.gate import GateView, LogLine
from edge.web.event_words import EVENTS, fields_in_words
from edge.web.texts import Language

_CODES: Mapping[str, Mapping[str, Text]] = MappingProxyType(
    {"reason": REASONS, "what": FAULTS, "why": APPEALS}
)
"""Fields that are codes of one list or another: of others the code is shown."""


class GateShown:
    """A view as a page shows it, in a language."""

    def __init__(self, view: GateView, spoken: Callable[[str], str], language: Language) -> None:
        self.view = view
        self.zone = view.time_zone
        self._spoken = spoken
        self._language = language

    @property
    def rows(self) -> tuple[tuple[LogLine, int, str, str], ...]:
        """Each line with its time, and what happened in words, and what besides."""
        return tuple(
            (line, microseconds(line.at), self._kind(line), self._besides(line)) for line in self.view.lines
        )

    def at(self, since: float) -> int:
        """When that was by the wall clock (microseconds since 1970 UTC)."""
        return microseconds(self.view.at - timedelta(seconds=self.view.monotonic - since))

    def moment(self, at: datetime) -> int:
        return microseconds(at)

    # --- inside ----------------------------------------------------------------------------

    def _kind(self, line: LogLine) -> str:
        return self._spoken(EVENTS[line.kind]) if line.kind in EVENTS else line.kind

    def _besides(self, line: LogLine) -> str:
        said = {name: self._word(name, value) for name, value in line.said.items()}
        return fields_in_words(said, self._spoken)

    def _word(self, name: str, value: object) -> object:
        words = _CODES.get(name, {}).get(str(value))
        text: str | None = None if words is None else getattr(words, self._language.value)
        return value if text is None else text
