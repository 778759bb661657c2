"""What lasts until a time: it is over then, and where the clock was ahead when that was written."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync.central.over import is_over
from sync.central.store import Store

NOW, LONGEST = 1_000, 100


@pytest.mark.parametrize(
    ("until", "over"),
    [
        (None, True),
        (0, True),
        (NOW, True),
        (NOW + 1, False),
        (NOW + LONGEST, False),
        (NOW + LONGEST + 1, True),
        (4_000_000_000_000_000, True),
    ],
)
def test_what_lasts_is_over_at_its_end_or_where_it_ends_later_than_it_could(
    store: Store, until: int | None, over: bool
) -> None:
    with store.reading() as connection:
        asked = sa.literal(until, sa.BigInteger)
        found = connection.execute(sa.select(is_over(asked, NOW, LONGEST))).scalar_one()
    assert bool(found) is over
