"""Many links by one selector: made without blocking, waited for together, beyond what select(2) knows."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sync.transport.broker import Broker
from sync.transport.core import Ending, Link, LinkCause, LinkState
from sync.transport.many import ManyLinks
from sync.wire import SealedMessage
from tests.ports import free_port
from tests.sync.services import Mosquitto
from tests.waiting import soon


@pytest.fixture
def many() -> Iterator[ManyLinks]:
    with closing(ManyLinks()) as links:
        yield links


def opened(many: ManyLinks, port: int, name: str, filters: tuple[str, ...] = ("none",)) -> Link:
    return many.open_link(Broker("127.0.0.1", port, plain=True), name, filters, lambda: None)


def until_ready(many: ManyLinks, links: dict[str, Link]) -> None:
    def poll() -> None:
        for name in many.wait(0.05):
            links[name].poll(0.0)

    soon(lambda: all(link.state is LinkState.READY for link in links.values()), meanwhile=poll)


def test_who_has_something_is_named_and_nobody_else(many: ManyLinks, broker: Mosquitto) -> None:
    links = {name: opened(many, broker.port, name, (f"to/{name}",)) for name in ("one", "other")}
    until_ready(many, links)
    assert links["one"].publish(SealedMessage("to/other", b"hello"))
    named: set[str] = set()
    soon(lambda: "other" in named, meanwhile=lambda: named.update(many.wait(0.05)))
    links["other"].poll(0.0)
    assert [item.data for item in links["other"].fetch_arrived()] == [b"hello"]
    for link in links.values():
        link.disconnect(None)
    assert many.wait(0.0) == set(), "nobody is waited for any more"


def test_a_quiet_link_is_named_in_time_for_its_ping(many: ManyLinks, broker: Mosquitto) -> None:
    there = Broker("127.0.0.1", broker.port, plain=True, keepalive=2)
    links = {name: many.open_link(there, name, ("none",), lambda: None) for name in ("one", "other")}
    until_ready(many, links)
    named: set[str] = set()
    soon(
        lambda: named == links.keys(), "a ping would be late", meanwhile=lambda: named.update(many.wait(60.0))
    )
    for link in links.values():
        link.disconnect(None)


def test_a_broker_that_is_not_there_is_named_as_such(many: ManyLinks) -> None:
    link = opened(many, free_port(), "gate")
    soon(lambda: link.ended is not None, meanwhile=lambda: link.poll(0.0))
    assert link.ended is not None
    assert (link.ended.ending, link.ended.cause) == (Ending.REFUSED, LinkCause.NOBODY_LISTENS)
    assert many.wait(0.0) == set()


def test_each_address_of_a_name_is_tried_and_links_begin_with_different_ones(
    many: ManyLinks, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name in the DNS with the addresses of all nodes, of which the first and the last do not listen."""
    asked = socket.getaddrinfo
    places = ["127.0.0.7", "127.0.0.1", "127.0.0.8"]

    def answers(host: str, port: int, **words: int) -> list[object]:
        return [one for place in places for one in asked(place if host == "nodes" else host, port, **words)]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    there = Broker("nodes", broker.port, plain=True)
    links = {name: many.open_link(there, name, ("none",), lambda: None) for name in "abc"}
    until_ready(many, links)
    for link in links.values():
        link.disconnect(None)
    places[:] = ["127.0.0.7", "127.0.0.8"]
    gone = ManyLinks()
    link = gone.open_link(there, "d", ("none",), lambda: None)
    soon(lambda: link.ended is not None, meanwhile=lambda: link.poll(0.0))
    assert link.ended is not None
    assert link.ended.cause is LinkCause.NOBODY_LISTENS
    gone.close()


def test_a_link_whose_broker_dies_ends_and_its_name_can_come_again(
    many: ManyLinks, broker: Mosquitto
) -> None:
    links = {"gate": opened(many, broker.port, "gate")}
    until_ready(many, links)
    broker.kill()

    def poll() -> None:
        for name in many.wait(0.05):
            links[name].poll(0.0)

    soon(lambda: links["gate"].ended is not None, meanwhile=poll)
    assert not links["gate"].publish(SealedMessage("to/nobody", b""))
    links["gate"].abandon()
    broker.start()
    links["gate"] = opened(many, broker.port, "gate")
    until_ready(many, links)
    links["gate"].abandon()


def test_there_may_be_more_descriptors_than_select_knows(many: ManyLinks, broker: Mosquitto) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1_100):
            stack.callback(os.close, os.open(Path("/dev/null"), os.O_RDONLY))
        links = {"gate": opened(many, broker.port, "gate")}
        until_ready(many, links)
        links["gate"].disconnect(SealedMessage("to/nobody", b"goodbye"))
