"""An export has every row of what it covers, with one digest in three formats, and says what it lacks."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.decision import Outcome
from edge.errors import ConfigurationError
from edge.journal.format import Entry, LaneGrantRefused, link, told
from edge.signing.cose import keys_of
from sync.central.exports import datasets
from sync.central.exports.core.proof import Covered, Range
from sync.central.exports.datasets import WantedExport, What
from sync.central.exports.exporting import Exported, export, proof_file_of
from sync.central.exports.formats import ExportError
from sync.central.exports.verifying import verify_export
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store
from sync.wire import batch_of
from tests.events import decided, noted
from tests.keys import ed25519
from tests.sync.central.accesses.examples import journal as journal_of
from tests.sync.wire.examples import AT, DEVICE, EPOCH, chained

KEY = ed25519("export 73")
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
FORMATS = ("csv", "xlsx", "parquet")


def stored(store: Store, journal: Sequence[Entry], device: str = DEVICE) -> None:
    """Store a journal as its gate sends it; what is not in it comes later, or never."""
    runs: list[list[Entry]] = []
    for entry in journal:
        if runs and runs[-1][-1].sequence == entry.sequence - 1:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    with store.writing() as connection:
        for run in runs:
            store_batch(connection, device, batch_of(run, run[0].sequence - 1), AT, FOLLOWERS)


def mixed(count: int) -> list[Entry]:
    """Accesses of every outcome, with events of another kind between them."""
    journal: list[Entry] = []
    for sequence in range(1, count + 1):
        outcome = list(Outcome)[sequence % 3]
        event = noted("=cmd", sequence) if sequence % 4 == 0 else decided(outcome, f"=subject-{sequence}")
        kind, body = told(event)
        made = replace(chained(1)[0], sequence=sequence, at=AT + sequence * 1_000_000)
        journal.append(
            link(
                epoch=EPOCH,
                gate="main",
                sequence=sequence,
                at=made.at,
                trust=made.trust,
                monotonic=made.monotonic,
                kind=kind,
                body=body,
                previous=journal[-1].hash if journal else made.previous,
            )
        )
    return journal


def exported(store: Store, file: Path, what: What = What.ACCESSES, **limits: int) -> Exported:
    with store.reading() as connection:
        wanted = WantedExport(what, EVERYWHERE, limits.get("since"), limits.get("until"))
        return export(connection, wanted, file, KEY, "Wang Fang", AT)


@pytest.mark.parametrize("what", list(What))
def test_the_three_formats_have_the_same_rows_by_one_digest(store: Store, tmp_path: Path, what: What) -> None:
    stored(store, mixed(40))
    made = [exported(store, tmp_path / f"all.{suffix}", what) for suffix in FORMATS]
    assert len({item.proof.digest for item in made}) == 1
    for item in made:
        found = verify_export(item.file, KEYS)
        assert found.proof == item.proof
        assert found.proof.rows == (40 if what is What.EVENTS else 30)
        assert found.chained is (what is What.EVENTS)


@pytest.mark.parametrize("page", [3, 50])
def test_a_grant_that_the_lane_refused_says_why(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Wherever the pages are cut, and where the range ends before the lane told."""
    monkeypatch.setattr(datasets, "_PAGE", page)
    refused = LaneGrantRefused("1", "interlock"), LaneGrantRefused("2", "locked")
    stored(store, journal_of([decided(), decided(), refused[0], decided(), refused[1]]))
    made = exported(store, tmp_path / "all.csv", until=AT + 5_000_000)
    with made.file.open(encoding="utf-8-sig", newline="") as file:
        assert [row["lane"] for row in csv.DictReader(file)] == ["interlock", "locked", ""]
    assert verify_export(made.file, KEYS).proof == made.proof


def test_the_proof_names_the_ranges_and_who_is_silent(store: Store, tmp_path: Path) -> None:
    journal = mixed(20)
    stored(store, [*journal[:12], *journal[15:]])  # 13 to 15 have not come yet
    proof = exported(store, tmp_path / "all.csv").proof
    [covered] = proof.covered
    assert (covered.first, covered.last, covered.beyond) == (1, 12, 5)
    assert (covered.before, covered.hash) == (bytes(32), journal[11].hash)
    assert covered.rows == proof.rows == 9
    assert proof.silent == ("gp-0002",)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"since": AT + 5_000_000}, (5, 20)),
        ({"until": AT + 5_000_000}, (1, 4)),
        ({"since": AT + 5_000_000, "until": AT + 8_000_000}, (5, 7)),
    ],
)
def test_a_time_is_a_range_of_sequences(
    store: Store, tmp_path: Path, limits: dict[str, int], expected: tuple[int, int]
) -> None:
    journal = mixed(20)
    stored(store, journal)
    made = exported(store, tmp_path / "some.csv", What.EVENTS, **limits)
    [covered] = made.proof.covered
    assert (covered.first, covered.last) == expected
    assert covered.before == (journal[expected[0] - 2].hash if expected[0] > 1 else bytes(32))
    verify_export(made.file, KEYS)


def test_a_time_before_everything_covers_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    stored(store, mixed(5))
    made = exported(store, tmp_path / "none.xlsx", until=AT - 1)
    assert (made.proof.rows, made.proof.covered, made.proof.silent) == (0, (), (DEVICE, "gp-0002"))
    verify_export(made.file, KEYS)


def test_a_time_that_ends_before_it_begins_is_no_export(store: Store, tmp_path: Path) -> None:
    for until in (AT, AT - 1):
        with pytest.raises(ConfigurationError, match="ends before it begins"):
            exported(store, tmp_path / "none.csv", since=AT, until=until)
    assert not [*tmp_path.glob("none*")]


def test_events_that_a_gate_lost_are_named(store: Store, tmp_path: Path) -> None:
    journal = mixed(10)
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal[:4], 0), AT, FOLLOWERS)
        # The gate says that its last one before this is the fourth: 5 and 6 are lost.
        store_batch(connection, DEVICE, batch_of(journal[6:], 4), AT, FOLLOWERS)
    made = exported(store, tmp_path / "lost.parquet", What.EVENTS)
    [covered] = made.proof.covered
    assert covered.lost == (Range(5, 6),)
    assert verify_export(made.file, KEYS).proof.rows == 8


def test_a_text_that_a_spreadsheet_would_carry_out_is_harmless_in_every_format(
    store: Store, tmp_path: Path
) -> None:
    stored(store, mixed(3))
    made = exported(store, tmp_path / "all.csv")
    with made.file.open(encoding="utf-8-sig", newline="") as opened:
        subjects = [row["subject"] for row in csv.DictReader(opened)]
    assert subjects == ["'=subject-1", "'=subject-2", "'=subject-3"]


def test_only_what_is_in_sight_is_exported(store: Store, tmp_path: Path) -> None:
    stored(store, mixed(4))
    with store.reading() as connection:
        here = Sight(frozenset({place_at(connection, "green-court")}))
        nowhere = Sight()
        for sight, rows, silent in ((here, 3, ("gp-0002",)), (nowhere, 0, ())):
            file = tmp_path / f"{rows}.csv"
            proof = export(connection, WantedExport(What.ACCESSES, sight), file, KEY, "Wang Fang", AT).proof
            assert (proof.rows, proof.silent) == (rows, silent)


def test_a_file_that_is_there_is_left_alone(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text("mine")
    with pytest.raises(ExportError, match="exists already"):
        exported(store, file)
    assert (file.read_text(), proof_file_of(file).exists()) == ("mine", False)


@pytest.mark.parametrize("name", ["all", "all.txt", "all.csv.gz"])
def test_a_name_says_the_format(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=r"\.csv, \.xlsx or \.parquet"):
        exported(store, tmp_path / name)
    assert list(tmp_path.glob("all*")) == []


def test_where_the_disk_refuses_neither_file_is_there(store: Store, tmp_path: Path) -> None:
    stored(store, mixed(4))
    with pytest.raises(ExportError, match="could not be written"):
        exported(store, tmp_path / "absent" / "all.csv")
    assert not (tmp_path / "absent").exists()


def test_what_one_epoch_has_does_not_stand_for_another(store: Store, tmp_path: Path) -> None:
    stored(store, mixed(6))
    stored(store, chained(3, epoch=bytes(16)))
    covered = exported(store, tmp_path / "all.csv").proof.covered
    assert [(item.epoch, item.rows) for item in covered] == [(EPOCH, 5), (bytes(16), 3)]
    assert all(isinstance(item, Covered) for item in covered)
