"""Reads the count of a gate from its files, while it runs or when it does not: for the command line."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from edge.counting.core import Flow, PassageRate, SiteFigures
from edge.counting.projection import WENT_THROUGH, CountedLane
from edge.counting.recovery import STORE_NAME, restored
from edge.counting.store import read_store
from edge.decision import Crowding
from edge.journal.format import understood
from edge.journal.reader import JournalReader

_NEWEST = 2_000
"""Newest events that are searched for the passages of the last minute."""


_WENT_THROUGH = frozenset(event.kind for event in WENT_THROUGH)


class Count(msgspec.Struct, frozen=True):
    """A gate's count: the site's figures, the last recorded level, this gate's last minute."""

    figures: SiteFigures
    level: Crowding
    last_minute: PassageRate
    unsure: str = ""


def read_count(lane: CountedLane, journal: Path, now: datetime) -> Count:
    """The count of `lane` as its `journal` ends; raises GatepostError where it cannot be read."""
    kept, persons = read_store(journal.with_name(STORE_NAME))
    with closing(JournalReader(journal)) as reader:
        newest = reader.newest(_NEWEST)
    epoch = newest[-1].epoch if newest else bytes(16)
    projection, _, unsure = restored(lane, journal, epoch, kept, persons)
    flow = Flow()
    for entry in newest:
        event = understood(entry) if entry.kind in _WENT_THROUGH else None
        if isinstance(event, WENT_THROUGH):
            direction = projection.direction_of(event.direction)
            flow.passed(entry.wall.at.timestamp(), direction, estimated=event.counted == "estimated")
    ledger = projection.ledger
    return Count(ledger.counts.figures(ledger.day), ledger.level, flow.rate(now.timestamp()), unsure)


def plain_count(count: Count) -> dict[str, object]:
    """As `gate counts --json` prints it."""
    figures: dict[str, object] = msgspec.to_builtins(count.figures)
    return figures | {
        "certainty": count.figures.certainty,
        "level": count.level.value,
        "last_minute": msgspec.to_builtins(count.last_minute),
        "unsure": count.unsure,
    }


def count_in_words(count: Count) -> list[str]:
    """The count as lines for people."""
    figures, minute = count.figures, count.last_minute
    day = figures.day or "none yet"
    lines = [
        f"inside: {figures.inside} ({figures.certainty}), level {count.level}, day {day}",
        f"last minute at this gate: {minute.entered} in, {minute.left} out, {minute.estimated} estimated",
    ]
    if figures.deficit:
        lines.append(f"{figures.deficit} more left than are known to have come")
    if figures.unplaced:
        lines.append(f"{figures.unplaced} passed one way or the other, nobody knows which")
    if figures.corrected:
        lines.append(f"corrected by {figures.corrected:+}")
    if figures.lapses or count.unsure:
        lines.append(f"passages may have gone uncounted, {figures.lapses} times {count.unsure}".rstrip())
    return lines
