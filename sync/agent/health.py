"""Reports this gate's health to central: a hint that decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.agent.core import LinkStamps
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, DeviceState, Health, SealedMessage, seal_message

MEASURED_EVERY = 5.0
"""Seconds between two measurements, at least: what a poll may have changed is found then at the latest."""


class HealthReporter:
    """Sends what `measure` returns every `every` seconds, stamped by `stamps` and signed for `device` with
    `key`.
    """

    channels: frozenset[Channel] = frozenset()

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        measure: Callable[[], Health],
        stamps: LinkStamps,
        every: float,
    ) -> None:
        self._device = device
        self._key = key
        self._measure = measure
        self._stamps = stamps
        self._every = every

    def open_conversation(self, now: float) -> HealthConversation:  # noqa: ARG002
        return HealthConversation(self._device, self._key, self._measure, self._stamps, self._every)

    def last_message(self) -> SealedMessage:
        """The message for an orderly stop."""
        last = replace(self._measure(), state=DeviceState.STOPPED, stamp=self._stamps.next())
        return seal_message(last, self._device, self._key)

    def will_message(self) -> SealedMessage:
        """The MQTT will of a new link, which the broker publishes if the process goes without a goodbye."""
        will = Health(DeviceState.GONE, self._measure().at, self._stamps.begin_link())
        return seal_message(will, self._device, self._key)


class HealthConversation(BaseConversation):
    """Reports on one link: when it comes up, when something changed, and every `every` seconds."""

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        measure: Callable[[], Health],
        stamps: LinkStamps,
        every: float,
    ) -> None:
        self._device = device
        self._key = key
        self._measure = measure
        self._stamps = stamps
        self._every = every
        self._reported: tuple[float, Health] | None = None
        self._measure_at = float("-inf")
        self._is_measured = False

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        self._is_measured = now >= self._measure_at
        if not self._is_measured:
            return
        self._measure_at = now + MEASURED_EVERY
        health = self._measure()
        if self._reported is not None:
            at, before = self._reported
            if now < at + self._every and _urgent_part(health) == _urgent_part(before):
                return
        self._reported = now, health
        yield seal_message(replace(health, stamp=self._stamps.next()), self._device, self._key)

    def next_due(self, now: float) -> float:  # noqa: ARG002
        if self._reported is None or not self._is_measured:
            return self._measure_at
        return self._reported[0] + self._every


def _urgent_part(health: Health) -> tuple[object, ...]:
    """What is reported at once when it changes; the first clock answer too: it shows that central answers."""
    return health.alarms, health.held, health.refused, health.clock_offset is None
