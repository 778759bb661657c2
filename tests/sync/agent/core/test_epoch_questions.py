"""Central is asked about every epoch until it has answered for all, less and less often."""

from __future__ import annotations

from itertools import pairwise

from sync.agent.core.epoch_questions import FIRST_QUESTION_AFTER, LONGEST_QUESTION_AFTER, EpochQuestions

ONE, TWO = bytes(16), bytes(15) + b"\1"


def asked(questions: EpochQuestions, now: float) -> list[bytes]:
    return [batch.epoch for batch in questions.due_batches(now)]


def test_a_question_is_a_batch_without_rows() -> None:
    [batch] = EpochQuestions({ONE: "main"}, 0.0).due_batches(0.0)
    assert (batch.epoch, batch.gate, batch.first, batch.after, batch.rows) == (ONE, "main", 1, 0, ())


def test_only_the_epochs_without_an_answer_are_asked_about_again() -> None:
    questions = EpochQuestions({ONE: "main", TWO: "main"}, 10.0)
    assert asked(questions, 10.0) == [ONE, TWO]
    assert asked(questions, 10.0 + FIRST_QUESTION_AFTER - 0.1) == []
    questions.note_answer(ONE, 11.0)
    assert asked(questions, 10.0 + FIRST_QUESTION_AFTER) == [TWO]
    questions.note_answer(TWO, 13.0)
    assert asked(questions, 1_000.0) == []


def test_without_an_answer_the_spans_double_up_to_a_minute() -> None:
    questions = EpochQuestions({ONE: "main"}, 0.0)
    times = [second for second in range(400) if asked(questions, float(second))]
    spans = [after - before for before, after in pairwise(times)]
    assert spans == [2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert (FIRST_QUESTION_AFTER, LONGEST_QUESTION_AFTER) == (2.0, 60.0)


def test_an_answer_is_awaited_since_the_last_one_until_none_is_left() -> None:
    questions = EpochQuestions({ONE: "main", TWO: "main"}, 5.0)
    assert questions.awaiting_since == 5.0
    questions.note_answer(ONE, 8.0)
    assert questions.awaiting_since == 8.0
    questions.note_answer(ONE, 9.0)
    questions.note_answer(b"never asked about", 9.0)
    assert questions.awaiting_since == 8.0
    questions.note_answer(TWO, 9.0)
    assert questions.awaiting_since is None
    assert EpochQuestions({}, 0.0).awaiting_since is None, "a gate without a journal waits for nothing"
