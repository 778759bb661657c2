"""A setup's questions at a terminal."""

from __future__ import annotations

from rich.prompt import Confirm, Prompt
from rich.text import Text

from edge.cli.terminal import console
from edge.setup.core import OfferedAnswer, Question, Trial, TrialOutcome
from edge.support.addresses import without_password


class AtTerminal:
    """A person who is asked; `edge.setup.asking` says what each method means."""

    attended = True

    def __init__(self) -> None:
        self._out = console()

    def choose(self, question: Question) -> str:
        """One of the numbered choices; a value may be typed as well."""
        self._out.print(Text(f"\n{question.text}", "bold"), soft_wrap=True)
        for number, choice in enumerate(question.choices, 1):
            self._out.print(_line(number, choice), soft_wrap=True)
        asked, shown = "choose" if question.choices else "write", without_password(question.default)
        is_shown = shown == question.default
        while True:
            typed = Prompt.ask(
                asked if is_shown else f"{asked} (now {shown})",
                console=self._out,
                default=question.default or None,
                show_default=is_shown and bool(question.default),
            )
            value = _meant((typed or "").strip(), question)
            if value:
                return value
            self._out.print(f"one of: {', '.join(question.values)}" if question.values else "write something")

    def confirm(self, key: str, text: str, *, default: bool) -> bool:
        """Yes or no."""
        del key
        return Confirm.ask(text, console=self._out, default=default)

    def begin(self, trial: Trial) -> bool:
        """Say what will happen, and ask whether it may."""
        self._out.print(f"\n{trial.before}", soft_wrap=True)
        return Confirm.ask(f"Try {trial.name}?", console=self._out, default=True)

    def saw(self, trial: Trial) -> bool | None:
        """Ask what they saw."""
        return Confirm.ask(trial.question, console=self._out, default=True)

    def tell(self, text: str) -> None:
        self._out.print(text, soft_wrap=True)

    def show(self, outcome: TrialOutcome) -> None:
        word, colour = ("good", "green") if outcome.passed else ("bad", "red")
        told = Text.assemble((f"{word:<7}", colour), f" {outcome.trial}")
        if outcome.problem:
            told.append(f": {outcome.problem}")
        if outcome.remedy and not outcome.passed:
            told.append(f" → {outcome.remedy}")
        self._out.print(told, soft_wrap=True)


def _line(number: int, choice: OfferedAnswer) -> Text:
    return Text.assemble(
        (f"  {number}  ", "cyan"), choice.value, (f"  {choice.text}" if choice.text else "", "dim")
    )


def _meant(typed: str, question: Question) -> str:
    """What was typed, as a value; empty where it is none."""
    if typed.isdecimal() and 1 <= int(typed) <= len(question.choices):
        return question.choices[int(typed) - 1].value
    return typed if typed in question.values or (question.free and typed) else ""
