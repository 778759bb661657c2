"""The vectors of stamps: a centre takes what is news, and nothing that was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cddl_verifier import cbor

from edge.admin.site_admin import SiteFile
from edge.signing.cose import MessageRefused, encode_value, keys_of
from sync.central.devices.devices import enrol_device, put_site
from sync.central.devices.health_and_clock import HealthHandler
from sync.central.devices.hello import WelcomeHandler
from sync.central.store import Store, open_store
from sync.central.tables import device
from sync.wire import Channel, Welcome, open_message
from tests.protocol.test_vectors import each
from tests.protocol.vectors.files import read
from tests.protocol.vectors.notation import meant
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, KEY

PUBLIC = bytes.fromhex(read("stamps")["public"])


class Centre:
    """What of a centre hears hellos and health."""

    def __init__(self, store: Store, identity: str) -> None:
        self._store, self._identity = store, identity
        self._refused: list[str] = []
        self._handlers = {
            Channel.HELLO: WelcomeHandler(store, KEY, lambda: AT, self._refuse),
            Channel.HEALTH: HealthHandler(store, KEY, lambda: AT, self._refuse),
        }
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            enrol_device(connection, identity, ("green-court", "main"), PUBLIC, 1)

    def _refuse(self, topic: str, data: bytes, why: MessageRefused) -> None:
        del topic, data
        self._refused.append(why.refusal.value)

    def answer(self, step: dict[str, Any]) -> dict[str, Any]:
        self._refused.clear()
        received = open_message(step["topic"], bytes.fromhex(step["message"]), keys_of([PUBLIC]))
        assert encode_value(received.message) == cbor.encode(meant(step["value"]), canonical=True)
        out = [
            open_message(sealed.topic, sealed.data, keys_of([PUBLIC])).message
            for sealed in self._handlers[received.channel].handle([received], 0.0)
        ]
        epochs = [message.epoch for message in out if isinstance(message, Welcome)]
        with self._store.reading() as connection:
            state = connection.execute(sa.select(device.c.state).where(device.c.id == self._identity))
            told = state.scalar_one()
        return {
            "refusal": self._refused[0] if self._refused else None,
            "welcome": epochs[0] if epochs else None,
            "state": told or "",
        }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/central.db"
    make_tables(url)
    with contextlib.closing(open_store(url)) as opened:
        yield opened


@each("stamps", "stories")
def test_a_centre_takes_what_is_news(item: dict[str, Any], store: Store) -> None:
    centre = Centre(store, read("stamps")["device"])
    assert [centre.answer(step) for step in item["steps"]] == [step["expect"] for step in item["steps"]]
