"""Who answers the questions of a setup: a person at a terminal, or a file of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.errors import ConfigurationError
from edge.setup.core import Answers, Question, Trial, TrialOutcome, Trials


class Asker(Protocol):
    """Answers, and is told what happens. `attended`: a person watches."""

    attended: bool

    def choose(self, question: Question) -> str:
        """The choice: a value of the question's, any text where it is `free`. Raises ConfigurationError."""
        ...

    def confirm(self, key: str, text: str, *, default: bool) -> bool:
        """Whether to do something; `key` is its name in the file of answers."""
        ...

    def begin(self, trial: Trial) -> bool:
        """Whether to try something now; a person is told first what will happen."""
        ...

    def saw(self, trial: Trial) -> bool | None:
        """What a person saw of a trial; None: nobody looked."""
        ...

    def tell(self, text: str) -> None:
        """Say what happens; nothing is asked."""
        ...

    def show(self, outcome: TrialOutcome) -> None:
        """Say whether a trial came out well; what was measured was told before."""
        ...


class FromFile:
    """Nobody is there: what the file `where` says, else what was found; what is neither is an error."""

    attended = False

    def __init__(self, answers: Answers, tell: Callable[[str], None], where: str) -> None:
        self._answers = answers
        self._tell = tell
        self._where = where

    def choose(self, question: Question) -> str:
        """As `Asker.choose`: the file's answer, else the default."""
        value = str(getattr(self._answers, question.key, None) or question.default)
        if value and (question.free or value in question.values):
            return value
        allowed = ", ".join(question.values) or "a value"
        what = (
            f"cannot be {value!r}"
            if value
            else f"{question.text} Nothing says so, and not one alone was found."
        )
        raise ConfigurationError(
            f"{question.key}: {what}", where=self._where, remedy=f"write {question.key} = one of: {allowed}"
        )

    def confirm(self, key: str, text: str, *, default: bool) -> bool:
        """As `Asker.confirm`."""
        del text
        return bool(getattr(self._answers, key, default))

    def begin(self, trial: Trial) -> bool:
        """As `Asker.begin`: by `trials`."""
        trials = self._answers.trials
        return trials is Trials.ALL or (trials is Trials.STILL and not trial.moves)

    def saw(self, trial: Trial) -> bool | None:
        """As `Asker.saw`: what the file says of it."""
        return self._answers.seen.get(trial.name)

    def tell(self, text: str) -> None:
        self._tell(text)

    def show(self, outcome: TrialOutcome) -> None:
        word = "good" if outcome.passed else "bad"
        self._tell(f"{word:<7} {outcome.trial}{_problem(outcome)}")


def _problem(outcome: TrialOutcome) -> str:
    problem = outcome.problem or ("not seen" if outcome.seen is False else "")
    remedy = f" → {outcome.remedy}" if outcome.remedy and not outcome.passed else ""
    return f": {problem}{remedy}" if problem else ""
