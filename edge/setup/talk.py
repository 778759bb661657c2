"""One setup under way: who answers, what was found, what is there, and how a trial is made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.configuration import GateConfiguration, load_configuration
from edge.errors import ConfigurationError, GatepostError
from edge.setup.asking import Asker
from edge.setup.core import (
    Answers,
    Draft,
    Found,
    Trial,
    TrialOutcome,
    changed_document,
    connected_document,
    draft_of,
    new_document,
)
from edge.setup.ground import Ground
from edge.setup.trying.wire import TryThis
from edge.setup.units import GATE
from edge.support.toml import Document, paths_beside, read_toml, toml_in, typed

_Value = TypeVar("_Value")
_LONGEST_TRIAL = 60.0


@dataclass(frozen=True)
class Present:
    """The gate.toml that is there, with its text; where there is none, one in which nothing was chosen."""

    text: str
    draft: Draft
    configuration: GateConfiguration | None = None


def present_at(ground: Ground) -> Present:
    """What is there. Raises ConfigurationError where a gate.toml is damaged: that is a person's to mend."""
    if not ground.gate_file.exists():
        return Present(new_document(ground.places, connected=ground.is_connected()), Draft())
    configuration = load_configuration(ground.gate_file)
    text = read_toml(ground.gate_file).text
    text = connected_document(text, ground.places) if ground.is_connected() else text
    return Present(text, draft_of(configuration), configuration)


@dataclass
class Talk:
    """What the steps share. `outcomes` are the trials' so far, `running` puts back what was stopped; `ran`: a
    gate was at work when this began.
    """

    ground: Ground
    asker: Asker
    answers: Answers
    found: Found
    present: Present
    running: ExitStack
    ran: bool = False
    outcomes: list[TrialOutcome] = field(default_factory=list)
    may_try: bool | None = None

    @property
    def is_new(self) -> bool:
        """Whether nothing was set up here before."""
        return self.present.configuration is None

    def document(self, draft: Draft) -> tuple[str, Document, GateConfiguration]:
        """The gate.toml of a draft, as the gate itself would read it. Raises ConfigurationError."""
        text = changed_document(self.present.text, self.present.draft, draft, self.ground.places)
        document = toml_in(text.encode(), str(self.ground.gate_file))
        configuration = typed(
            document,
            GateConfiguration,
            "docs/configuration.md lists every key",
            paths_beside(self.ground.gate_file),
        )
        return text, document, configuration

    def again(self, ask: Callable[[], _Value]) -> _Value:
        """What `ask` returns; a person who answers wrongly is told, and asked again."""
        while True:
            try:
                return ask()
            except GatepostError as error:
                if not self.asker.attended:
                    raise
                self.asker.tell(str(error))

    def try_out(self, draft: Draft, trial: Trial) -> None:
        """Try one thing, with who is there, as often as they want; nothing where they do not want to."""
        while self.asker.begin(trial) and self._devices_are_free():
            outcome = self._tried(draft, trial)
            self.outcomes.append(outcome)
            self.asker.show(outcome)
            if outcome.passed or not self.asker.confirm("again", "Try it again?", default=False):
                return
            self.outcomes.pop()

    def _tried(self, draft: Draft, trial: Trial) -> TrialOutcome:
        _, _, configuration = self.document(draft)
        document = as_told(configuration)
        asked = TryThis(document, trial, _LONGEST_TRIAL, self.answers.installer)
        outcome = self.ground.tried(asked, self.asker.tell)
        for line in outcome.said:
            self.asker.tell(f"  {line}")
        seen = self.asker.saw(trial) if outcome.good and trial.question else None
        remedy = trial.remedy if seen is False else outcome.remedy
        return TrialOutcome(outcome.trial, outcome.good, outcome.said, outcome.problem, remedy, seen)

    def _devices_are_free(self) -> bool:
        """Whether no gate has camera and pins: one that runs is stopped if that is wanted, and started again
        whatever happens.
        """
        units = self.ground.units
        if self.may_try is None and units is not None and units.are_there() and units.is_active(GATE):
            text = (
                "The gate runs, and has camera and pins for itself. Stop it for the trials? Meanwhile nobody "
                "is let in but by hand; it starts again afterwards, whatever happens."
            )
            self.may_try = self.asker.confirm("stop_gate", text, default=False)
            if self.may_try:
                self.running.callback(self._start_again)
                units.stop(GATE)
            else:
                self.asker.tell(
                    "the gate goes on, and nothing is tried (stop_gate = true in a file of answers)"
                )
        self.may_try = True if self.may_try is None else self.may_try
        return self.may_try

    def _start_again(self) -> None:
        units = self.ground.units
        if units is not None and not units.is_active(GATE):
            units.start(GATE)


def as_told(configuration: GateConfiguration) -> dict[str, object]:
    """A configuration as a table, every path in it as text."""
    table: dict[str, object] = msgspec.to_builtins(configuration, enc_hook=str)
    return table


def absolute(place: str, key: str) -> Path:
    """A path that somebody named, from here; raises ConfigurationError where nothing is there."""
    path = Path(place).expanduser().absolute()
    if not path.exists():
        raise ConfigurationError("no such file or folder", where=f"{key}: {path}")
    return path
