"""The rules that were asked, in order: each with its question, what it looked at, and what it said."""

from __future__ import annotations

from dataclasses import dataclass

from edge.decision import Objection
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.questions import QUESTIONS
from sync.central.explain.core.sayings import Sentence


@dataclass(frozen=True)
class RuleLine:
    """One rule that was asked.

    `key` is the line of the policy that it goes by, `seen` what it looked at (None: it does not apply),
    `objections` what it said against a grant; `won` is that of them which became the decision.
    """

    number: int
    name: str
    key: str
    question: Sentence
    seen: Sentence | None
    objections: tuple[Objection, ...]
    won: Objection | None

    @property
    def heaviest(self) -> Objection | None:
        """What to show of it: what won, else the first objection."""
        return self.won or next(iter(self.objections), None)


def lines_of(moment: Moment) -> tuple[RuleLine, ...]:
    """Every rule that was asked of a moment, in order."""
    lines = []
    for number, item in enumerate(moment.asked(), start=1):
        question = QUESTIONS[item.name]
        said = item.won or next(iter(item.objections), None)
        key = question.key(moment) if said is None else said.rule
        lines.append(
            RuleLine(
                number,
                item.name,
                key,
                Sentence(question.text),
                question.seen(moment),
                item.objections,
                item.won,
            )
        )
    return tuple(lines)
