"""Sees to it that one centre keeps a broker, and says so where it is another."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import GatepostError
from sync.transport.rabbitmq.management import ManagementApi
from sync.transport.rabbitmq.marking import BrokerMark, read_mark, write_mark

SILENT_FOR = 90.0
"""Seconds without a beat, after which another process of the same centre goes on."""
TAKE_OVER = "gatepost central broker apply --take-over shows what would go, and with --yes does it"


class BrokerKeptElsewhere(GatepostError):
    """The broker is another centre's, or another process keeps it with this centre's key."""


def centre_of(key: Ed25519PrivateKey) -> str:
    """What a centre is known by at a broker: the fingerprint of its key. A database that was restored is the
    same centre's.
    """
    return sha256(key.public_key().public_bytes_raw()).hexdigest()[:32]


class BrokerClaim:
    """Claims a broker for `centre`, as its process `run`; `clock` is monotonic."""

    def __init__(self, centre: str, run: str, clock: Callable[[], float]) -> None:
        self._centre, self._run, self._clock = centre, run, clock
        self._seen: BrokerMark | None = None
        self._seen_at = 0.0

    def claim(self, api: ManagementApi) -> None:
        """Say that this process keeps the broker. Raises BrokerKeptElsewhere, and ManagementError."""
        mark = read_mark(api)
        check_centre(mark, self._centre, api.host)
        if mark is not None and mark.run not in {"", self._run} and not self._is_silent(mark):
            raise BrokerKeptElsewhere(
                "another process that has this centre's key keeps the broker",
                where=api.host,
                remedy="a copy of this centre? Stop it, or give it a broker of its own. One that died is"
                f" followed after {SILENT_FOR:.0f} s",
            )
        write_mark(api, BrokerMark(self._centre, self._run, 1 if mark is None else mark.beat + 1))

    def is_refused(self, api: ManagementApi) -> bool:
        """Whether another centre keeps the broker. Raises ManagementError."""
        mark = read_mark(api)
        return mark is not None and mark.centre != self._centre

    def release(self, api: ManagementApi) -> None:
        """Let another process of this centre go on at once. Raises ManagementError."""
        mark = read_mark(api)
        if mark is not None and (mark.centre, mark.run) == (self._centre, self._run):
            write_mark(api, BrokerMark(self._centre, "", mark.beat + 1))

    def _is_silent(self, mark: BrokerMark) -> bool:
        if mark != self._seen:
            self._seen, self._seen_at = mark, self._clock()
        return self._clock() - self._seen_at >= SILENT_FOR


def check_centre(mark: BrokerMark | None, centre: str, host: str) -> None:
    """Raises BrokerKeptElsewhere where the broker is another centre's."""
    if mark is not None and mark.centre != centre:
        raise BrokerKeptElsewhere(
            f"another centre keeps the broker ({mark.centre[:8]}, this is {centre[:8]}): nothing is changed",
            where=host,
            remedy=TAKE_OVER,
        )
