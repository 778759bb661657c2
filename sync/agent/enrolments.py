"""Carries a gate's requests for enrolments to central, and brings the answers: it can read neither's secrets.

A request waits as a file in the gate's outbox until the gate takes it away. It is said again on each link,
and now and then, until it is gone: central answers each time with what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import GatepostError
from edge.registry_requests import (
    ANSWER_SUFFIX,
    MOST_FILES,
    MOST_REQUEST_BYTES,
    REQUEST_SUFFIX,
    EnrolmentAnswer,
    EnrolmentRequest,
    read_request,
)
from edge.support.files import READABLE_BY_GROUP, list_bounded, read_bounded, write_aside
from sync.agent.configuration import SyncEnrolmentsSection
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, ReceivedMessage, SealedMessage, seal_message

LOOKS_EVERY = 2.0
"""Seconds between two looks at the outbox."""
SAID_EVERY = 120.0
"""Seconds after which a request that is still there is said again on the same link: what became of it?"""
_AT_ONCE = 2
"""Requests of one look: each may have 64 KiB."""


class EnrolmentCarrier:
    """Sends what lies in the gate's outbox, signed for `device` with `key`; `section` names the folders."""

    channels = frozenset({Channel.ENROLMENT_ANSWER})

    def __init__(self, device: str, key: Ed25519PrivateKey, section: SyncEnrolmentsSection) -> None:
        self._device = device
        self._key = key
        self._section = section

    def open_conversation(self, now: float) -> EnrolmentConversation:  # noqa: ARG002
        return EnrolmentConversation(self._device, self._key, self._section)


class EnrolmentConversation(BaseConversation):
    """The requests on one link."""

    def __init__(self, device: str, key: Ed25519PrivateKey, section: SyncEnrolmentsSection) -> None:
        self._device = device
        self._key = key
        self._section = section
        self._said: dict[str, tuple[bytes, float]] = {}
        self._look_at = float("-inf")
        self._unreadable: frozenset[str] = frozenset()
        self._log = structlog.get_logger("sync.enrolments")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, EnrolmentAnswer):
                self._put(item.message)
        return iter(())

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now < self._look_at:
            return
        self._look_at = now + LOOKS_EVERY
        for name, data, request in self._due(now)[:_AT_ONCE]:
            self._said[name] = data, now
            yield seal_message(request, self._device, self._key)

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self._look_at

    # --- inside ----------------------------------------------------------------------------

    def _due(self, now: float) -> list[tuple[str, bytes, EnrolmentRequest]]:
        """What is to be said now, the longest unsaid first: not yet on this link, changed since, or said long
        ago.
        """
        found = dict(self._waiting())
        self._said = {name: said for name, said in self._said.items() if name in found}
        self._forget_all_but(frozenset(found))
        due, unreadable = [], set()
        for name, data in found.items():
            before, at = self._said.get(name, (b"", 0.0))
            if before == data and now < at + SAID_EVERY:
                continue
            try:
                request = read_request(data)
            except GatepostError as error:
                unreadable.add(name)
                if name not in self._unreadable:
                    self._log.warning("enrolment_request_unreadable", file=name, error=str(error))
                continue
            due.append((name, data, request))
        self._unreadable = frozenset(unreadable)
        return sorted(due, key=lambda one: self._said.get(one[0], (b"", float("-inf")))[1])

    def _forget_all_but(self, waiting: frozenset[str]) -> None:
        """Take away the answers to requests that the gate has taken away: it has read them."""
        try:
            paths = list_bounded(self._section.answers, f"*{ANSWER_SUFFIX}", MOST_FILES)
        except OSError:
            return
        for path in paths:
            if path.name.removesuffix(ANSWER_SUFFIX) + REQUEST_SUFFIX not in waiting:
                with suppress(OSError):
                    path.unlink()

    def _waiting(self) -> Iterator[tuple[str, bytes]]:
        try:
            paths = list_bounded(self._section.outbox, f"*{REQUEST_SUFFIX}", MOST_FILES)
        except OSError:
            return  # the gate has not made it yet
        for path in paths:
            try:
                yield path.name, read_bounded(path, MOST_REQUEST_BYTES)
            except (OSError, GatepostError):
                continue  # it was taken away meanwhile, or is too large: the gate says so

    def _put(self, answer: EnrolmentAnswer) -> None:
        """Leave the answer for the gate, where it waits for one. Raises OSError."""
        name = answer.id.hex()
        if not (self._section.outbox / f"{name}{REQUEST_SUFFIX}").is_file():
            return  # nobody asks: it would only fill the disk
        self._section.answers.mkdir(parents=True, exist_ok=True)
        path = self._section.answers / f"{name}{ANSWER_SUFFIX}"
        write_aside(path, msgspec.json.encode(answer), READABLE_BY_GROUP)
