"""What a centre's database waits for; with real standbys: tests/cluster."""

from __future__ import annotations

import pytest

from sync.central.processes.waits import standby_waited_for, waits_of
from sync.central.store import Store
from tests.sync.migrated import empty

LAGS = "the standby lags by 12 s, 0.4 MB behind"


@pytest.fixture
def database(postgresql_url: str) -> str:
    empty(postgresql_url)
    return postgresql_url


def test_a_standby_that_lags_and_is_not_named_keeps_nobody_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.reading() as connection:
        assert waits_of(connection) == ()
        assert standby_waited_for(connection) is None
        monkeypatch.setattr("sync.central.processes.waits.waits_of", lambda _: (LAGS,))
        assert standby_waited_for(connection) is None, "an alarm that names nobody"
