"""Requests and answers on the journal's socket: small, bounded, and decoded or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from edge.decision import ClockTrust, WallTime
from edge.journal.format import (
    MOST_ANSWER_BYTES,
    MOST_ASK_BYTES,
    MOST_BODY_BYTES,
    Entry,
    FeedRequest,
    Span,
    answer_of,
    ask_of,
    encoded,
    page_of,
)
from edge.journal.format.feed import MOST_EVENTS, MOST_SPANS
from edge.support.decoding import Undecodable

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
EPOCHS = st.none() | st.binary(min_size=16, max_size=16)
NUMBERS = st.integers(0, 2**63 - 1)


# --- what is said ------------------------------------------------------------------------------------


@given(EPOCHS, NUMBERS, st.integers(0, MOST_EVENTS))
def test_a_question_is_a_small_packet_and_comes_through(
    epoch: bytes | None, sequence: int, most: int
) -> None:
    ask = FeedRequest(epoch, sequence, most)
    assert len(encoded(ask)) <= MOST_ASK_BYTES
    assert ask_of(encoded(ask)) == ask


@given(st.binary(max_size=MOST_ASK_BYTES))
def test_any_other_packet_is_refused_by_one_error(data: bytes) -> None:
    for decode in (ask_of, answer_of):
        with suppress(Undecodable):
            decode(data)


@given(st.lists(st.integers(0, MOST_BODY_BYTES), max_size=MOST_EVENTS), st.integers(0, 200))
def test_an_answer_is_a_beginning_of_what_was_asked_for_and_fits_in_a_packet(
    sizes: list[int], epochs: int
) -> None:
    entries = [
        Entry(
            bytes(16),
            "g" * 64,
            n,
            2**62,
            ClockTrust.UNTRUSTED,
            1.0,
            "k" * 40,
            bytes(size),
            bytes(32),
            bytes(32),
        )
        for n, size in enumerate(sizes)
    ]
    spans = [Span(bytes(16), "g" * 64, 1, 2**62 + number) for number in range(epochs)]
    page = page_of(spans, entries)
    assert len(encoded(page)) <= MOST_ANSWER_BYTES
    assert list(page.entries) == entries[: len(page.entries)]
    assert bool(page.entries) is bool(entries), "one at least: else nobody would get past it"
    assert list(page.spans) == spans[-MOST_SPANS:], "the newest"
    assert answer_of(encoded(page)) == page


# --- what is served ----------------------------------------------------------------------------------
