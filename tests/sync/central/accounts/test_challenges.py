"""A challenge is answered once and soon, whatever the centre's clock does meanwhile."""

from __future__ import annotations

import pytest

from sync.central.accounts import challenges
from sync.central.accounts.challenges import LIFETIME, answered_challenge, keep_challenge
from sync.central.over import APART
from sync.central.store import Store
from sync.central.units import DAY
from tests.sync.wire.examples import AT


def kept(store: Store, secret: str, at: int = AT) -> None:
    with store.writing() as connection:
        keep_challenge(connection, secret, "sign_in", at, detail="a detail")


def answered(store: Store, secret: str, at: int) -> bool:
    with store.writing() as connection:
        return answered_challenge(connection, secret, "sign_in", at) == "a detail"


@pytest.mark.parametrize(
    ("after", "counts"),
    [(0, True), (LIFETIME - 1, True), (LIFETIME, False), (-APART, True), (-APART - 1, False), (-DAY, False)],
)
def test_it_counts_for_as_long_as_it_was_to(store: Store, after: int, counts: bool) -> None:
    """As long after, and no longer where the clock was set back meanwhile."""
    kept(store, "secret")
    assert answered(store, "secret", AT + after) is counts


def test_those_of_a_clock_that_was_ahead_crowd_out_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenges, "_MOST", 3)
    for index in range(3):
        kept(store, f"ahead {index}", AT + DAY + index)
    kept(store, "first")
    kept(store, "second")
    assert answered(store, "first", AT + 1)
    assert answered(store, "second", AT + 1)
