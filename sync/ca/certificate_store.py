"""Stores one-time codes, issued certificates and revocations, in one SQLite file.

A code is 80 random bits, stored as a hash: for one device, for a limited time, for one use and few
attempts. Each step is one transaction: of two requests with the same code at once, one gets a
certificate.
"""

from __future__ import annotations

import hashlib
import sqlite3
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes

from edge.support.acting import acting_as_owner
from edge.support.files import own
from sync.ca.certificates import AuthorityError

CODE_LIFETIME = timedelta(hours=24)
MOST_ATTEMPTS = 5
_APART = 60
"""By how many seconds the clock may be behind that of who made a code."""

_VERSION = 2
_INVITED = """
CREATE TABLE invited (proof BLOB PRIMARY KEY, device TEXT NOT NULL, key BLOB) WITHOUT ROWID;
"""
_SCHEMA = """
CREATE TABLE code (
    device TEXT PRIMARY KEY, hash BLOB NOT NULL, expires INTEGER NOT NULL, attempts INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE certificate (
    serial TEXT PRIMARY KEY, authority TEXT NOT NULL, name TEXT NOT NULL,
    issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER
) WITHOUT ROWID;
CREATE TABLE list (authority TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
"""Of version 1; version 2 has `_INVITED` besides: which keys came with the code of an invitation."""


@dataclass(frozen=True)
class CertificateRecord:
    """A certificate that was issued; `revoked` is when it was revoked, or None. Times are UTC."""

    serial: int
    authority: str
    name: str
    issued: datetime
    expires: datetime
    revoked: datetime | None


class CertificateStore:
    """The store of a certificate authority, at `path`. Its methods raise AuthorityError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> None:
        """Make the file and its tables; only its owner can read it."""
        own(self._path)
        with self._open() as connection:
            connection.executescript(f"BEGIN; {_SCHEMA} {_INVITED} PRAGMA user_version = {_VERSION}; COMMIT;")

    def new_code(self, device: str, now: datetime, lifetime: timedelta = CODE_LIFETIME) -> str:
        """Make a one-time code for `device`; an earlier code of it becomes invalid."""
        text = b32encode(token_bytes(10)).decode()
        row = (device, _digest(text), _seconds(now + lifetime), 0)
        with self._changed() as connection:
            connection.execute("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?)", row)
        return "-".join(text[start : start + 4] for start in range(0, 16, 4))

    def use_code(self, device: str, text: str, now: datetime, longest: timedelta) -> None:
        """Use up the code of `device`. Raises AuthorityError, with the same text whatever is wrong.

        One that holds for longer than `longest` was made before the clock was set back. A wrong code counts
        as an attempt; after `MOST_ATTEMPTS` the right one is invalid too.
        """
        with self._changed() as connection:
            query = "SELECT hash, expires, attempts FROM code WHERE device = ?"
            kept, expires, attempts = connection.execute(query, (device,)).fetchone() or (b"", 0, 0)
            right = compare_digest(kept, _digest(text))
            lasts = _seconds(now) < expires <= _seconds(now + longest) + _APART
            good = right and lasts and attempts < MOST_ATTEMPTS
            if good:
                connection.execute("DELETE FROM code WHERE device = ?", (device,))
            else:
                connection.execute("UPDATE code SET attempts = attempts + 1 WHERE device = ?", (device,))
        if not good:
            raise AuthorityError(
                "the code is wrong, used or expired",
                where=device,
                remedy="make a new one: gatepost central ca code create",
            )

    def bind_invitation(self, proof: bytes, device: str, key: bytes) -> None:
        """Bind an invitation, by what is kept of its proof, to the `key` that came with its code first.

        That key may come again, where its answer was lost. Raises AuthorityError for any other, and once its
        device was revoked.
        """
        with self._changed() as connection:
            connection.execute("INSERT OR IGNORE INTO invited VALUES (?, ?, ?)", (proof, device, key))
            query = "SELECT key FROM invited WHERE proof = ? AND device = ?"
            [held] = connection.execute(query, (proof, device)).fetchone() or (None,)
        if held is None or not compare_digest(held, key):
            raise AuthorityError(
                "the code was used already, by another computer",
                where=device,
                remedy="if that was not you: gatepost central gate revoke, then invite the gate again",
            )

    def record(self, authority: str, serial: int, name: str, issued: datetime, expires: datetime) -> None:
        """Record that a certificate was issued."""
        row = (f"{serial:x}", authority, name, _seconds(issued), _seconds(expires), None)
        with self._changed() as connection:
            connection.execute("INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?)", row)

    def is_in_force(self, serial: int) -> bool:
        """Whether the certificate was issued here and is not revoked; its expiry is not checked."""
        with self._open() as connection:
            query = "SELECT revoked IS NULL FROM certificate WHERE serial = ?"
            row = connection.execute(query, (f"{serial:x}",)).fetchone()
        return row is not None and bool(row[0])

    def revoke(self, authority: str, name: str, now: datetime) -> int:
        """Revoke every certificate of `name`, and its code; returns how many certificates there were."""
        with self._changed() as connection:
            change = "UPDATE certificate SET revoked = ? WHERE authority = ? AND name = ? AND revoked IS NULL"
            count = connection.execute(change, (_seconds(now), authority, name)).rowcount
            connection.execute("DELETE FROM code WHERE device = ?", (name,))
            connection.execute("UPDATE invited SET key = NULL WHERE device = ?", (name,))
        return count

    def certificates(self) -> list[CertificateRecord]:
        """Every certificate that was issued, by name."""
        with self._open() as connection:
            found = connection.execute("SELECT * FROM certificate ORDER BY name, issued").fetchall()
        return [
            CertificateRecord(
                int(serial, 16),
                authority,
                name,
                _instant(issued),
                _instant(expires),
                None if revoked is None else _instant(revoked),
            )
            for serial, authority, name, issued, expires, revoked in found
        ]

    def next_list(self, authority: str) -> int:
        """Return the number of the next revocation list; it only grows."""
        with self._changed() as connection:
            change = "INSERT INTO list VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1"
            connection.execute(change, (authority,))
            query = "SELECT number FROM list WHERE authority = ?"
            [(number,)] = connection.execute(query, (authority,)).fetchall()
        return int(number)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """For root too: with the rights of the folder's owner, whose links SQLite would follow."""
        with acting_as_owner(self._path.parent), self._opened() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=10.0)
        except sqlite3.Error as error:
            raise AuthorityError(str(error), where=str(self._path)) from error
        try:
            [(version,)] = connection.execute("PRAGMA user_version").fetchall()
            if version > _VERSION:
                raise AuthorityError(
                    f"has version {version}; this Gatepost reads up to {_VERSION}", where=str(self._path)
                )
            if version == 1:
                connection.executescript(f"BEGIN IMMEDIATE; {_INVITED} PRAGMA user_version = 2; COMMIT;")
            yield connection
        except sqlite3.Error as error:
            raise AuthorityError(str(error), where=str(self._path)) from error
        finally:
            connection.close()

    @contextmanager
    def _changed(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection


def _digest(text: str) -> bytes:
    """SHA-256 of a code as people type it: dashes, spaces and letter case do not matter."""
    return hashlib.sha256(text.replace("-", "").replace(" ", "").upper().encode()).digest()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
