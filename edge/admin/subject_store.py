"""The site's own list of subjects: one SQLite file, each record as the registry will hold it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from edge.admin.subject_tables import SCHEMA_VERSION, STEPS
from edge.consent import Consent
from edge.decision import Subject
from edge.errors import RegistryError
from edge.registry.format import Plain, SealedTemplate, seal_plain, sealed_anew, unseal_plain_by
from edge.support.decoding import Undecodable, json_of, msgpack_of
from edge.support.files import own
from edge.support.phrases import phrase

if TYPE_CHECKING:
    from edge.registry.templates import Vector

_SEAL_ANEW = "UPDATE template SET record = ? WHERE subject_id = ? AND number = ?"


@dataclass(frozen=True)
class IssuedPass:
    """A pass that was issued here; times are ISO 8601, UTC."""

    id: str
    subject_id: str
    issued: str
    valid_until: str | None
    revoked: bool


@dataclass(frozen=True)
class AnsweredRequest:
    """A gate's request that was answered here by `actor`: in which `state`, in microseconds since when, and
    in which `version` of the registry it is done (0: in none). It names nobody whom it was about.
    """

    id: str
    state: str
    at: int
    version: int
    actor: str


@dataclass(frozen=True)
class Granted:
    """What a request that is accepted leaves in a record: its templates in place of all, and its consent."""

    subject_id: str
    templates: tuple[SealedTemplate, ...]
    consent: Consent


class SubjectStore:
    """The records of a site. `site` and the first of `keys` bind and seal its templates; all open them."""

    def __init__(self, path: Path, site: str, keys: Sequence[bytes]) -> None:
        self._path = path
        self._site = site
        self._keys = keys

    def get(self, subject_id: str) -> Subject:
        """The subject with this id; raises RegistryError where there is none."""
        with self._open() as connection:
            return self._held(connection, subject_id)

    def every(self) -> list[Subject]:
        with self._open() as connection:
            rows = connection.execute("SELECT id, record FROM subject ORDER BY id").fetchall()
        return [_subject_of(*row) for row in rows]

    def add(self, subject: Subject, vectors: tuple[Vector, ...] = (), engine: str = "") -> None:
        """Add a subject with their templates; raises RegistryError where the id is taken."""
        with self._open() as connection:
            if connection.execute("SELECT 1 FROM subject WHERE id = ?", (subject.id,)).fetchone():
                raise RegistryError(
                    phrase("there is a subject %(id)r already", id=subject.id),
                    remedy=phrase("change it, or choose another id"),
                )
            self._write(connection, subject, self._sealed(subject, vectors, engine))

    def change(self, subject: Subject, more: tuple[Vector, ...] = (), engine: str = "") -> Subject:
        """Store a changed record under the next version.

        Its templates stay as they were sealed: a status that changes daily must not send every face again.
        """
        newer = replace(subject, version=self.get(subject.id).version + 1)
        templates = [*self.templates(subject.id), *self._sealed(newer, more, engine)]
        with self._open() as connection:
            self._write(connection, newer, templates)
        return newer

    def renew(self, subject: Subject, vectors: tuple[Vector, ...], engine: str) -> Subject:
        """Store a record under its next version with these templates in place of all that it had."""
        newer = replace(subject, version=self.get(subject.id).version + 1)
        with self._open() as connection:
            self._write(connection, newer, self._sealed(newer, vectors, engine))
        return newer

    def need_second_factor(self, subject_id: str, *, needed: bool = True) -> None:
        """Flag a subject who looks like another one, or clear the flag."""
        subject = self.get(subject_id)
        if subject.second_factor is not needed:
            self.change(replace(subject, second_factor=needed))

    def remove(self, subject_id: str) -> None:
        """Erase a subject with their templates and consents; raises RegistryError where there is none."""
        with self._open() as connection:
            if not connection.execute("DELETE FROM subject WHERE id = ?", (subject_id,)).rowcount:
                raise _unknown(subject_id)

    def knows(self, subject_id: str) -> tuple[str, ...]:
        """The tables with personal records of this subject, apart from the id."""
        queries = {
            "subject": "SELECT 1 FROM subject WHERE id = ?",
            "template": "SELECT 1 FROM template WHERE subject_id = ?",
            "consent": "SELECT 1 FROM consent WHERE subject_id = ?",
        }
        with self._open() as connection:
            return tuple(
                name for name, query in queries.items() if connection.execute(query, (subject_id,)).fetchone()
            )

    def templates(self, subject_id: str | None = None) -> list[SealedTemplate]:
        """The sealed templates of one subject, or of all."""
        query = "SELECT record FROM template WHERE ? IS NULL OR subject_id = ? ORDER BY subject_id, number"
        values = (subject_id, subject_id)
        with self._open() as connection:
            rows = connection.execute(query, values).fetchall()
        return [msgpack_of(record, SealedTemplate) for (record,) in rows]

    def seal_anew(self) -> int:
        """Seal every template under the present key; how many were not. Raises RegistryError."""
        changed = []
        with self._open() as connection:
            for subject_id, number, record in connection.execute("SELECT * FROM template").fetchall():
                held = msgpack_of(record, SealedTemplate)
                again = sealed_anew(held, self._keys, site=self._site)
                if again is not held:
                    changed.append((msgspec.msgpack.encode(again), subject_id, number))
            connection.executemany(_SEAL_ANEW, changed)
        return len(changed)

    def opened_templates(self) -> dict[str, list[tuple[str, Plain]]]:
        """Every subject's (engine, template), opened."""
        opened: dict[str, list[tuple[str, Plain]]] = {}
        for template in self.templates():
            opened.setdefault(template.subject_id, []).append((template.engine, self._unsealed(template)))
        return opened

    # --- consent ---------------------------------------------------------------------------

    def note_consent(self, subject_id: str, consent: Consent) -> None:
        """Store a consent, or its withdrawal, with the subject's record and for as long as that."""
        with self._open() as connection:
            self._add_consent(connection, subject_id, consent)

    def consents(self, subject_id: str) -> list[Consent]:
        """The subject's consents and withdrawals, oldest first."""
        query = "SELECT record FROM consent WHERE subject_id = ? ORDER BY number"
        with self._open() as connection:
            rows = connection.execute(query, (subject_id,)).fetchall()
        return [json_of(record, Consent) for (record,) in rows]

    def every_consent(self) -> list[tuple[str, Consent]]:
        """The consents and withdrawals of all, each with the subject's id, oldest first for each."""
        query = "SELECT subject_id, record FROM consent ORDER BY subject_id, number"
        with self._open() as connection:
            rows = connection.execute(query).fetchall()
        return [(subject_id, json_of(record, Consent)) for subject_id, record in rows]

    # --- requests of gates -----------------------------------------------------------------

    def answered_request(self, request: str) -> AnsweredRequest | None:
        """What became of the request with this id; None where it was not answered yet."""
        with self._open() as connection:
            row = connection.execute("SELECT * FROM request WHERE id = ?", (request,)).fetchone()
        return None if row is None else AnsweredRequest(*row)

    def answer_request(self, answered: AnsweredRequest, granted: Granted | None = None) -> None:
        """Note what became of a request, with all that it is `granted`, or nothing of both.

        The templates stay as they were sealed: its gate knows them again by that. Raises RegistryError where
        it was answered already, or its subject is gone.
        """
        values = (answered.id, answered.state, answered.at, answered.version, answered.actor)
        with self._open() as connection:
            if connection.execute("SELECT 1 FROM request WHERE id = ?", (answered.id,)).fetchone():
                raise RegistryError(
                    phrase("it was answered meanwhile"), where=answered.id, remedy=phrase("look again")
                )
            connection.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?)", values)
            if granted is not None:
                held = self._held(connection, granted.subject_id)
                newer = replace(held, version=held.version + 1)
                self._write(connection, newer, list(granted.templates))
                self._add_consent(connection, granted.subject_id, granted.consent)

    # --- passes and numbers ----------------------------------------------------------------

    def note_pass(self, issued: IssuedPass) -> None:
        with self._open() as connection:
            connection.execute(
                "INSERT INTO pass VALUES (?, ?, ?, ?, ?)",
                (issued.id, issued.subject_id, issued.issued, issued.valid_until, issued.revoked),
            )

    def passes(self) -> list[IssuedPass]:
        with self._open() as connection:
            rows = connection.execute("SELECT * FROM pass ORDER BY issued, id").fetchall()
        return [
            IssuedPass(identity, subject_id, issued, valid_until, bool(revoked))
            for identity, subject_id, issued, valid_until, revoked in rows
        ]

    def revoke_pass(self, pass_id: str) -> None:
        """Revoke a pass; the next registry tells the gates. Raises RegistryError for an unknown pass."""
        with self._open() as connection:
            done = connection.execute("UPDATE pass SET revoked = 1 WHERE id = ?", (pass_id,))
            if done.rowcount == 0:
                raise RegistryError(
                    phrase("no pass %(id)r was issued here", id=pass_id), remedy=phrase("gatepost pass list")
                )

    def next_number(self, name: str) -> int:
        """1, 2, 3, … for each name, never the same twice."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO number VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,)
            )
            [(value,)] = connection.execute("SELECT value FROM number WHERE name = ?", (name,)).fetchall()
        return int(value)

    def last_number(self, name: str) -> int:
        """The number that was given last for a name; 0 where none was."""
        with self._open() as connection:
            row = connection.execute("SELECT value FROM number WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    # --- inside ----------------------------------------------------------------------------

    @staticmethod
    def _held(connection: sqlite3.Connection, subject_id: str) -> Subject:
        row = connection.execute("SELECT record FROM subject WHERE id = ?", (subject_id,)).fetchone()
        if row is None:
            raise _unknown(subject_id)
        return _subject_of(subject_id, row[0])

    @staticmethod
    def _add_consent(connection: sqlite3.Connection, subject_id: str, consent: Consent) -> None:
        connection.execute(
            "INSERT INTO consent SELECT ?, coalesce(max(number), 0) + 1, ? FROM consent WHERE subject_id = ?",
            (subject_id, msgspec.json.encode(consent), subject_id),
        )

    def _write(
        self, connection: sqlite3.Connection, subject: Subject, templates: list[SealedTemplate]
    ) -> None:
        record = msgspec.json.encode(subject, order="deterministic")
        try:
            json_of(record, Subject)
        except Undecodable as error:  # else every registry that is built from now on is refused, and no why
            raise RegistryError(
                phrase("no registry holds that: %(why)s", why=error),
                where=phrase("subject %(id)s", id=subject.id),
            ) from None
        connection.execute(
            "INSERT INTO subject VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            (subject.id, record),
        )
        connection.execute("DELETE FROM template WHERE subject_id = ?", (subject.id,))
        for number, template in enumerate(templates, start=1):
            connection.execute(
                "INSERT INTO template VALUES (?, ?, ?)",
                (subject.id, number, msgspec.msgpack.encode(template)),
            )

    def _sealed(self, subject: Subject, vectors: tuple[Vector, ...], engine: str) -> list[SealedTemplate]:
        return [
            seal_plain(
                vector.astype("<f4").tobytes(),
                key=self._keys[0],
                nonce=token_bytes(12),
                site=self._site,
                subject_id=subject.id,
                subject_version=subject.version,
                engine=engine,
            )
            for vector in vectors
        ]

    def _unsealed(self, template: SealedTemplate) -> Plain:
        return unseal_plain_by(template, self._keys, site=self._site)[0]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing."""
        try:
            own(self._path)
            connection = sqlite3.connect(self._path, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise RegistryError(
                phrase("could not be opened: %(why)s", why=error), where=str(self._path)
            ) from None
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            [(version,)] = connection.execute("PRAGMA user_version").fetchall()
            if version not in {*STEPS, SCHEMA_VERSION}:
                raise RegistryError(
                    phrase(
                        "is of version %(version)s, this Gatepost knows %(known)s",
                        version=version,
                        known=SCHEMA_VERSION,
                    ),
                    where=str(self._path),
                )
            if version in STEPS:
                for statement in STEPS[version].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise RegistryError(
                phrase("could not be used: %(why)s", why=error), where=str(self._path)
            ) from None
        finally:
            connection.close()


def _unknown(subject_id: str) -> RegistryError:
    return RegistryError(
        phrase("there is no subject %(id)r", id=subject_id), remedy=phrase("gatepost subject list shows them")
    )


def _subject_of(subject_id: str, record: str) -> Subject:
    try:
        return json_of(record, Subject)
    except Undecodable as error:  # written before what no registry holds was refused
        raise RegistryError(
            phrase("its record is none that a registry holds: %(why)s", why=error),
            where=phrase("subject %(id)s", id=subject_id),
            remedy=phrase("gatepost subject remove %(id)s, then create them anew", id=subject_id),
        ) from None
