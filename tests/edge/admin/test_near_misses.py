"""Who was nearly missed again and again, by journals that other versions wrote too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edge.admin.near_misses import near_misses_in
from edge.decision import ClockTrust, WallTime
from edge.journal.format import AccessDecided, Entry, following, told
from edge.signing.cose import encode_value
from tests.events import decided

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def entry(body: bytes) -> Entry:
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    event = (AccessDecided.kind.value, body)
    return following(None, event, epoch=bytes(16), gate="main", wall=wall, monotonic=0.0)


def test_an_event_of_a_later_version_does_not_hide_the_others() -> None:
    _, nearly = told(decided(near_miss="li-na"))
    entries = [
        entry(nearly),
        entry(encode_value({"decision": {"outcome": "of_a_later_version"}})),
        entry(nearly),
    ]
    [found] = near_misses_in(entries, NOON - timedelta(days=1))
    assert (found.subject_id, found.times) == ("li-na", 2)
