"""The pure part: every rule has a question, and what is said to have helped is true, in random worlds."""

from __future__ import annotations

from random import Random

from edge.decision import Mode, Outcome, PassVerdict, Status
from edge.decision.decision import _FREE_RULES, _RULES, _name_of
from sync.central.explain.core import seen
from sync.central.explain.core.instead import instead_of
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.questions import QUESTIONS
from sync.central.explain.core.sayings import Sentence
from sync.central.explain.core.walk import lines_of
from tests.edge.decision.space import Draw, world

_WEIGHT = {Outcome.GRANT: 0, Outcome.REFER: 1, Outcome.DENY: 2}


def moments(count: int) -> list[Moment]:
    draw = Draw(Random(7).choice)
    worlds = [world(draw) for _ in range(count)]
    return [Moment(item.policy, item.subject, item.evidence, item.situation) for item in worlds]


def test_every_rule_has_its_question_and_no_question_is_of_no_rule() -> None:
    assert {_name_of(rule) for rule in (*_RULES, *_FREE_RULES)} == set(QUESTIONS)


def test_every_value_has_its_words() -> None:
    assert set(seen.VERDICTS) == set(PassVerdict)
    assert set(seen.MODES) == set(Mode)
    assert set(seen.STATUSES) == set(Status)


def test_every_moment_can_be_told_and_what_won_is_the_decision() -> None:
    for moment in moments(400):
        lines, decision = lines_of(moment), moment.decide()
        for line in lines:
            assert line.question.spoken()
            assert line.key
            assert line.seen is None or "%(" not in line.seen.spoken()
        won = [line.won for line in lines if line.won]
        assert [item.rule for item in won] == ([] if decision.outcome is Outcome.GRANT else [decision.rule])


def test_what_would_have_helped_is_better_than_what_was_and_never_said_of_a_grant() -> None:
    told = 0
    for moment in moments(400):
        before, found = moment.decide(), instead_of(moment)
        assert before.outcome is not Outcome.GRANT or not found
        for item in found:
            assert _WEIGHT[item.decision.outcome] < _WEIGHT[before.outcome]
            told += 1
    assert told > 50


def test_a_sentence_is_spoken_in_the_language_of_its_reader() -> None:
    said = Sentence("%(one)s of %(many)s", {"one": Sentence("a dog"), "many": 3})
    assert said.spoken() == "a dog of 3"
    chinese = {"a dog": "狗", "%(one)s of %(many)s": "%(many)s 中之 %(one)s"}
    assert said.spoken(lambda text: chinese[text]) == "3 中之 狗"
