"""Writes an export and its proof."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.errors import ConfigurationError
from edge.support.files import Durability, write_aside
from edge.support.phrases import phrase
from sync.central.exports.core import CellKind, Covered, Proof, RowsDigest, neutral, root_of, signed, text_of
from sync.central.exports.datasets import ExportSpan, WantedExport, columns_for, rows_of, silent, spans
from sync.central.exports.files import writing
from sync.central.exports.formats import ExportError, Write, format_of

PROOF_SUFFIX = ".proof"


@dataclass(frozen=True)
class Exported:
    """An export in `file`, its proof in `proof_file`."""

    file: Path
    proof_file: Path
    proof: Proof

    @property
    def root(self) -> bytes:
        """The hash that stands for all of it."""
        return root_of(self.proof)


def proof_file_of(file: Path) -> Path:
    """Where the proof of `file` is: beside it."""
    return file.with_name(file.name + PROOF_SUFFIX)


def export(
    connection: sa.Connection, wanted: WantedExport, file: Path, key: Ed25519PrivateKey, actor: str, now: int
) -> Exported:
    """Write what is `wanted` to `file`, in the format that its name says, with the proof beside it.

    `connection` is one transaction: ranges and rows are of one moment. The file appears when it is whole, the
    proof before it. Raises ExportError, and ConfigurationError for a time that ends before it begins; then
    neither is there.
    """
    if wanted.since is not None and wanted.until is not None and wanted.until <= wanted.since:
        raise ConfigurationError(
            phrase("ends before it begins"), where=phrase("until"), remedy=phrase("are the two exchanged?")
        )
    kind, columns = format_of(file), columns_for(wanted.what)
    if file.exists() or proof_file_of(file).exists():
        raise ExportError(
            phrase("exists already"), where=str(file), remedy=phrase("name another file, or remove it")
        )
    found = spans(connection, wanted)
    digest = RowsDigest(columns)
    kinds = [column.kind for column in columns]
    with _aside(file) as part:
        with writing(part, kind, columns) as write:
            covered = [_written(connection, span, wanted, write, digest, kinds) for span in found]
        proof = Proof(
            what=wanted.what.value,
            made=now,
            actor=actor,
            columns=tuple(f"{column.name}:{column.kind.value}" for column in columns),
            rows=digest.rows,
            digest=digest.value,
            covered=tuple(covered),
            since=wanted.since,
            until=wanted.until,
            places=wanted.paths,
            silent=silent(connection, wanted, found),
        )
        write_aside(proof_file_of(file), signed(proof, key), durability=Durability.LASTING)
    return Exported(file, proof_file_of(file), proof)


# --- inside ----------------------------------------------------------------------------------


def _written(
    connection: sa.Connection,
    span: ExportSpan,
    wanted: WantedExport,
    write: Write,
    digest: RowsDigest,
    kinds: list[CellKind],
) -> Covered:
    """Write the rows of one journal; returns what it covers, with their number."""
    before = digest.rows
    for row in rows_of(connection, span, wanted.what):
        cells = [neutral(value) for value in row]
        write(cells)
        digest.add(text_of(*cell) for cell in zip(cells, kinds, strict=True))
    return replace(span.covered, rows=digest.rows - before)


@contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """A file beside `file` that takes its place when the block ends, and is removed where it raises."""
    part = file.with_name(f"{file.stem}.part{file.suffix}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            yield part
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            proof_file_of(file).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ExportError(
            phrase("could not be written: %(why)s", why=error.strerror), where=str(error.filename)
        ) from None
