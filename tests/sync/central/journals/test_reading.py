"""Reading the events of all gates: each once, and each gate's in order."""

from __future__ import annotations

from sync.central.journals.journals import store_batch
from sync.central.journals.reading import EventReader
from sync.central.store import Store
from sync.wire import batch_of
from tests.sync.wire.examples import AT, DEVICE, chained

SITE = "green-court"


def test_events_are_followed_gate_by_gate_each_once(store: Store) -> None:
    journal, other = chained(9), chained(4, epoch=bytes(16))
    reader = EventReader()
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal[:3], 0), AT)
        newest = reader.newest(connection, 2)
        store_batch(connection, DEVICE, batch_of(journal[6:], 6), AT)
        store_batch(connection, "gp-0002", batch_of(other, 0), AT)
        first = reader.new_events(connection)
        store_batch(connection, DEVICE, batch_of(journal[3:6], 3), AT)
        second = reader.new_events(connection)
        assert reader.new_events(connection) == []
        only = EventReader("gp-0002").newest(connection, 50)
    assert [heard.entry for heard in newest] == journal[1:3]
    assert [heard.entry for heard in first] == other, "what is behind a gap waits until it is whole"
    assert [heard.entry for heard in second] == journal[3:]
    assert [heard.entry for heard in only] == other
    assert {heard.site for heard in only} == {SITE}
