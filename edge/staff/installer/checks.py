"""Makes the checks of a gate that runs, when somebody asks, and publishes what they find."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

import msgspec

from edge.configuration import GateConfiguration
from edge.diagnostics.beside import Beside
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.redaction import without_names
from edge.ports import Clock
from edge.staff.protocol import Refused
from edge.staff.protocol.installing import BoardView, CheckFound, ChecksView
from edge.staff.protocol.watching import Topic
from edge.staff.sessions import Session
from edge.staff.views.published import Published
from edge.support.due import NEVER

_RESTS: Final = 5.0
"""Seconds from the end of the checks to the next ones: each takes a core for seconds."""
_MOST_CHECKS: Final = 100
_LONGEST: Final = 500
_WORST_FIRST: Final = {Verdict.BAD: 0, Verdict.WARNING: 1, Verdict.GOOD: 2}


class Checks:
    """Runs in a task of its own, which waits for the process beside the gate. `names` are the words that name
    people here; `newest` is what was found last.
    """

    def __init__(
        self,
        configuration: GateConfiguration,
        clock: Clock,
        published: Published,
        look: Callable[[GateConfiguration], Beside],
        names: Callable[[], Container[str]],
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._published = published
        self._look = look
        self._names = names
        self._asked = False
        self._rests_until = float("-inf")
        self._view = ChecksView(running=False)
        self._wake: Callable[[], None] = lambda: None
        self.newest: Beside | None = None

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake

    def ask(self) -> None:
        """Have the checks made; from any thread."""
        self._asked = True
        self._wake()

    def watched(self, _topic: Topic, _by: Session) -> Refused | None:
        """Somebody watches: make the checks, where they were never made."""
        if self.newest is None and not self._asked:
            self.ask()
        return None

    def poll(self) -> float:
        """Make the checks where somebody asked; returns when to look again."""
        if not self._asked:
            return NEVER
        if self._clock.monotonic() < self._rests_until:
            return self._rests_until
        self._tell(msgspec.structs.replace(self._view, running=True))
        self.newest = found = self._look(self._configuration)
        self._asked = False
        self._rests_until = self._clock.monotonic() + _RESTS
        self._tell(self._shown(found))
        return NEVER

    # --- inside ----------------------------------------------------------------------------

    def _tell(self, view: ChecksView) -> None:
        self._view = view
        self._published.publish(Topic.CHECKS, view)

    def _shown(self, found: Beside) -> ChecksView:
        names = self._names()
        worst_first = sorted(found.checks, key=lambda check: _WORST_FIRST[check.verdict])
        board = None if found.board is None else BoardView(**msgspec.structs.asdict(found.board))
        return ChecksView(
            running=False,
            at=self._clock.wall().at,
            checks=tuple(_check(check, names) for check in worst_first[:_MOST_CHECKS]),
            board=board,
            versions=tuple((name, found.versions[name]) for name in _SHOWN if name in found.versions),
            problem=found.problem,
        )


_SHOWN: Final = ("gatepost", "python", "kernel", "opencv-python-headless", "zxing-cpp", "gpiozero", "gpiod")
"""Versions that a page shows; the support bundle has all."""


def _check(found: CheckResult, names: Container[str]) -> CheckFound:
    texts = (without_names(text, names)[:_LONGEST] for text in (found.what, found.text, found.remedy))
    return CheckFound(found.verdict.value, *texts)
