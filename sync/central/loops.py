"""Makes what one process of a centre does for all, by central.toml; each by the name of its lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.broker.claiming import centre_of
from sync.central.broker.loop import BrokerLoop
from sync.central.broker.watching import BrokerWatch
from sync.central.configuration import CentralConfiguration
from sync.central.entry_holds.loop import EntryHoldLoop
from sync.central.flow.watching import FlowLoop
from sync.central.history.loop import HistoryLoop
from sync.central.history_cues import raise_damage
from sync.central.home_assistant.loop import CentralHomeAssistantLoop
from sync.central.isolation.loop import HomeVisitLoop
from sync.central.processes.leasing import Loop
from sync.central.reports.loop import Maker, ReportLoop
from sync.central.reports.sums import SUMMING
from sync.central.rollouts.loop import RolloutLoop
from sync.central.sending import sending_loops
from sync.central.store import Store
from sync.central.temperature.loop import ThermometerLoop
from sync.central.waking import Waker
from sync.central.web.report_view import ReportPress

PUBLISHING = "publishing"
"""The lease of who publishes, and tells all gates of it."""
NEEDS = {PUBLISHING: "publisher", "lapsing": "publisher"}
"""The part that takes a lease; of all others it is the ingester."""


@dataclass(frozen=True)
class LoopsForAll:
    """What the loops of a process with this `configuration` are made of; `sending` is noticed where alarms
    changed.
    """

    configuration: CentralConfiguration
    store: Store
    key: Ed25519PrivateKey
    wall: Callable[[], int]
    sending: Waker

    def of_the_broker(self) -> Iterator[tuple[str, Loop]]:
        """What keeps a broker that has a management of its own."""
        if self.configuration.broker.management is not None:
            yield (
                "broker",
                BrokerLoop(
                    self.store,
                    self.configuration.broker,
                    centre_of(self.key),
                    watch=BrokerWatch(self.store, self.wall),
                ),
            )

    def of_an_ingester(self) -> Iterator[tuple[str, Loop]]:
        """What follows from what gates said."""
        configuration, store, wall = self.configuration, self.store, self.wall
        yield "flow", FlowLoop(store, wall)
        yield "thermometers", ThermometerLoop(store, wall)
        yield "home-visits", HomeVisitLoop(store, wall)
        if configuration.commands is not None:  # else nobody signs what it asks for
            yield "entry-holds", EntryHoldLoop(store, wall)
            yield "rollouts", RolloutLoop(store, wall)
        yield from sending_loops(configuration, store, wall, self.sending)
        maker = Maker(store, self.key, wall, ReportPress(configuration.console.public_origin))
        yield "reports", ReportLoop(maker, configuration.reports.keep_days)
        yield "history", HistoryLoop(store, configuration.history, wall, raise_damage, SUMMING)
        section = configuration.home_assistant
        if section is not None:
            name = f"{configuration.central.id}-home-assistant"
            yield "home-assistant", CentralHomeAssistantLoop(store, section, configuration.broker, name, wall)
