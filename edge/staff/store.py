"""Stores the gate's staff in one SQLite file: accounts, passkeys, sessions, the shift.

The gate writes it, and so does `gatepost staff` on the same computer: each change is one transaction. What
the command changes it also leaves in `change`, for the gate to write into its journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Annotated, Any, Final

import msgspec

from edge.staff.core import StaffRole
from edge.staff.file_errors import StaffFileError, explained
from edge.staff.sqlite_file import Layout, connected
from edge.staff.stored import StaffAccount, StaffChange, StaffPasskey, StoredSession, StoredShift
from edge.support.files import close_to_others, own
from edge.support.storage import REAL_STORAGE, Storage
from edge.support.toml_words import in_words

_SCHEMA: Final = """
CREATE TABLE staff (
    staff TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    registrar INTEGER NOT NULL DEFAULT 0,
    pin TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    duress TEXT,
    wrong INTEGER NOT NULL DEFAULT 0,
    locked REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE passkey (
    id BLOB PRIMARY KEY,
    staff TEXT NOT NULL REFERENCES staff (staff) ON DELETE CASCADE,
    public_key BLOB NOT NULL,
    used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    staff TEXT NOT NULL REFERENCES staff (staff) ON DELETE CASCADE,
    client TEXT NOT NULL,
    remaining REAL NOT NULL,
    duress INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE shift (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    staff TEXT NOT NULL REFERENCES staff (staff) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    until INTEGER,
    remaining REAL NOT NULL
);
CREATE TABLE change (number INTEGER PRIMARY KEY, member TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE medium (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
"""
VERSION: Final = 1
_LAYOUT: Final = Layout(
    VERSION,
    _SCHEMA,
    ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"),
    "install the Gatepost that wrote it, or a newer one; or move the file away and add the staff again",
)
_MOST_PASSKEYS: Final = 8


class StaffStore:
    """The staff's file, open. Used by one thread at a time; make it with `open_staff_store`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, medium: str) -> None:
        self._connection = connection
        self._path = path
        self._medium = medium
        self._lock = RLock()

    # --- accounts --------------------------------------------------------------------------

    def accounts(self) -> tuple[StaffAccount, ...]:
        """Every account, by id."""
        query = f"SELECT {_COLUMNS} FROM staff ORDER BY staff"  # noqa: S608
        return tuple(_account(row) for row in self._rows(query, kind=_AccountRow))

    def account(self, staff: str) -> StaffAccount | None:
        """The account of this id, if there is one."""
        found = self._rows(f"SELECT {_COLUMNS} FROM staff WHERE staff = ?", (staff,), _AccountRow)  # noqa: S608
        return _account(found[0]) if found else None

    def add(self, account: StaffAccount, change: str = "") -> bool:
        """Make an account; False where its id is taken."""
        values = (account.staff, account.name, account.role.value, account.registrar, account.pin)
        with self._writing(account.staff, change) as run:
            made = run.execute(
                "INSERT OR IGNORE INTO staff (staff, name, role, registrar, pin, must_change) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (*values, account.must_change),
            )
            return bool(made.rowcount)

    def set_pin(self, staff: str, pin: str, *, must_change: bool, change: str = "") -> bool:
        """Change a PIN (its hash). The duress word, which was one like the old PIN, ends; so does a lock."""
        with self._writing(staff, change) as run:
            query = "UPDATE staff SET pin = ?, must_change = ?, duress = NULL, wrong = 0, locked = 0 "
            return bool(run.execute(query + "WHERE staff = ?", (pin, must_change, staff)).rowcount)

    def set_duress(self, staff: str, duress: str | None) -> None:
        """Set or remove a duress word (its hash)."""
        with self._writing(staff) as run:
            run.execute("UPDATE staff SET duress = ? WHERE staff = ?", (duress, staff))

    def set_role(self, staff: str, role: StaffRole, *, registrar: bool, change: str = "") -> bool:
        """Change a role."""
        with self._writing(staff, change) as run:
            query = "UPDATE staff SET role = ?, registrar = ? WHERE staff = ?"
            return bool(run.execute(query, (role.value, registrar, staff)).rowcount)

    def set_lockout(self, staff: str, wrong: int, locked: float, change: str = "") -> bool:
        """Keep how many PINs were wrong in a row, and for how many more seconds that locks."""
        with self._writing(staff, change) as run:
            query = "UPDATE staff SET wrong = ?, locked = ? WHERE staff = ?"
            return bool(run.execute(query, (wrong, locked, staff)).rowcount)

    def remove(self, staff: str, change: str = "") -> bool:
        """Remove an account with its passkeys, sessions and shift."""
        with self._writing(staff, change) as run:
            return bool(run.execute("DELETE FROM staff WHERE staff = ?", (staff,)).rowcount)

    # --- passkeys --------------------------------------------------------------------------

    def passkeys(self, staff: str | None = None) -> tuple[StaffPasskey, ...]:
        """The passkeys of one account, or of all."""
        rows = self._rows(
            "SELECT id, staff, public_key, used FROM passkey WHERE ? IS NULL OR staff = ?",
            (staff, staff),
            _PasskeyRow,
        )
        return tuple(StaffPasskey(*row) for row in rows)

    def passkey(self, identifier: bytes) -> StaffPasskey | None:
        """The passkey of this id, if there is one."""
        query = "SELECT id, staff, public_key, used FROM passkey WHERE id = ?"
        found = self._rows(query, (identifier,), _PasskeyRow)
        return StaffPasskey(*found[0]) if found else None

    def add_passkey(self, passkey: StaffPasskey) -> bool:
        """Add a passkey; False where it is known already, or there are eight."""
        if len(self.passkeys(passkey.staff)) >= _MOST_PASSKEYS:
            return False
        values = (passkey.id, passkey.staff, passkey.public_key, passkey.used)
        with self._writing(passkey.staff) as run:
            return bool(run.execute("INSERT OR IGNORE INTO passkey VALUES (?, ?, ?, ?)", values).rowcount)

    def passkey_used(self, identifier: bytes, used: int) -> None:
        """Keep a passkey's counter."""
        with self._writing("") as run:
            run.execute("UPDATE passkey SET used = ? WHERE id = ?", (used, identifier))

    # --- sessions and the shift ------------------------------------------------------------

    def sessions(self) -> tuple[StoredSession, ...]:
        """Every session."""
        rows = self._rows("SELECT digest, staff, client, remaining, duress FROM session", kind=_SessionRow)
        return tuple(
            StoredSession(digest, staff, client, remaining, bool(duress))
            for digest, staff, client, remaining, duress in rows
        )

    def keep_session(self, session: StoredSession) -> None:
        """Keep a session, or what remains of it."""
        values = (session.digest, session.staff, session.client, session.remaining, session.duress)
        with self._writing("") as run:
            run.execute("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)", values)

    def end_sessions(self, digests: tuple[bytes, ...]) -> None:
        """Forget sessions."""
        with self._writing("") as run:
            run.executemany("DELETE FROM session WHERE digest = ?", [(digest,) for digest in digests])

    def shift(self) -> StoredShift | None:
        """The shift, if somebody has one."""
        found = self._rows("SELECT staff, since, until, remaining FROM shift", kind=_ShiftRow)
        if not found:
            return None
        staff, since, until, remaining = found[0]
        return StoredShift(staff, _time(since), None if until is None else _time(until), remaining)

    def keep_shift(self, shift: StoredShift | None) -> None:
        """Keep the shift; None: there is none."""
        with self._writing("") as run:
            run.execute("DELETE FROM shift")
            if shift is not None:
                until = None if shift.until is None else int(shift.until.timestamp())
                values = (shift.staff, int(shift.since.timestamp()), until, shift.remaining)
                run.execute("INSERT INTO shift VALUES (1, ?, ?, ?, ?)", values)

    def sign_out_after_copy(self) -> None:
        """End every session and the shift of a file that lies on another card than it was written on: those
        who had them then may have lost them since.
        """
        if self._rows("SELECT id FROM medium") == [(self._medium,)]:
            return
        with self._writing("") as run:
            run.execute("DELETE FROM session")
            run.execute("DELETE FROM shift")
            run.execute("INSERT OR REPLACE INTO medium VALUES (1, ?)", (self._medium,))

    # --- what another process changed ------------------------------------------------------

    def changes(self) -> tuple[StaffChange, ...]:
        """What `gatepost staff` changed, oldest first, and the gate has not written down."""
        rows = self._rows(
            "SELECT number, member, what FROM change ORDER BY number LIMIT 100", kind=_ChangeRow
        )
        return tuple(StaffChange(*row) for row in rows)

    def forget_changes(self, until: int) -> None:
        """Forget the changes up to number `until`: they are in the journal."""
        with self._writing("") as run:
            run.execute("DELETE FROM change WHERE number <= ?", (until,))

    def state(self) -> int:
        """A number that is another one after each change by another process."""
        [(number,)] = self._rows("PRAGMA data_version")
        return int(number)

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    # --- inside ----------------------------------------------------------------------------

    def _rows(self, query: str, values: tuple[object, ...] = (), kind: Any = Any) -> list[Any]:
        """What is found, each row of that `kind`. Raises StaffFileError."""
        try:
            with self._lock:
                rows = self._connection.execute(query, values).fetchall()
            return msgspec.convert(rows, list[kind])
        except sqlite3.Error as error:
            raise explained(error, self._path) from error
        except msgspec.ValidationError as error:
            raise explained(sqlite3.DatabaseError(in_words(error)), self._path) from error

    @contextmanager
    def _writing(self, member: str, change: str = "") -> Iterator[sqlite3.Connection]:
        """A transaction; with a `change`, one that the gate has to write down."""
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                if change:
                    self._connection.execute(
                        "INSERT INTO change (member, what) VALUES (?, ?)", (member, change)
                    )
        except sqlite3.Error as error:
            raise explained(error, self._path) from error


_COLUMNS: Final = "staff, name, role, registrar, pin, must_change, duress, wrong, locked"
_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**32)]
_AccountRow = tuple[str, str, str, int, str, int, str | None, int, float]
_PasskeyRow = tuple[bytes, str, bytes, int]
_SessionRow = tuple[bytes, str, str, float, int]
_ShiftRow = tuple[str, _Moment, _Moment | None, float]
_ChangeRow = tuple[int, str, str]
"""What rows are made of: SQLite itself takes anything in any column."""


def _account(row: Any) -> StaffAccount:
    staff, name, role, registrar, pin, must_change, duress, wrong, locked = row
    try:
        known = StaffRole(role)
    except ValueError:
        raise StaffFileError(
            f"{staff} has the role {role!r}, which this version does not know",
            where="the staff's file",
            remedy=f"gatepost staff role set {staff} guard",
        ) from None
    return StaffAccount(staff, name, known, bool(registrar), pin, bool(must_change), duress, wrong, locked)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def open_staff_store(path: Path, storage: Storage = REAL_STORAGE) -> StaffStore:
    """The staff's file at `path`, made where there is none. Raises StaffFileError."""
    try:
        own(path)
        for ending in ("-wal", "-shm"):
            close_to_others(path.with_name(path.name + ending))
        # Before SQLite has it: a process that closes any descriptor of a file loses its locks on it (POSIX),
        # and the next command takes the log away from under it.
        medium = storage.medium(path)
        connection = connected(path, storage, _LAYOUT)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    except OSError as error:
        raise StaffFileError(
            f"cannot be opened: {error.strerror or error}",
            where=str(path),
            remedy="check staff.file in gate.toml: expected a file in a folder of the gate's user",
        ) from None
    return StaffStore(connection, path, medium)
