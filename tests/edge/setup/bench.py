"""A computer to set up in a folder: its systemctl is played, its trials and checks end as a test says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.setup.core import IN_FOLDER, Found, Question, Trial, TrialOutcome
from edge.setup.finding import look_around
from edge.setup.ground import Ground
from edge.setup.trying.wire import TryThis
from edge.setup.units import Systemctl
from tests.conftest import REPOSITORY

NOW = datetime(2026, 11, 27, tzinfo=UTC)
GOOD = CheckResult(Verdict.GOOD, "all", "is well")
WELL = TrialOutcome("", True)
BAD = CheckResult(Verdict.BAD, "camera", "gives no picture", "plug it in")


@dataclass
class Computer:
    """`runs` are the units at work, `said` what the gate says behind READY, `asked` what systemctl was."""

    folder: Path
    runs: set[str] = field(default_factory=set)
    said: str = "gate main of green-court"
    refuses: Callable[[Sequence[str]], bool] = lambda _: False
    checks: tuple[CheckResult, ...] = (GOOD,)
    outcome: TrialOutcome = WELL
    asked: list[tuple[str, ...]] = field(default_factory=list)
    tried: list[TryThis] = field(default_factory=list)
    found: Found | None = None
    broken: str = ""

    def ground(self) -> Ground:
        (self.folder / "run").mkdir(exist_ok=True)
        return Ground(
            gate_file=self.folder / "gate" / "gate.toml",
            places=IN_FOLDER,
            look=self._look,
            units=Systemctl(
                self._systemctl, self.folder / "run", REPOSITORY / "systemd", self.folder / "etc"
            ),
            tried=self._tried,
            checked=lambda _: self._checked(),
            now=lambda: NOW,
        )

    def _checked(self) -> tuple[CheckResult, ...]:
        """What the checks find; of a gate.toml that names `self.broken` as well that it cannot work."""
        text = (self.folder / "gate" / "gate.toml").read_text(errors="replace")
        return (*self.checks, BAD) if self.broken and self.broken in text else self.checks

    def _look(self) -> Found:
        return self.found or look_around((), self.folder, lambda: (), lambda: NOW)

    def _tried(self, asked: TryThis, tell: Callable[[str], None]) -> TrialOutcome:
        del tell
        assert "gatepost-gate.service" not in self.runs, "the gate that runs has the devices"
        self.tried.append(asked)
        assert asked.trial is not None
        return replace(self.outcome, trial=asked.trial.name)

    def _systemctl(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(tuple(words[1:]))
        verb, unit = words[1], words[-1]
        if self.refuses(words):
            return subprocess.CompletedProcess(words, 1, "", f"Job for {unit} failed.")
        if verb == "restart":
            self.runs.add(unit)
        elif verb == "stop":
            self.runs.discard(unit)
        code = 3 if verb == "is-active" and unit not in self.runs else 0
        return subprocess.CompletedProcess(words, code, f"{self.said}\n" if verb == "show" else "", "")


class Person:
    """Takes what is offered first; `wants` are other answers by their question's key, `interrupts` at which
    question they press Ctrl-C.
    """

    attended = True

    def __init__(
        self,
        wants: Mapping[str, Iterable[str]] | None = None,
        agrees: dict[str, bool] | None = None,
        saw: bool = True,
        interrupts: int = -1,
    ) -> None:
        self._wants: dict[str, Iterator[str]] = {key: iter(values) for key, values in (wants or {}).items()}
        self._agrees = agrees or {}
        self._saw = saw
        self._left = interrupts
        self.told: list[str] = []
        self.outcomes: list[TrialOutcome] = []
        self.asked: list[str] = []

    def _ask(self, key: str) -> None:
        self.asked.append(key)
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1

    def choose(self, question: Question) -> str:
        self._ask(question.key)
        with suppress(StopIteration, KeyError):
            return next(self._wants[question.key])
        return question.default or question.values[0]

    def confirm(self, key: str, text: str, *, default: bool) -> bool:
        del text
        self._ask(key)
        return self._agrees.get(key, default)

    def begin(self, trial: Trial) -> bool:
        self._ask(f"begin {trial.name}")
        return True

    def saw(self, trial: Trial) -> bool | None:
        self._ask(f"saw {trial.name}")
        return self._saw

    def tell(self, text: str) -> None:
        self.told.append(text)

    def show(self, outcome: TrialOutcome) -> None:
        self.outcomes.append(outcome)
