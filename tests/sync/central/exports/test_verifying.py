"""What is changed in an export is found, wherever and in whatever format."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.signing.cose import keys_of
from sync.central.exports.core.proof import ProofRefused
from sync.central.exports.datasets import What
from sync.central.exports.exporting import Exported, proof_file_of
from sync.central.exports.formats import ExportError
from sync.central.exports.verifying import verify_export
from sync.central.store import Store
from tests.keys import ed25519
from tests.sync.central.exports.test_exporting import FORMATS, KEYS, exported, mixed, stored

Rows = list[list[str]]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Of one kind: where an export comes from does not matter here."""
    return f"sqlite:///{tmp_path}/central.sqlite"


@pytest.fixture
def made(store: Store, tmp_path: Path) -> Exported:
    """Every event of a journal of twelve, as CSV."""
    stored(store, mixed(12))
    return exported(store, tmp_path / "all.csv", What.EVENTS)


def rewritten(file: Path, change: Callable[[Rows], Rows]) -> None:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened).writerows(change(rows))


def without(row: int) -> Callable[[Rows], Rows]:
    return lambda rows: rows[:row] + rows[row + 1 :]


def with_cell(row: int, column: int, text: str) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        rows[row][column] = text
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without(1), "row 1"),
        (without(5), "does not follow"),
        (without(12), "expected 12"),
        (lambda rows: rows[:1], "12 rows of device"),
        (lambda rows: [*rows, rows[12]], "sequence 12"),
        (lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], "row 1"),
        (with_cell(3, 2, "gp-0002"), "has 2 rows"),
        (with_cell(3, 4, "three"), "whole number"),
        (with_cell(3, 4, "99"), "sequence 99"),
        (with_cell(3, 5, "2026-03-03T00:00:09.000000Z"), "not what its hash says"),
        (with_cell(3, 5, "yesterday"), "not an event"),
        (
            with_cell(3, 7, "2026-03-03T00:00:09.000000Z"),
            "not the 12",
        ),  # central's own time: no part of the hash
        (with_cell(3, 9, "lane_fire"), "not what its hash says"),
        (with_cell(3, 11, "ff"), "not what its hash says"),
        (with_cell(0, 3, "era"), "columns"),
        (lambda rows: [row[:-1] for row in rows], "columns"),
        (lambda rows: [rows[0], rows[1][:-1], *rows[2:]], "cells"),
    ],
)
def test_a_changed_row_is_found(made: Exported, change: Callable[[Rows], Rows], said: str) -> None:
    rewritten(made.file, change)
    with pytest.raises((ProofRefused, ExportError), match=said):
        verify_export(made.file, KEYS)


def test_a_file_that_was_only_written_again_is_the_same(made: Exported) -> None:
    rewritten(made.file, lambda rows: rows)
    assert verify_export(made.file, KEYS).proof == made.proof


def test_the_proof_of_another_export_is_refused(store: Store, made: Exported, tmp_path: Path) -> None:
    other = exported(store, tmp_path / "other.csv", What.ACCESSES)
    with pytest.raises((ProofRefused, ExportError)):
        verify_export(made.file, KEYS, other.proof_file)


def test_without_a_proof_or_with_another_centres_key_nothing_is_proved(made: Exported) -> None:
    stranger = keys_of([ed25519("export 74").public_key().public_bytes_raw()])
    with pytest.raises(ProofRefused, match=r"central\.pub"):
        verify_export(made.file, stranger)
    proof_file_of(made.file).unlink()
    with pytest.raises(ProofRefused, match="no proof"):
        verify_export(made.file, KEYS)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("bytes_", [b"", b"PK\x03\x04", b"\xff" * 4096, b"PAR1PAR1"])
def test_a_file_that_is_no_export_is_refused_by_name(
    store: Store, tmp_path: Path, suffix: str, bytes_: bytes
) -> None:
    stored(store, mixed(3))
    made = exported(store, tmp_path / f"all.{suffix}")
    made.file.write_bytes(bytes_)
    with pytest.raises((ProofRefused, ExportError), match=made.file.name):
        verify_export(made.file, KEYS)
