"""Checks an export against its proof, without the database that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from edge.decision import ClockTrust
from edge.journal.format import Entry, is_whole
from edge.signing.cose import Keys
from edge.support.files import read_bounded
from sync.central.exports.core import (
    MOST_PROOF_BYTES,
    REPORT,
    CellKind,
    Column,
    Covered,
    Proof,
    ProofRefused,
    RowsDigest,
    columns_of,
    root_of,
    value_of,
    verified,
)
from sync.central.exports.datasets import What
from sync.central.exports.exporting import proof_file_of
from sync.central.exports.files import texts_in
from sync.central.exports.formats import ExportError, format_of

MOST_PAPER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Verified:
    """An export that is as the centre signed it. `chained` says that each event's own hash was computed anew
    and leads to the next, as far as the gates declared nothing lost.
    """

    proof: Proof
    chained: bool

    @property
    def root(self) -> bytes:
        """The hash that stands for all of it."""
        return root_of(self.proof)


def verify_export(file: Path, keys: Keys, proof_file: Path | None = None) -> Verified:
    """Check `file` against the proof beside it, signed by one of `keys` (of centres).

    Every row belongs to a range that the proof names, in the order of its sequences; their number and digest
    are those signed; of whole events the hashes are computed anew, and none is left out. The rows of a report
    are of no journal alone, and its paper is checked whole. Raises ProofRefused for a file or proof that is
    not so, ExportError for what cannot be read.
    """
    beside = proof_file or proof_file_of(file)
    try:
        proof = verified(read_bounded(beside, MOST_PROOF_BYTES + 128), keys)
    except OSError as error:
        raise ProofRefused(
            f"there is no proof: {error.strerror}",
            where=str(beside),
            remedy="keep it beside the export, or --proof",
        ) from None
    if (paper := _paper_of(proof, file)) is not None:
        _check_paper(file, paper)
        return Verified(proof, chained=False)
    columns = columns_of(proof)
    whole = proof.what == What.EVENTS.value
    digest = RowsDigest(columns)
    walk = None if proof.what == REPORT else _Walk(file, proof.covered, columns, whole=whole)
    for texts in texts_in(file, format_of(file), columns):
        digest.add(texts)
        if walk is not None:
            walk.follow(texts, digest.rows)
    if walk is not None:
        walk.end()
    if digest.rows != proof.rows or digest.value != proof.digest:
        raise ProofRefused(
            f"its {digest.rows} rows are not the {proof.rows} that the centre signed", where=str(file)
        )
    return Verified(proof, whole)


def _paper_of(proof: Proof, file: Path) -> bytes | None:
    """The SHA-256 that the proof names of a paper that ends as `file` does."""
    return next((each.digest for each in proof.papers if file.suffix.lower() == f".{each.kind}"), None)


def _check_paper(file: Path, digest: bytes) -> None:
    try:
        held = sha256(read_bounded(file, MOST_PAPER_BYTES)).digest()
    except OSError as error:
        raise ExportError(f"cannot be read: {error.strerror}", where=str(file)) from None
    if held != digest:
        raise ProofRefused(f"its SHA-256 is {held.hex()}, the centre signed {digest.hex()}", where=str(file))


class _Walk:
    """Follows the rows through the ranges of the proof, one after another."""

    def __init__(
        self, file: Path, covered: Sequence[Covered], columns: Sequence[Column], *, whole: bool
    ) -> None:
        self._file = file
        self._ranges: Iterator[Covered] = iter(covered)
        self._columns = columns
        self._whole = whole
        self._now: Covered | None = None
        self._at = 0
        self._hash = b""
        self._rows = 0

    def follow(self, texts: Sequence[str], row: int) -> None:
        """Take the next row, the `row`th. Raises ProofRefused."""
        if len(texts) != len(self._columns):
            self._refuse(row, f"has {len(texts)} cells, expected {len(self._columns)}")
        cells = {column.name: text for column, text in zip(self._columns, texts, strict=True)}
        sequence = self._integer(cells, "sequence", row)
        while self._now is None or not self._is_of(cells, self._now):
            self._close()
            self._now = next(self._ranges, None)
            if self._now is None:
                self._refuse(row, f"is of device {cells['device']}, in no range that follows")
            self._at, self._hash, self._rows = self._now.first - 1, self._now.before, 0
        if not self._at < sequence <= self._now.last:
            self._refuse(row, f"has sequence {sequence}, expected {self._at + 1} to {self._now.last}")
        if self._whole:
            self._check_event(cells, sequence, row)
        self._at, self._rows = sequence, self._rows + 1

    def end(self) -> None:
        """Check the last range, and that no range is left that has rows. Raises ProofRefused."""
        self._close()
        for left in self._ranges:
            if left.rows:
                raise ProofRefused(
                    f"the {left.rows} rows of device {left.device} are not there", where=str(self._file)
                )

    # --- inside ----------------------------------------------------------------------------

    def _is_of(self, cells: Mapping[str, str], covered: Covered) -> bool:
        there = (covered.site, covered.gate, covered.device, covered.epoch.hex())
        return there == (cells["site"], cells["gate"], cells["device"], cells["epoch"])

    def _close(self) -> None:
        now = self._now
        if now is None:
            return
        whole = not self._whole or self._hash == now.hash
        if self._rows != now.rows or not whole:
            raise ProofRefused(
                f"device {now.device}, sequences {now.first} to {now.last}: has {self._rows} rows that end "
                f"at {self._at}, expected {now.rows}",
                where=str(self._file),
            )

    def _check_event(self, cells: Mapping[str, str], sequence: int, row: int) -> None:
        assert self._now is not None  # noqa: S101 - `follow` has found it
        entry = self._entry(cells, sequence, self._now, row)
        if not is_whole(entry):
            self._refuse(row, f"event {sequence} is not what its hash says")
        if entry.previous != self._hash and not self._may_break(sequence, self._now):
            self._refuse(row, f"event {sequence} does not follow the one before it")
        self._hash = entry.hash

    def _may_break(self, sequence: int, covered: Covered) -> bool:
        """Whether the gate itself said that its chain is broken here, or lost everything up to here."""
        lost = any(item.first <= self._at + 1 and sequence - 1 <= item.last for item in covered.lost)
        return sequence in covered.broken or (lost and sequence > self._at + 1)

    def _entry(self, cells: Mapping[str, str], sequence: int, covered: Covered, row: int) -> Entry:
        try:
            at = value_of(cells["at"], CellKind.TIME)
            assert isinstance(at, int)  # noqa: S101 - mypy; an empty text is none
            return Entry(
                covered.epoch,
                covered.gate,
                sequence,
                at,
                ClockTrust(cells["clock"]),
                float(cells["monotonic"]),
                cells["kind"],
                bytes.fromhex(cells["body"]),
                bytes.fromhex(cells["previous"]),
                bytes.fromhex(cells["hash"]),
            )
        except (ValueError, AssertionError) as error:
            self._refuse(row, f"is not an event: {error}")

    def _integer(self, cells: Mapping[str, str], name: str, row: int) -> int:
        try:
            return int(cells[name])
        except (KeyError, ValueError):
            self._refuse(row, f"column {name} is not a whole number: {cells.get(name, 'not there')!r}")

    def _refuse(self, row: int, what: str) -> NoReturn:
        raise ProofRefused(f"row {row}: {what}", where=str(self._file))
