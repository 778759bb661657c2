"""What an enrolment uses of the gate that it goes on at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge.journal.format import Event
from edge.ports import Clock
from edge.runtime.recognition import Holdings
from edge.vision.reports import Blur


class LivePictures(Protocol):
    """What looks through the gate's camera; neither waits."""

    def preview(self, blur: Blur, /) -> None:
        """Have previews delivered for a few seconds."""
        ...

    def enrol(self) -> None:
        """Have looks for an enrolment delivered for a few seconds."""
        ...


class LeftOut(Protocol):
    """The faces that are left out here."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Whose they are."""
        ...

    def leave_out(self, subject: str, at: datetime) -> None:
        """Leave somebody's face out from now on; raises OSError."""
        ...

    def consented(self, subject: str) -> None:
        """Somebody consented anew; raises OSError."""
        ...

    def tidy(self) -> None:
        """Forget those whom the registry has no face of any more; raises OSError."""
        ...


@dataclass(frozen=True)
class EnrolmentPorts:
    """The gate as an enrolment meets it.

    `template_key` tells the site's of now, `engine` names what makes templates here. `registry` is what is in
    force, with every face; `note` writes an event down later, from any thread.
    """

    site: str
    gate: str
    engine: str
    template_key: Callable[[], bytes]
    clock: Clock
    registry: Callable[[], Holdings | None]
    pictures: LivePictures
    left_out: LeftOut
    note: Callable[[Event], None]
    entropy: Callable[[int], bytes]
