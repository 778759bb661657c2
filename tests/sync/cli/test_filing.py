"""The counter towards the 100,000 people from whom on China asks for a filing."""

from __future__ import annotations

import pytest

from sync.cli.central_status import stored_faces

NEAR = "people are stored: from 100,000 on China asks for a filing (docs/privacy.md)"


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (0, "the faces of 0 people are stored"),
        (79_999, "the faces of 79,999 people are stored"),
        (80_000, NEAR),
        (99_999, NEAR),
        (100_000, "China asks for a filing within 30 working days of the 100,000th"),
    ],
)
def test_the_number_is_said_and_what_follows_from_it(people: int, said: str) -> None:
    assert stored_faces(people).endswith(said)
