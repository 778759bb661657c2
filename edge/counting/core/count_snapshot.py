"""What a gate shares of its counts with the site's other gates, and its checks. PURE.

Between a gate and its sync process it is a file in JSON. Anyone who brings it (sync, an operator's script) is
not believed beyond what the format can say: the counters of one site, bounded in number and size. Nothing in
it can open a barrier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.counting.core.occupancy import MOST_TALLIES, Key, Tally
from edge.decision import LastAccess
from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of

MOST_BYTES = 512 * 1024
MOST_PERSONS = 500
FORMAT: Literal["gatepost-counts-1"] = "gatepost-counts-1"

_LongName = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z")]


class CounterLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One counter: the gate, store and day that it is of, and what was counted in it."""

    gate: _LongName
    epoch: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    day: Annotated[str, Meta(pattern=r"\A([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")]
    tally: Tally


class PersonAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last confirmed passage of a person."""

    subject: _LongName
    passage: LastAccess


class CountSnapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one gate knows: the site's counters, and last passages where anti-passback asks for them."""

    format: Literal["gatepost-counts-1"]
    site: _LongName
    gate: _LongName
    counters: Annotated[tuple[CounterLine, ...], Meta(max_length=MOST_TALLIES)] = ()
    persons: Annotated[tuple[PersonAccess, ...], Meta(max_length=MOST_PERSONS)] = ()

    def own(self) -> CountSnapshot:
        """What of it the gate saw itself: no other gate's counters and passages."""
        return msgspec.structs.replace(
            self,
            counters=tuple(line for line in self.counters if line.gate == self.gate),
            persons=tuple(seen for seen in self.persons if seen.passage.gate == self.gate),
        )

    def updated(self, news: CountSnapshot) -> CountSnapshot:
        """Both states: the later passage of each person, not too many, and counters that only rise.

        `news` may be an older state that somebody recorded: it takes no day away that it cannot know of.
        """
        passages = {seen.subject: seen for seen in self.persons}
        for seen in news.persons:
            before = passages.get(seen.subject, seen).passage
            if before.at <= seen.passage.at or before.trust is not seen.passage.trust:
                passages.pop(seen.subject, None)
                passages[seen.subject] = seen
        held, told = self.tallies, news.tallies
        latest = max((key.day for key in told), default="")
        merged = {key: tally.merged(held.get(key, tally)) for key, tally in told.items()}
        merged |= {key: tally for key, tally in held.items() if key not in told and key.day > latest}
        lines = tuple(CounterLine(*key, tally) for key, tally in list(merged.items())[-MOST_TALLIES:])
        persons = tuple(passages.values())[-MOST_PERSONS:]
        return msgspec.structs.replace(news, counters=lines, persons=persons)

    @property
    def tallies(self) -> dict[Key, Tally]:
        return {Key(line.gate, line.epoch, line.day): line.tally for line in self.counters}


def count_snapshot_of(
    site: str, gate: str, tallies: Mapping[Key, Tally], persons: Mapping[str, LastAccess]
) -> bytes:
    """The content of one gate's file (JSON, UTF-8)."""
    lines = tuple(CounterLine(*key, tally) for key, tally in sorted(tallies.items()))
    seen = tuple(PersonAccess(*item) for item in persons.items())
    return msgspec.json.encode(CountSnapshot(FORMAT, site, gate, lines, seen))


def read_count_snapshot(data: bytes, site: str, where: str) -> CountSnapshot:
    """The checked content; raises ConfigurationError that names the file and what is wrong."""
    if len(data) > MOST_BYTES:
        raise ConfigurationError(f"larger than {MOST_BYTES >> 10} KiB: not the counts of a gate", where=where)
    try:
        snapshot = json_of(data, CountSnapshot)
    except Undecodable as error:
        raise ConfigurationError(f"not the counts of a gate: {error}", where=where) from None
    wrong = wrong_with(snapshot, site)
    if wrong:
        raise ConfigurationError(wrong, where=where, remedy="docs/counting.md says what it may hold")
    return snapshot


def wrong_with(snapshot: CountSnapshot, site: str) -> str:
    """What it says that the counts of a gate of `site` cannot say; empty: nothing."""
    if snapshot.site != site:
        return f"counts of site {snapshot.site[:64]!r}, expected {site!r}"
    names = [snapshot.gate, *(line.gate for line in snapshot.counters)]
    names += [name for seen in snapshot.persons for name in (seen.subject, seen.passage.gate)]
    if not all(name.isprintable() for name in names):
        return "a name of a gate or person is unprintable"
    if any(seen.passage.at.tzinfo is None for seen in snapshot.persons):
        return "a time has no time zone"
    return ""
