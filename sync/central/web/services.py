"""What the console is given by whoever composes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.support.phrases import Phrase
from edge.web.pulse import Pulse
from sync.central.adoption.centre import InvitingCentre
from sync.central.configuration import (
    CentralConsoleSection,
    ChangesSection,
    DispatchSection,
    PublishingSection,
)
from sync.central.explain.running import WhatIfRuns
from sync.central.reported.receipts import RECEIPT_BOUND
from sync.central.store import Store


class RunningPublisher(Protocol):
    """The running publisher: it looks at once, instead of at its next interval."""

    def notice(self) -> None: ...


@dataclass(frozen=True)
class Part:
    """A part of the running process: whether it works, and in a few words how; never a secret. What is not
    `vital` is waited for, and the process works without it. Of what pages show, `said` has the phrases.
    """

    works: bool
    words: str
    vital: bool = True
    said: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class DatabaseSeen:
    """Whether the database answers, and when it last stored an access (microseconds since 1970 UTC)."""

    answers: bool
    newest: int | None


WAITS = "waits"
"""The part that says what the centre waits for."""


def _no_parts() -> dict[str, Part]:
    return {}


def _no_centre() -> None:
    return None


def _not_watched() -> None:
    return None


@dataclass(frozen=True)
class Services:
    """The store, the time (microseconds since 1970 UTC) and the settings; `publisher` and `section` where
    this process publishes; `parts` says how the parts that run beside the console are; `pulse` tells the
    live pages that something was stored. `limits` are what one person may change alone. `key` is
    central's own: it signs what people take along (exports, receipts); None where this process has none.
    `what_if` answers what other rules would have changed.
    `dispatch` says how long somebody may take to go.
    Within `receipt_bound` (microseconds) a gate confirms that somebody is gone.
    `inviting` returns what invitations of gates say, None where this centre makes none; it raises
    GatepostError where it cannot. `database` says how it was when somebody looked last, who looks on
    connections of their own; None: nobody does. `sends_commands`: a process of this centre signs what gates
    are asked for.
    """

    store: Store
    wall: Callable[[], int]
    settings: CentralConsoleSection = field(default_factory=CentralConsoleSection)
    section: PublishingSection | None = None
    publisher: RunningPublisher | None = None
    parts: Callable[[], dict[str, Part]] = _no_parts
    pulse: Pulse = field(default_factory=Pulse)
    limits: ChangesSection = field(default_factory=ChangesSection)
    key: Ed25519PrivateKey | None = field(default=None, repr=False)
    what_if: WhatIfRuns = field(default_factory=WhatIfRuns)
    receipt_bound: int = RECEIPT_BOUND
    dispatch: DispatchSection = field(default_factory=DispatchSection)
    inviting: Callable[[], InvitingCentre | None] = _no_centre
    sends_commands: bool = True
    database: Callable[[], DatabaseSeen | None] = _not_watched
