"""How long the backup of a large centre takes, how large it is, and how long it takes to put it back.

python -m tests.bench.bench_backup [PEOPLE] [EVENTS] [sqlite|postgresql]

People have one sealed face each; events are rows of the size that gates send. PostgreSQL is a cluster of its
own, which leaves syncing to the system (fsync=off).
"""

from __future__ import annotations

import resource
import sys
import time
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from edge.admin.site_file import SiteFile
from edge.backup.keys import make_identity, read_identities, recipients_of, trusted_signers
from edge.backup.reading import verify_backup
from sync.central.accounts.actor import command_line_actor
from sync.central.backup.creating import Centre, back_up_centre
from sync.central.backup.restoring import Target, restore_centre
from sync.central.configuration import load_configuration
from sync.central.devices.devices import enrol_device, put_site
from sync.central.setup import init_central
from sync.central.store import Store, open_store
from sync.central.tables import chain, event, subject, template
from tests.sync.services import postgresql

_AT_ONCE = 5_000
_TEMPLATE_BYTES, _EVENT_BYTES = 640, 180


def filled(store: Store, people: int, events: int) -> None:
    noise = Random(1)
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        enrol_device(connection, "gp-0001", ("green-court", "main"), bytes(32), 1)
        row = {"device": "gp-0001", "epoch": bytes(16), "gate": "main", "hash": bytes(32)}
        connection.execute(sa.insert(chain).values(**row))
    for first in range(0, people, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, people))
        with store.writing() as connection:
            person = {
                "site": "green-court",
                "record": b'{"id":"somebody","groups":["resident"]}',
                "changed_at": 1,
            }
            connection.execute(sa.insert(subject), [person | {"id": f"p-{number}"} for number in numbers])
            faces = [
                {
                    "site": "green-court",
                    "subject": f"p-{n}",
                    "number": 1,
                    "record": noise.randbytes(_TEMPLATE_BYTES),
                }
                for n in numbers
            ]
            connection.execute(sa.insert(template), faces)
    columns = {column.name: column for column in event.c}
    for first in range(0, events, _AT_ONCE):
        with store.writing() as connection:
            rows = [made(columns, number, noise) for number in range(first, min(first + _AT_ONCE, events))]
            connection.execute(sa.insert(event), rows)


def made(columns: dict[str, sa.Column[object]], number: int, noise: Random) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, column in columns.items():
        if isinstance(column.type, sa.LargeBinary):
            row[name] = noise.randbytes(32 if "hash" in name else _EVENT_BYTES)
        elif isinstance(column.type, sa.Text):
            row[name] = "decision"
        else:
            row[name] = 1
    return row | {"chain": 1, "sequence": number + 1}


def bytes_of(store: Store, file: Path) -> int:
    """How large the database is."""
    if not store.is_on_server:
        return file.stat().st_size
    with store.reading() as connection:
        query = sa.text("SELECT pg_database_size(current_database())")
        return int(connection.execute(query).scalar_one())


def empty_beside(url: str) -> str:
    """The URL of another, empty database on the same server."""
    engine = sa.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE again"))
    engine.dispose()
    return make_url(url).set(database="again").render_as_string(hide_password=False)


def measured(people: int, events: int, url: str | None) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        configuration, _ = init_central(folder / "centre", url, "127.0.0.1", 1883, plain=True)
        file = folder / "centre" / "central.toml"
        with closing(open_store(configuration.store.url)) as store:
            filled(store, people, events)
            recipients = recipients_of([make_identity(folder / "backup.key")], "--to")
            centre, actor = Centre(file, load_configuration(file), store), command_line_actor("bench")
            begun = time.perf_counter()
            made_now = back_up_centre(centre, folder / "centre.age", recipients, actor, datetime.now(UTC))
            taken = time.perf_counter() - begun
            database = bytes_of(store, folder / "centre" / "central.sqlite")
        print(f"{people} people, {events} events: {database >> 20} MiB, backup {made_now.size >> 20} MiB")
        print(f"made in {taken:.1f} s")
        identities = read_identities(folder / "backup.key")
        begun = time.perf_counter()
        verified = verify_backup(
            made_now.path, identities, trusted_signers(folder / "centre" / "central.pub")
        )
        print(f"verified in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        target = Target(folder / "again", None if url is None else empty_beside(url))
        restore_centre(verified, identities, target, actor, datetime.now(UTC))
        print(f"put back in {time.perf_counter() - begun:.1f} s")
        print(f"memory at its peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


def main(people: str = "100000", events: str = "1000000", where: str = "sqlite") -> None:
    with postgresql() if where == "postgresql" else nullcontext() as url:
        measured(int(people), int(events), url)


if __name__ == "__main__":
    main(*sys.argv[1:])
