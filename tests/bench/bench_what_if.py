"""What other rules would have decided over a month of a large site: how long, and how much memory it takes.

python -m tests.bench.bench_what_if [EVENTS] [PEOPLE]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from edge.decision import Direction, Evidence, TemperatureReading
from edge.journal.format import Entry, own_fields
from edge.signing.cose import microseconds
from sync.central.accesses.core.parsing import facts_of
from sync.central.accesses.tables import access
from sync.central.changes.policies import policy_of
from sync.central.devices.devices import enrol_device, put_site
from sync.central.explain.what_if import what_if
from sync.central.store import Store, migrate_store, open_store
from sync.central.tables import chain, event
from tests.sync.central.explain.conftest import GREEN, RED, RULES, resident
from tests.sync.central.explain.gate import Gate, code, face
from tests.sync.central.registry.desk import SITE, Desk
from tests.sync.wire.examples import DEVICE, EPOCH, KEY

AT_ONCE = 20_000
MONTH = timedelta(days=30)


def entries(gate: Gate, count: int, people: int) -> Iterator[Entry]:
    """What a gate writes over a month: faces and passes, a temperature of each, a few of them red."""
    draw = Random(1)
    for number in range(count):
        who = f"person-{draw.randrange(people)}"
        celsius = round(draw.gauss(36.4, 0.35), 1)
        seen = Evidence(
            Direction.ENTRY if draw.random() < 0.5 else Direction.EXIT,
            face=face(who, round(draw.uniform(0.55, 0.9), 4)),
            code=code(who) if draw.random() < 0.2 else None,
            temperature=TemperatureReading(celsius, again=celsius),
        )
        yield gate.sees(seen, gate.desk.now + MONTH * number / count, occupancy=number % 90)
        gate.entries = gate.entries[-1:]
        gate.waiting.clear()


def store_all(store: Store, written: Iterator[Entry]) -> None:
    """Put them into the tables at once, as the ingester has stored them one batch after the other."""
    with store.writing() as connection:
        values = {"device": DEVICE, "epoch": EPOCH, "gate": "main", "hash": bytes(32)}
        number = connection.execute(sa.insert(chain).values(values).returning(chain.c.number)).scalar_one()
    events: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for sequence, entry in enumerate(written, start=1):
        entry = replace(entry, sequence=sequence)  # noqa: PLW2901 - the bench keeps no list of them
        place = {"chain": number, "received_at": entry.at + 500_000}
        events.append({**own_fields(entry), **place})
        facts = facts_of(entry.kind, entry.body)
        assert facts is not None
        said = {name: getattr(facts, name) for name in ("outcome", "reason", "rule", "direction", "subject")}
        at = {"sequence": sequence, "at": entry.at, "site": SITE, "device": DEVICE, "gate": "main"}
        rows.append({**said, **at, **place, "means": facts.means.value, "registry": facts.registry})
        if len(rows) == AT_ONCE:
            _put(store, events, rows)
    _put(store, events, rows)


def _put(store: Store, events: list[dict[str, object]], rows: list[dict[str, object]]) -> None:
    if rows:
        with store.writing() as connection:
            connection.execute(sa.insert(event), events)
            connection.execute(sa.insert(access), rows)
    events.clear()
    rows.clear()


def main(count: int = 20_000, people: int = 5_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/central.sqlite"
        migrate_store(url)
        with closing(open_store(url)) as store:
            desk = Desk(Path(name) / "desk", store)
            with store.writing() as connection:
                put_site(connection, SiteFile(SITE))
                public = KEY.public_key().public_bytes_raw()
                enrol_device(connection, DEVICE, (SITE, "main"), public, 1)
            desk.write_policy(RULES)
            for number in range(people):
                desk.put(resident(f"person-{number}", RED if number % 50 == 0 else GREEN))
            desk.publish()
            gate = Gate(desk)
            gate.installs()
            store_all(store, entries(gate, count, people))
            rules = policy_of(RULES)
            colder = replace(rules, temperature=replace(rules.temperature, limit=37.0))
            before = _memory()
            began, used = time.perf_counter(), time.process_time()
            span = (microseconds(desk.now), microseconds(desk.now + MONTH + timedelta(hours=1)))
            found = what_if(store, SITE, colder, *span)
            took, used = time.perf_counter() - began, time.process_time() - used
            print(
                f"{found.total:,} decisions of {people:,} people again in {took:.1f} s, "
                f"{used:.1f} s of the processor ({found.total / took:,.0f} a second), "
                f"{found.differ:,} differ, peak of memory {before} MB before, {_memory()} MB after"
            )


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
