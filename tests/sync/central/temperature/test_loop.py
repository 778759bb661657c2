"""The alarm about a thermometer: raised once an hour by whichever process looks, ended when it stands right
again.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.alarms.core.kinds import KINDS, AlarmKind
from sync.central.alarms.tables import alarm, alarm_cue
from sync.central.devices.devices import enrol_device, put_site
from sync.central.store import Store, open_store
from sync.central.temperature.loop import ThermometerLoop
from sync.central.units import HOUR
from tests.keys import ed25519
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.temperature.examples import at
from tests.sync.central.temperature.test_recording import sent
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, EPOCH

DEVICES = ("odd", "gate-1", "gate-2", "gate-3")


def hours(first: int, last: int, off: float, draw: Random) -> list[Happened]:
    """Twenty-five readings an hour, `off` by so much; hours after AT."""
    return [
        (3600 * hour + 60 * count, at(round(draw.gauss(36.3 + off, 0.2), 2)))
        for hour in range(first, last)
        for count in range(25)
    ]


def cues(store: Store) -> list[tuple[str, bool, int]]:
    """Key, whether it is an end, and the hour, of what was told."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(alarm_cue).order_by(alarm_cue.c.number)).all()
    assert {row.kind for row in rows} <= {"thermometer_drift"}
    return [(row.key, row.is_end, (row.at - AT) // HOUR) for row in rows]


def an_open_alarm(store: Store) -> None:
    """As the alarms' loop makes one of the cue."""
    kind = AlarmKind.THERMOMETER_DRIFT
    values = {"kind": kind, "key": "odd", "open_key": f"{kind} odd", "severity": KINDS[kind].severity}
    values |= {"first_at": AT, "last_at": AT, "times": 1, "evidence": [], "values": {}, "seen": []}
    with store.writing() as connection:
        connection.execute(sa.insert(alarm).values(**values, raised_at=AT, changed_at=AT))


def test_a_drift_is_told_once_an_hour_and_its_end(tmp_path: Path) -> None:
    url, draw = f"sqlite:///{tmp_path}/central.sqlite", Random(5)
    make_tables(url)
    store = open_store(url)
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        for name in DEVICES:
            key = ed25519(name).public_key().public_bytes_raw()
            enrol_device(connection, name, ("green-court", name), key, 1)
    wrong = {name: hours(0, 4, 0.8 if name == "odd" else 0.0, draw) for name in DEVICES}
    right = {name: hours(4, 12, 0.0, draw) for name in DEVICES}
    whole = {
        name: journal(wrong[name] + right[name], epoch=bytes([number]) * len(EPOCH))
        for number, name in enumerate(DEVICES)
    }
    for name, entries in whole.items():
        sent(store, entries[:100], name)
    now = [AT + 3 * HOUR + 1]
    one, other = (ThermometerLoop(store, lambda: now[0]) for _ in range(2))
    one.look()
    assert cues(store) == [("odd", False, 3)]
    one.look()
    assert cues(store) == [("odd", False, 3)], "once an hour"
    other.look()
    assert cues(store)[1] == cues(store)[0], "another process tells the same cue"
    now[0] += HOUR
    one.look()
    assert cues(store)[2:] == [("odd", False, 4)]
    an_open_alarm(store)
    for name, entries in whole.items():
        sent(store, entries[100:], name)
    now[0] += 8 * HOUR
    one.look()
    assert cues(store)[3:] == [("odd", True, 12)]
    store.close()
    one.look()  # a database that does not answer ends no loop
