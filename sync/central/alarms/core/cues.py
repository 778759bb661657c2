"""What leads to an alarm: a cue says that something is so. It is bounded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sync.central.alarms.core.kinds import AlarmKind

Evidence = tuple[tuple[int, int], ...]
"""Events of journals: the number of the chain, and the sequence there."""
Values = Mapping[str, str | int]

MOST_EVIDENCE: Final = 8
_MOST_VALUES = 12
_LONGEST_NAME = 32
_LONGEST_TEXT = 128
_MOST = 2**62
_MOST_TIMES = 2**31


@dataclass(frozen=True)
class Cue:
    """Something that may be an alarm: of a `kind`, and of one thing by `key` (a gate's id, a person's, a
    place's); the same again adds to the alarm that there is.

    `at` is when (microseconds since 1970 UTC, by the clock of who saw it), `until` when the last of so many
    `times` was. `site` is where; what is of no one site names its `place`, and what is of the centre
    neither. `evidence` are the events that show it, the newest first; `values` are figures and codes for its
    line on a page: no name, and nothing on anybody's health.
    """

    kind: AlarmKind
    site: str | None
    device: str | None
    key: str
    at: int
    subject: str | None = None
    evidence: Evidence = ()
    values: Values = field(default_factory=dict)
    times: int = 1
    until: int = 0
    place: int | None = None

    @property
    def identity(self) -> str:
        """The same for the same cue, raised again."""
        chain, sequence = self.evidence[0] if self.evidence else (0, 0)
        return f"{self.at}.{chain}.{sequence}"


def bounded(cue: Cue) -> Cue:
    """The cue as it is kept: no text longer than any id is, no more evidence than somebody looks at."""
    at = _time(cue.at)
    return replace(
        cue,
        key=text_of(cue.key),
        site=None if cue.site is None else text_of(cue.site),
        device=None if cue.device is None else text_of(cue.device),
        subject=None if cue.subject is None else text_of(cue.subject),
        at=at,
        until=max(at, _time(cue.until)),
        times=max(1, min(cue.times, _MOST_TIMES)),
        evidence=cue.evidence[:MOST_EVIDENCE],
        values={
            text_of(name)[:_LONGEST_NAME]: text_of(value) if isinstance(value, str) else _number(value)
            for name, value in [*cue.values.items()][:_MOST_VALUES]
        },
    )


def text_of(value: str) -> str:
    """A text as both databases take it, and no longer than an id is."""
    return value[:_LONGEST_TEXT].replace("\0", "")


def _time(value: int) -> int:
    return max(0, min(value, _MOST))


def _number(value: int) -> int:
    return max(-_MOST, min(value, _MOST))
