"""Cuts of the power at every place of the journal's writing: `make power-cuts` tries 2,000 (CUTS=…)."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from edge.decision import PassUse
from edge.journal.factory import open_journal
from edge.journal.reader import JournalReader
from tests.faults.power_cuts import WALL, Log, Stored, a_day_of_writing, cuts, one_time_passes, put, survive
from tests.one_card import ONE_CARD

NUMBER = int(os.environ.get("CUTS", "120"))


def problems(log: Log, folder: Path, number: int, seed: int = 1) -> list[str]:
    verdicts = [survive(folder, files, promised, cut) for cut, files, promised in cuts(log, number, seed)]
    assert len(verdicts) == number
    return [f"cut {verdict.cut}: {verdict.problem}" for verdict in verdicts if verdict.problem]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    written, cut = tmp_path / "written", tmp_path / "cut"
    written.mkdir()
    cut.mkdir()
    return written, cut


@pytest.mark.timeout(1800)
def test_no_cut_of_the_power_loses_an_event_that_was_reported_as_stored(folders: tuple[Path, Path]) -> None:
    written, cut = folders
    log: Log = []
    a_day_of_writing(written / "journal.sqlite", log)
    assert sum(isinstance(step, Stored) for step in log) == 36
    assert problems(log, cut, NUMBER) == []


@pytest.mark.timeout(600)
def test_with_weaker_syncing_cuts_do_lose_events(folders: tuple[Path, Path]) -> None:
    """The cuts are real ones: what the product does not do loses events under them."""
    written, cut = folders
    log: Log = []
    a_day_of_writing(written / "journal.sqlite", log, synchronous="NORMAL")
    assert any("lost" in problem for problem in problems(log, cut, min(NUMBER, 60)))


@pytest.mark.timeout(600)
def test_a_pass_and_a_command_are_used_up_exactly_where_their_event_is_there(
    folders: tuple[Path, Path],
) -> None:
    written, cut = folders
    log: Log = []
    one_time_passes(written / "journal.sqlite", log)
    used_at_all = set()
    for position, files, promised in cuts(log, len(log) + 1, seed=1):
        path = put(cut, files)
        with (
            open_journal(path, "main", WALL, ports=ONE_CARD) as journal,
            closing(JournalReader(path)) as reader,
        ):
            held = {str(entry.sequence) for entry in reader.every()}
            names = [str(number) for number in range(1, 14)]
            passes = {name for name in names if journal.use_of(name) is PassUse.USED}
            nonces = {name for name in names if journal.known_of(name, "aa").used}
            assert journal.known_of("", "aa").counter == max(map(int, held), default=0), f"cut {position}"
        assert passes == nonces == held, f"cut {position}"
        assert held >= {str(entry.sequence) for entry in promised}, f"cut {position}"
        used_at_all |= held
    assert used_at_all == {str(number) for number in range(1, 13)}
