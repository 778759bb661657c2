"""To whom an ingester says what is stored and not confirmed: to gates that know the word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from sync.central.confirming import Confirming
from sync.central.devices.devices import enrol_device, note_hello, put_site
from sync.central.journals.ingester import Ingester
from sync.central.server import CommitPoint
from sync.central.store import Store, open_store
from sync.wire import Hello, StoredNotice, batch_of, open_message, seal_message
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, MESSAGES, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS

ENTRIES = chained(3)


class NeverConfirms(Confirming):
    """Holds back at once what it is given, for good."""

    def _begin(self) -> None:
        self._fails = True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/central.sqlite"
    make_tables(url)
    with closing(open_store(url)) as made:
        with made.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            public = KEY.public_key().public_bytes_raw()
            enrol_device(connection, DEVICE, ("green-court", "main"), public, AT)
        yield made


@pytest.mark.parametrize(
    ("schema", "waits", "told"),
    [(None, True, 0), (2, True, 0), (3, True, 1), (2**63 - 1, True, 1), (3, False, 0)],
    ids=["no hello", "of an earlier schema", "knows it", "of a later one", "nothing waits"],
)
def test_a_gate_that_knows_the_word_is_told_once_for_each_batch(
    store: Store, monkeypatch: pytest.MonkeyPatch, schema: int | None, waits: bool, told: int
) -> None:
    monkeypatch.setattr(
        "sync.central.journals.ingester.commit_point", lambda _: CommitPoint("here", waits=waits)
    )
    if schema is not None:
        with store.writing() as connection:
            note_hello(connection, DEVICE, replace(cast("Hello", MESSAGES["hello"]), schema=schema), AT)
    ingester = Ingester(store, CENTRAL_KEY, lambda: AT, confirming=NeverConfirms(store))
    for count in (1, 3):
        out = seal_message(batch_of(ENTRIES[:count], 0), DEVICE, KEY)
        answers = ingester.handle([open_message(out.topic, out.data, KEYS)], 0.0)
        said: list[Any] = [open_message(each.topic, each.data, CENTRAL_KEYS).message for each in answers]
        expected = StoredNotice(EPOCH, count, ENTRIES[count - 1].hash, AT)
        assert [word for word in said if isinstance(word, StoredNotice)] == [expected] * told
        assert len(said) == (told if waits else 1), "acknowledged what only one machine has"
