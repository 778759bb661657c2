"""Keeps who is signed in: in memory for every request, on disk for a restart.

Durations are on the monotonic clock; on disk is what remained when it was written. So neither a clock that is
set nor a restart ends a session early or makes it last for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge.staff.core import SESSION, Right, StaffRole, digest_of, rights_of
from edge.staff.store import StaffStore
from edge.staff.stored import StaffAccount, StoredSession

MOST_OF_ONE: Final = 4
MOST: Final = 32
"""Sessions of one person, and of all: the oldest ends for a new one."""
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class Session:
    """One session, until monotonic `ends`; `client` is the address that signed in."""

    digest: bytes
    staff: str
    name: str
    role: StaffRole
    registrar: bool
    client: str
    ends: float
    duress: bool
    must_change: bool

    @property
    def rights(self) -> frozenset[Right]:
        if self.must_change:
            return frozenset({Right.OWN})
        return rights_of(self.role, registrar=self.registrar)


class Sessions:
    """The sessions of one gate. Changed by the worker's thread, read by any."""

    def __init__(self, monotonic: Callable[[], float], entropy: Callable[[int], bytes]) -> None:
        self._monotonic = monotonic
        self._entropy = entropy
        self._held: Mapping[bytes, Session] = MappingProxyType({})

    def find(self, secret: str) -> Session | None:
        """The session of this secret, if it is not over."""
        if not secret:
            return None
        found = self._held.get(digest_of(secret))
        return None if found is None or found.ends <= self._monotonic() else found

    def every(self) -> tuple[Session, ...]:
        return tuple(self._held.values())

    # --- from the worker -------------------------------------------------------------------

    def load(self, store: StaffStore) -> None:
        """Take up what the file has; an account that is gone has no session."""
        now, accounts = self._monotonic(), {account.staff: account for account in store.accounts()}
        known = {session.digest: session for session in self._held.values()}
        found = {}
        for kept in store.sessions():
            account = accounts.get(kept.staff)
            if account is not None:
                before = known.get(kept.digest)
                ends = now + _bounded(kept.remaining) if before is None else before.ends
                found[kept.digest] = _session(kept, account, ends)
        self._held = MappingProxyType(found)

    def forget(self) -> None:
        """Sign everybody out, without a file."""
        self._held = MappingProxyType({})

    def begin(
        self, store: StaffStore, account: StaffAccount, client: str, *, duress: bool
    ) -> tuple[str, Session]:
        """A new session and its secret. Raises StaffFileError."""
        self._make_room(store, account.staff)
        secret = self._entropy(_SECRET_BYTES).hex()
        kept = StoredSession(digest_of(secret), account.staff, client, SESSION, duress)
        store.keep_session(kept)
        session = _session(kept, account, self._monotonic() + SESSION)
        self._held = MappingProxyType({**self._held, session.digest: session})
        return secret, session

    def end(self, store: StaffStore, which: Callable[[Session], bool]) -> tuple[Session, ...]:
        """End the sessions that `which` says; returns them. They are over even where the file cannot be
        written, and then StaffFileError is raised.
        """
        ended = tuple(session for session in self._held.values() if which(session))
        gone = {session.digest for session in ended}
        self._held = MappingProxyType({key: value for key, value in self._held.items() if key not in gone})
        if ended:
            store.end_sessions(tuple(gone))
        return ended

    def keep(self, store: StaffStore) -> None:
        """Write down what remains of each. Raises StaffFileError."""
        now = self._monotonic()
        for session in self._held.values():
            left = max(0.0, session.ends - now)
            store.keep_session(
                StoredSession(session.digest, session.staff, session.client, left, session.duress)
            )

    # --- inside ----------------------------------------------------------------------------

    def _make_room(self, store: StaffStore, staff: str) -> None:
        oldest_first = sorted(self._held.values(), key=lambda session: session.ends)
        own = [session for session in oldest_first if session.staff == staff]
        over = (
            own[: max(0, len(own) - MOST_OF_ONE + 1)] or oldest_first[: max(0, len(oldest_first) - MOST + 1)]
        )
        if over:
            self.end(store, lambda session: session in over)


def _session(kept: StoredSession, account: StaffAccount, ends: float) -> Session:
    return Session(
        kept.digest,
        account.staff,
        account.name,
        account.role,
        account.registrar,
        kept.client,
        ends,
        kept.duress,
        account.must_change,
    )


def _bounded(remaining: float) -> float:
    """Seconds of a session, whatever a file says."""
    return min(max(remaining, 0.0), SESSION) if remaining == remaining else 0.0  # noqa: PLR0124 - not a number
