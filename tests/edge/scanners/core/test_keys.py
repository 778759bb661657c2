"""Keys of the US layout: what they type, and what a key that hangs does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.scanners.core import InputEvents, Keyboard
from edge.scanners.core.input_events import EV_KEY, EV_SYN, SYN_DROPPED, InputEvent, packed
from edge.scanners.core.keys import HELD_FOR
from edge.support.due import NEVER
from tests.edge.scanners.typing import events_of, press


def typed(*events: InputEvent, keys: Keyboard | None = None, now: float = 0.0) -> bytes:
    keyboard = keys or Keyboard()
    return b"".join(keyboard.typed(event, now) for event in events)


@pytest.mark.parametrize(
    "text",
    [
        b"GP1:abcXYZ0189\r",
        b"HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2\r",  # an EU certificate's alphabet
        b"shc:/567629595326546034602925\r",
        b"!@#$%^&*()_+-={}[]|\\:;\"'<>,.?/~` \r",
        b"\x02between\x03\r",  # prefix and suffix, by Ctrl
        b"\t\x1b\b",
    ],
)
def test_what_a_scanner_types_is_what_was_scanned(text: bytes) -> None:
    assert typed(*events_of(text)) == text


KEYS = [bytes([key]) for key in b"0123456789*\r/-+."]


@pytest.mark.parametrize(
    ("code", "key"),
    [*zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 55, 96, 98, 74, 78, 83), KEYS, strict=True)],
)
def test_the_keypad_has_its_keys(code: int, key: bytes) -> None:
    assert typed(*press(code)) == key


def test_a_key_that_is_held_types_once_and_then_is_stuck() -> None:
    keys = Keyboard()
    assert typed(InputEvent(EV_KEY, 30, 1), keys=keys) == b"a"
    held = [InputEvent(EV_KEY, 30, 2)] * 1_000 + [InputEvent(EV_KEY, 30, 1)] * 1_000
    assert typed(*held, keys=keys, now=5.0) == b""
    assert keys.due() == HELD_FOR
    assert (keys.stuck(HELD_FOR - 0.1), keys.stuck(HELD_FOR)) == ((), (30,))
    assert typed(*press(48), keys=keys, now=20.0) == b"b", "the others go on"
    assert typed(InputEvent(EV_KEY, 30, 0), keys=keys) == b""
    assert (keys.stuck(1e9), keys.due()) == ((), NEVER)


def test_where_the_kernel_dropped_events_no_code_is_made_of_what_is_left() -> None:
    keys = Keyboard()
    dropped = InputEvent(EV_SYN, SYN_DROPPED, 0)
    assert typed(InputEvent(EV_KEY, 42, 1), dropped, *press(30), keys=keys) == b"\0a", "nor is a shift held"


def test_with_alt_or_meta_a_key_types_nothing() -> None:
    assert typed(InputEvent(EV_KEY, 56, 1), *press(30), InputEvent(EV_KEY, 56, 0), *press(48)) == b"b"


EVENTS = st.builds(
    InputEvent, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(-(2**31), 2**31 - 1)
)


def _bytes_of(events: list[InputEvent], word: int) -> bytes:
    return b"".join(packed(event, word) for event in events)


@pytest.mark.parametrize(("word", "size"), [(8, 24), (4, 16)])
@given(events=st.lists(EVENTS, max_size=20), cuts=st.lists(st.integers(1, 60), max_size=20))
@settings(derandomize=True)
def test_events_of_both_word_lengths_are_read_however_they_are_cut(
    word: int, size: int, events: list[InputEvent], cuts: list[int]
) -> None:
    data, reader = _bytes_of(events, word), InputEvents(word)
    assert len(data) == size * len(events)

    def arriving() -> Iterator[InputEvent]:
        rest = data
        for cut in cuts:
            yield from reader.add(rest[:cut])
            rest = rest[cut:]
        yield from reader.add(rest)

    assert list(arriving()) == events


@given(events=st.lists(EVENTS | st.builds(InputEvent, st.just(1), st.integers(0, 127), st.integers(0, 2))))
@settings(derandomize=True)
def test_no_event_is_too_strange(events: list[InputEvent]) -> None:
    keys = Keyboard()
    for event in events:
        assert len(keys.typed(event, 0.0)) <= 1
