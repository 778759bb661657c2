"""Many gates at once, and one that was away for long: what the tests try small and the bench large."""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge.decision import Decision, Direction, Evidence, FaceEvidence, FaceFinding, Mode, Outcome, Reason
from edge.journal.factory import open_journal
from edge.journal.format import START, AccessDecided, Entry, told
from edge.journal.format.chain import link
from edge.journal.pruner import JournalPruner
from edge.journal.store import Journal
from edge.journal.tables import INSERT, connected, row_of
from edge.signing.cose import keys_of, microseconds
from sync.transport.broker import Broker
from sync.transport.connection import Connection, Host, LinkState
from sync.transport.core import pause_before
from sync.transport.many import ManyLinks
from tests.events import decided
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import CENTRAL_KEY, WALL, World
from tests.waiting import pause

CENTRAL_KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
_FACE = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.71, threshold=0.6, liveness=0.9, frames=3)
BODY = told(
    AccessDecided(
        Decision(Outcome.GRANT, Reason.FACE_MATCHED, "residents", "li-na"),
        Evidence(Direction.ENTRY, face=_FACE),
        Mode.FACE_OR_CODE,
        118,
        "camera",
    )
)[1]


# --- many gates --------------------------------------------------------------------------------------


def arrivals(gates: int, away: float, longest: float, seed: int = 1) -> list[float]:
    """When each of `gates` is back, in seconds after a broker that was `away` is: the pauses alone."""
    chances = random.Random(seed)
    found = []
    for _ in range(gates):
        at, attempt = 0.0, 0
        while at < away:
            at += pause_before(attempt, chances.random(), longest=longest)
            attempt += 1
        found.append(at - away)
    return sorted(found)


def most_at_once(times: list[float], window: float) -> int:
    """The most arrivals within any `window` seconds; `times` are sorted."""
    return max(bisect_left(times, start + window) - place for place, start in enumerate(times))


def comes_back(broker: Mosquitto, gates: int, longest: float, away: float) -> list[float] | None:
    """When each gate was in again after the broker was away, sorted; None: not all within three pauses."""
    crowd = _Crowd(broker.port, gates, longest)
    try:
        if not crowd.wait(lambda count: count == gates, 60.0 + 3 * longest):
            return None
        broker.kill()
        crowd.wait(lambda count: count == 0, 30.0)
        crowd.wait(lambda _: False, away)
        broker.start()
        began = time.monotonic()
        if not crowd.wait(lambda count: count == gates, 3 * longest + 30.0):
            return None
        return sorted(at - began for at in crowd.ready_at.values())
    finally:
        crowd.close()


class _Crowd:
    """Real connections of many gates to one broker, waited for together."""

    def __init__(self, port: int, gates: int, longest: float) -> None:
        self._links = ManyLinks()
        self.ready_at: dict[str, float] = {}
        address = Broker("127.0.0.1", port, plain=True, keepalive=30, longest_pause=longest)
        host = Host(sleep=lambda _: None, chance=random.Random(1).random, open_link=self._links.open_link)
        names = [f"gate-{number:04d}" for number in range(gates)]
        self._gates = {name: Connection(address, name, (f"dn/{name}/#",), host=host) for name in names}

    def wait(self, condition: Callable[[int], bool], within: float) -> bool:
        """Whether `condition` of the number of gates that are in comes to hold."""
        ends = time.monotonic() + within
        while not condition(len(self.ready_at)):
            if time.monotonic() > ends:
                return False
            ready = self._links.wait(0.01)
            now = time.monotonic()
            for name, gate in self._gates.items():
                if name in ready or gate.next_due() <= now:
                    gate.poll(0.0)
                if gate.state is not LinkState.READY:
                    self.ready_at.pop(name, None)
                else:
                    self.ready_at.setdefault(name, now)
        return True

    def close(self) -> None:
        for gate in self._gates.values():
            gate.close()
        self._links.close()


# --- long away ---------------------------------------------------------------------------------------


def lay_by(path: Path, count: int) -> None:
    """A journal of `count` events that central does not have, written at once rather than one by one."""
    with open_journal(path, "main", WALL) as journal:
        epoch = journal.epoch
    with closing(connected(path)) as connection, connection:
        connection.execute("BEGIN")
        last: Entry | None = None
        for sequence in range(1, count + 1):
            last = link(
                epoch=epoch,
                gate="main",
                sequence=sequence,
                at=microseconds(WALL.at) + sequence * 17_280_000,
                trust=WALL.trust,
                monotonic=17.28 * sequence,
                kind="access_decided",
                body=BODY,
                previous=START if last is None else last.hash,
            )
            connection.execute(INSERT, row_of(last, 1))


@dataclass(frozen=True)
class Drained:
    """How long it took; how long an append of a decision took meanwhile, and before, in ms (p50, p99)."""

    seconds: float
    before: tuple[float, float]
    during: tuple[float, float]
    left: int


def drain(world: World, count: int, keep: int, *, pace: float, within: float) -> Drained:
    """Bring up `count` events of a gate that goes on deciding every `pace` seconds, pruned to `keep`."""
    lay_by(world.journal_path(), count)
    with world.journal(wall=WALL) as journal:
        folder = world.folder / f"{DEVICE}-acknowledged"
        pruner = JournalPruner(journal, folder, DEVICE, lambda: CENTRAL_KEYS, keep=keep, look_every=0.1)
        before = [_decide(journal, pace) for _ in range(50)]
        stop = threading.Event()
        syncing = threading.Thread(target=_sync, args=(world, stop))
        with world.central():
            began = time.monotonic()
            syncing.start()
            during, took = [], within
            while time.monotonic() - began < within:
                during.append(_decide(journal, pace))
                pruner.poll(time.monotonic(), WALL)
                if len(during) % 20 == 0 and world.count() >= count:
                    took = time.monotonic() - began
                    break
            stop.set()
            syncing.join()
        left = journal.last()
        assert left is not None
        return Drained(took, _tail(before), _tail(during), left.sequence)


def _decide(journal: Journal, pace: float) -> float:
    """One decision, written down; how long that took, in milliseconds."""
    began = time.perf_counter()
    journal.append(decided(), WALL)
    took = time.perf_counter() - began
    pause(pace)
    return 1000.0 * took


def _sync(world: World, stop: threading.Event) -> None:
    with world.agent() as agent:
        while not stop.is_set():
            agent.poll()


def _tail(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
