"""Each loop of the centre does its round beside rows and documents that a newer version wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from edge.signing.key_files import make_private_key
from sync.central.alarms.loop import AlarmLoop
from sync.central.changes.deciding import lapse
from sync.central.configuration import load_configuration
from sync.central.loops import LoopsForAll
from sync.central.registry.publishing_loop import PublishingLoop
from sync.central.tables import subject
from sync.central.units import DAY
from sync.central.waking import Waker
from tests.keys import ed25519
from tests.sync.central.web.addresses import ADDRESSES
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_leaks import ROUTES, address_of
from tests.sync.central.web.test_newer import COLUMNS, put_unknown, unknown_rows
from tests.sync.central.web.test_newer_documents import More, fill, kept, lost, write

SAID = {"rollout_ended"}
"""What is said of them: that a gate's end of an update is unknown counts as a failure."""


class Looking(Protocol):
    def look(self) -> object: ...


def loops_of(console: Console, folder: Path) -> Iterator[tuple[str, Looking]]:
    """Every loop that a centre has, by name."""
    for name in ("central", "commands"):
        make_private_key(folder / f"{name}.key")
    file = folder / "central.toml"
    file.write_text(
        f'[store]\nurl = "{console.store.name}"\n[central]\nkey = "central.key"\n'
        '[broker]\nhost = "127.0.0.1"\nplain = true\n[commands]\nkey = "commands.key"\n'
        f'[history]\nfolder = "{folder}/history"\n'
    )

    def wall() -> int:
        return console.town.now

    loops: Any = LoopsForAll(load_configuration(file), console.store, ed25519("town"), wall, Waker())
    yield from loops.of_an_ingester()
    yield "alarms", AlarmLoop(console.store, wall)
    yield "publishing", PublishingLoop(console.store, None, wall, lambda: None)


def isolate(console: Console) -> None:
    """Have the town's person stay at home: their visits are due for as long."""
    with console.store.writing() as connection:
        mine = sa.update(subject).where(subject.c.id == console.town.person.id)
        connection.execute(mine.values(isolated_since=console.town.now - DAY))


@pytest.mark.parametrize("more", [None, *More])
def test_every_loop_does_its_round_and_keeps_what_it_does_not_know(
    console: Console, tmp_path: Path, more: More | None
) -> None:
    for route in ROUTES:
        if (route.method, route.path) in ADDRESSES:
            address_of(route, console)  # it makes what the address is of
    isolate(console)
    if more is None:
        put_unknown(console, COLUMNS)
    else:
        fill(console)
        write(console, more)
    words, documents = unknown_rows(console), kept(console)
    for name, loop in loops_of(console, tmp_path):
        with capture_logs() as said:
            loop.look()
        wrong = [each for each in said if each["log_level"] not in {"debug", "info"}]
        assert [each for each in wrong if each["event"] not in SAID] == [], name
    with console.store.writing() as connection:
        lapse(connection, console.town.now)
    assert unknown_rows(console) == words
    assert lost(documents, kept(console)) == {}
