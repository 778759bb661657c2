"""Stores the gates' health reports, and answers their questions for the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from edge.journal.format import Acknowledgement
from sync.central.confirming import Confirming, HeldAnswer
from sync.central.devices.devices import note_health
from sync.central.devices.process_starts import REPORTED, record_shared
from sync.central.devices.stamps import older, take_stamp
from sync.central.journals.reading import less_than_acknowledged
from sync.central.server import CommitPoint, commit_point
from sync.central.store import Store
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.dispatcher import Refuse, refuse_silently
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    SESSION_TAKEN_OVER,
    Channel,
    ClockAnswer,
    ClockQuestion,
    DeviceState,
    Health,
    ReceivedMessage,
    SealedMessage,
    seal_message,
)

_Heard = tuple[ReceivedMessage, Health]


@dataclass(frozen=True)
class _Stored:
    """The reports that are news, and by device what central has at `point` where a report tells of more."""

    news: Sequence[_Heard]
    less: dict[str, Acknowledgement]
    point: CommitPoint


class HealthHandler(StatelessHandler):
    """Stores each gate's newest report, and drops one that was recorded and is sent again; records identities
    that two processes use, where a device says so.

    A gate that tells of more acknowledged events than the database has is told what it has, signed with
    central's `key`: the database was put back from a backup, and the gate sends again what it still holds.
    That, too, rests on what a server's standbys have: what `confirming` holds back somebody else sends.
    """

    channels = frozenset({Channel.HEALTH})

    def __init__(
        self,
        store: Store,
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        refuse: Refuse = refuse_silently,
        *,
        confirming: Confirming | None = None,
    ) -> None:
        self._store = store
        self._confirming = confirming or Confirming(store)
        self._key = key
        self._wall = wall
        self._refuse = refuse
        self._log = structlog.get_logger("central.health")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        reports = [(item, item.message) for item in messages if isinstance(item.message, Health)]
        # Sorted, so that two processes take their locks in one order and never wait for each other.
        reports.sort(key=lambda heard: (heard[0].device, _order(heard[1])))
        for stored in in_batch_or_each(reports, self._stored, self._not_stored):
            taken_over = (item.device for item, health in stored.news if SESSION_TAKEN_OVER in health.alarms)
            record_shared(self._store, dict.fromkeys(taken_over, REPORTED), self._wall())
            for device, acknowledgement in stored.less.items():
                self._log.info("events_lost_here", device=device, whole_to=acknowledgement.sequence)
            yield from self._confirming.said(
                HeldAnswer(stored.point, (device, told.epoch), seal_message(told, device, self._key))
                for device, told in stored.less.items()
            )

    def _stored(self, reports: Sequence[_Heard]) -> _Stored:
        """Store the newest report of each device."""
        news: list[_Heard] = []
        old: list[_Heard] = []
        less: dict[str, Acknowledgement] = {}
        with self._store.writing() as connection:
            point = commit_point(connection)
            for heard in reports:
                (news if _is_news(connection, *heard) else old).append(heard)
            for device, health in {item.device: health for item, health in news}.items():
                note_health(connection, device, health, self._wall())
                held = _less_than_told(connection, device, health, self._wall())
                if held is not None:
                    less[device] = held
        for item, health in old:
            self._refuse(Channel.HEALTH.of(item.device), item.data, older(health.stamp))
        return _Stored(news, less, point)

    def _not_stored(self, heard: _Heard, error: Exception) -> None:
        self._log.warning("health_not_stored", device=heard[0].device, error=str(error))


class ClockAnswers(StatelessHandler):
    """Answers questions for the time."""

    channels = frozenset({Channel.CLOCK_QUESTION})

    def __init__(self, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._key = key
        self._wall = wall

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, ClockQuestion):
                yield seal_message(ClockAnswer(item.message.nonce, self._wall()), item.device, self._key)


def _is_news(connection: Connection, item: ReceivedMessage, health: Health) -> bool:
    """Whether a report is to be stored: a will always is, and counts for the newest link only."""
    return health.state is DeviceState.GONE or take_stamp(
        connection, item.device, Channel.HEALTH, health.stamp
    )


def _less_than_told(connection: Connection, device: str, health: Health, now: int) -> Acknowledgement | None:
    """What is stored of the epoch that a report names, if the gate has heard of more."""
    if health.epoch is None:
        return None
    return less_than_acknowledged(connection, device, health.epoch, health.acknowledged, now)


def _order(health: Health) -> tuple[int, bool, int]:
    """The place of a report among those of its device: a link's will is its last word."""
    return health.stamp.epoch, health.state is DeviceState.GONE, health.stamp.counter
