"""What faces need follows from how many are enrolled, and every change of it is in the journal."""

from __future__ import annotations

from contextlib import closing
from queue import SimpleQueue
from typing import Any

from edge.boards.files import load_board
from edge.calibration.format import FaceThresholds
from edge.decision import Subject
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.runtime.main_loop import MainLoop
from edge.runtime.people_counting import open_counter
from edge.runtime.registry_service import RegistryNews
from tests.edge.runtime.conftest import ENGINE, Bench, face_of


def thresholds(bench: Bench) -> FaceThresholds:
    holdings = bench.registry_service.holdings()
    assert holdings is not None
    assert holdings.thresholds is not None
    return holdings.thresholds


def test_more_people_need_a_better_match_and_the_journal_says_so_with_the_predicted_rates(
    bench: Bench,
) -> None:
    before = thresholds(bench)
    for seed in range(10, 40):
        bench.admin.store.add(Subject(f"s{seed}"), (face_of(seed),), ENGINE)
    bench.publish()
    after = thresholds(bench)
    assert (before.templates, after.templates) == (2, 32)
    assert after.identify > before.identify
    assert after.confirm == before.confirm

    heard: SimpleQueue[Any] = SimpleQueue()
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (), counter)
    loop.note_thresholds(before)
    news = bench.news[-1]
    assert isinstance(news, RegistryNews)
    for _ in range(2):
        heard.put(news)
        loop.poll()
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        told = [entry.content for entry in reader.every() if entry.kind == EventKind.FACE_THRESHOLDS]
    counter.close()
    assert [body["identify"] for body in told] == [before.identify, after.identify], "once for each change"
    assert told[-1]["false_matches"] == 0.001
    assert told[-1]["false_matches_low"] <= 0.001 <= told[-1]["false_matches_high"]
    assert 0.0 < told[-1]["misses"] < 0.1


def test_the_evidence_of_a_passage_says_what_its_face_had_to_reach(bench: Bench) -> None:
    [passage] = bench.show(faces=(1,))
    assert passage.evidence.face is not None
    assert passage.evidence.face.threshold == thresholds(bench).identify
