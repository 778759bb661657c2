"""Hello, stamps and keys at run time, over a real broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge.signing.cose import MessageRefusal, keys_of
from sync.agent.central_keys import keys_at_rest
from sync.agent.configuration import load_configuration
from sync.central.condition import condition_of
from sync.central.devices.devices import known_devices
from sync.transport.broker import Broker
from sync.transport.clock import wall
from sync.transport.connection import Host
from sync.transport.core import InboundMessage, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.wire import Channel, IdentityShared, RefusedByCentral, open_message, seal_message
from tests.edge.registry.repository import new_key, public
from tests.sync.centre import CENTRAL_KEY, NOW, SITE, Centre
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.waiting import soon

CENTRAL_KEYS = keys_of(public(CENTRAL_KEY))


@pytest.fixture
def centre(tmp_path: Path, broker: Mosquitto) -> Iterator[Centre]:
    made = Centre(tmp_path, broker)
    made.people(3)
    yield made
    made.store.close()


@contextmanager
def listening(centre: Centre, *filters: str) -> Iterator[Callable[[], list[InboundMessage]]]:
    """Somebody else's client: what it has heard until now."""
    link = open_mqtt_link(Broker("127.0.0.1", centre.broker.port, plain=True), "ear", filters, lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.05))
    heard: list[InboundMessage] = []

    def hear() -> list[InboundMessage]:
        link.poll(0.02)
        heard.extend(link.fetch_arrived())
        return heard

    try:
        yield hear
    finally:
        link.abandon()


def state(centre: Centre) -> tuple[str | None, int | None, int | None]:
    with centre.store.reading() as connection:
        [gate] = known_devices(connection)
    return gate.state, gate.last_seen, gate.registry_version


def adopt(centre: Centre, **fields: Any) -> None:
    """As `gatepost root adopt` at central: another chain in the file, and nothing else."""
    centre.site.repository.rotate(expires=NOW.replace(year=NOW.year + 2), **fields)
    (centre.folder / "roots").write_bytes(centre.site.repository.roots)


# --- first words -----------------------------------------------------------------------------------


def test_nothing_but_hello_goes_up_before_the_welcome(centre: Centre) -> None:
    with listening(centre, f"up/{DEVICE}/#") as heard, centre.agent() as agent:
        soon(lambda: len(heard()) >= 3, meanwhile=agent.poll)
        assert {item.topic for item in heard()} == {Channel.HELLO.of(DEVICE)}
        with centre.central():
            soon(lambda: state(centre)[0] == "online", meanwhile=agent.poll)


def test_a_gate_whose_clock_was_set_back_begins_another_link_and_is_heard(centre: Centre) -> None:
    with centre.central():
        with centre.agent() as agent:
            soon(lambda: state(centre)[0] == "online", meanwhile=agent.poll)
        soon(lambda: state(centre)[0] == "stopped")
        with centre.agent(Host(wall=lambda: 5)) as agent:
            soon(lambda: state(centre)[0] == "online", meanwhile=agent.poll)
            assert agent._link.number == 2


def test_a_recorded_report_that_another_client_sends_changes_nothing(centre: Centre) -> None:
    with centre.central(), listening(centre, f"up/{DEVICE}/health", f"dn/{DEVICE}/refusal") as heard:
        with centre.agent() as agent:

            def poll() -> None:
                agent.poll()
                heard()

            soon(lambda: state(centre)[0] == "online", meanwhile=poll)
        soon(lambda: state(centre)[0] == "stopped", meanwhile=heard)
        before = state(centre)
        recorded = heard()[0]
        assert recorded.topic == Channel.HEALTH.of(DEVICE)
        centre.say(recorded.topic, recorded.data)

        def refusals() -> list[RefusedByCentral]:
            opened = (
                open_message(item.topic, item.data, CENTRAL_KEYS).message
                for item in heard()
                if item.topic == Channel.REFUSED_BY_CENTRAL.of(DEVICE)
            )
            return [item for item in opened if isinstance(item, RefusedByCentral)]

        soon(refusals)
        assert [(item.channel, item.code) for item in refusals()] == [("health", MessageRefusal.OLDER)]
        assert state(centre) == before


# --- keys ------------------------------------------------------------------------------------------


def test_within_one_announcement_a_key_that_the_newest_root_does_not_name_counts_nowhere(
    centre: Centre,
) -> None:
    repository, stolen, command = centre.site.repository, new_key(), new_key()
    adopt(centre, acknowledgement_keys=public(CENTRAL_KEY, stolen), command_keys=public(stolen))
    centre.publish()
    notice = seal_message(IdentityShared(wall()), DEVICE, stolen)

    def held_root() -> int:
        held = centre.site.registry_service.holdings()
        return 0 if held is None else held.registry.root.version

    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: held_root() == 3)
        registry = agent._registry
        assert registry is not None
        assert registry.command_keys() == keys_of(public(stolen))
        repository.registry_key = new_key()
        centre._secret("registry.key", repository.registry_key)
        adopt(centre, acknowledgement_keys=public(CENTRAL_KEY), command_keys=public(command))
        centre.until(agent, lambda: registry.root is not None and registry.root.version == 4)
        assert registry.command_keys() == keys_of(public(command)), "adopted, and nothing published"
        assert agent._dispatcher.refused[MessageRefusal.UNKNOWN_KEY] == 0
        centre.say(notice.topic, notice.data)
        centre.until(agent, lambda: agent._dispatcher.refused[MessageRefusal.UNKNOWN_KEY] == 1)
        centre.publish()
        centre.until(agent, lambda: held_root() == 4)
        held = centre.site.registry_service.holdings()
        assert held is not None
        assert held.registry.root.acknowledgement_keys == public(CENTRAL_KEY)
        assert held.registry.root.command_keys == public(command)
        centre.until(agent, lambda: root_reported(centre) == 4)


def root_reported(centre: Centre) -> int | None:
    with centre.store.reading() as connection:
        [gate] = known_devices(connection)
    return gate.root_version


def test_a_gate_that_was_away_while_centrals_key_was_replaced_learns_the_new_one(centre: Centre) -> None:
    adopt(centre, acknowledgement_keys=public(CENTRAL_KEY))
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
    replaced = new_key()
    adopt(centre, acknowledgement_keys=public(replaced))
    with capture_logs() as logs, centre.central():
        pass
    assert [line["site"] for line in logs if line["event"] == "key_not_named"] == [SITE]
    assert condition_of(centre.central_file, centre.store, wall()).unnamed_at == (SITE,)
    centre._secret("central.key", replaced)
    assert condition_of(centre.central_file, centre.store, wall()).unnamed_at == ()
    file = load_configuration(centre.folder / "sync.toml")
    assert keys_at_rest(file) == keys_of(public(CENTRAL_KEY))
    centre.people(4)
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 2)
        assert agent._central.now() == keys_of(public(replaced))
    assert keys_at_rest(file) == keys_of(public(replaced)), "what `gatepost sync status` believes"


def test_a_gate_that_slept_through_three_rotations_of_every_key_follows_and_takes_nothing_old(
    centre: Centre,
) -> None:
    """Root, registry and central's key are replaced three times; what the first ones signed is said again."""
    repository = centre.site.repository
    adopt(centre, acknowledgement_keys=public(CENTRAL_KEY))
    centre.publish()
    with listening(centre, f"dn/{DEVICE}/#") as heard, centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        heard()
        first = [item for item in heard() if "/registry/" in item.topic]
    for _ in range(3):
        replaced, repository.registry_key = new_key(), new_key()
        adopt(centre, root_keys=[new_key()], acknowledgement_keys=public(replaced))
        centre._secret("registry.key", repository.registry_key)
        centre._secret("central.key", replaced)
    centre.people(5)
    assert centre.publish().version == 2
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 2)
        assert agent._central.now() == keys_of(public(replaced))
        registry = agent._registry
        assert registry is not None
        before = agent._dispatcher.refused[MessageRefusal.UNKNOWN_KEY]
        for item in first:
            centre.say(item.topic, item.data)
        centre.until(
            agent, lambda: agent._dispatcher.refused[MessageRefusal.UNKNOWN_KEY] == before + len(first)
        )
        assert registry.root == repository.root
        assert centre.site.version == 2
