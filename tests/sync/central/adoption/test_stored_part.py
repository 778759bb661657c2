"""What a stored invitation says of its gate, whichever version of the centre wrote it."""

from __future__ import annotations

import pytest

from sync.central.adoption.stored_part import part_of


@pytest.mark.parametrize(
    ("stored", "words", "known"),
    [
        (b'{"direction":"exit","language":"en"}', ("exit", "en"), ("exit", "en")),
        (b'{"direction":null,"language":"zh"}', (None, "zh"), (None, "zh")),
        (b'{"direction":"bus","language":"fr"}', ("bus", "fr"), (None, None)),
        (b'{"direction":"both","language":"en","lanes":[1,2]}', ("both", "en"), ("both", "en")),
        (b"{}", (None, None), (None, None)),
    ],
    ids=["this version's", "nobody said a way", "words of a newer one", "a field of a newer one", "neither"],
)
def test_it_is_read_as_far_as_it_is_known(
    stored: bytes, words: tuple[str | None, str | None], known: tuple[str | None, str | None]
) -> None:
    part = part_of(stored)
    assert (part.direction, part.language) == words
    assert (part.known_direction, part.known_language) == known
