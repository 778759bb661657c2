"""The files of a report: its rows as XLSX or Parquet, and the proof that covers them and its paper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.support.files import read_bounded
from sync.central.exports.core import (
    REPORT,
    Covered,
    Paper,
    Proof,
    RowsDigest,
    Value,
    neutral,
    signed,
    text_of,
)
from sync.central.exports.files import writing
from sync.central.exports.formats import FileFormat
from sync.central.reports.core import COLUMNS, Report, rows_of

_MOST_BYTES = 64 * 1024 * 1024
_KINDS = [column.kind for column in COLUMNS]


def file_of(report: Report, kind: FileFormat) -> bytes:
    """The figures of a report as a file of this kind."""
    with TemporaryDirectory(prefix="gatepost-report-") as folder:
        file = Path(folder) / f"report.{kind.value}"
        with writing(file, kind, COLUMNS) as write:
            for row in _cells(report):
                write(row)
        return read_bounded(file, _MOST_BYTES)


def digest_of(report: Report) -> RowsDigest:
    """The digest of a report's rows, and how many they are."""
    digest = RowsDigest(COLUMNS)
    for row in _cells(report):
        digest.add(text_of(*cell) for cell in zip(row, _KINDS, strict=True))
    return digest


def proof_of(
    report: Report, covered: Iterable[Covered], paper: bytes, actor: str, now: int, key: Ed25519PrivateKey
) -> bytes:
    """The proof of a report, made for `actor` at `now`: what it covers, its rows and its paper."""
    digest, found, days = digest_of(report), tuple(covered), report.asked.days
    heard = {each.device for each in found}
    # What is missing of no gate in particular is a file of a site's history, which the report names.
    silent = {each.device for each in report.rests_on.missing if each.device} - heard
    proof = Proof(
        what=REPORT,
        made=now,
        actor=actor,
        columns=tuple(f"{column.name}:{column.kind.value}" for column in COLUMNS),
        rows=digest.rows,
        digest=digest.value,
        covered=found,
        since=days.since,
        until=days.until,
        places=(report.asked.where,),
        silent=tuple(sorted(silent)),
        papers=(Paper("pdf", hashlib.sha256(paper).digest()),),
    )
    return signed(proof, key)


# --- inside --------------------------------------------------------------------------------


def _cells(report: Report) -> Iterator[list[Value]]:
    return ([neutral(value) for value in row] for row in rows_of(report))
