"""Publishes what is shown, again and again; what fails is logged once and tried again."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from threading import Event

import structlog

from edge.errors import GatepostError
from sync.central.configuration import CentralHomeAssistantSection
from sync.central.home_assistant.core import config_of, config_topic, state_of, state_topic
from sync.central.home_assistant.states import retired_gates, shown_gates
from sync.central.store import Store
from sync.transport.broker import Broker
from sync.transport.retained import publish_retained

_EXPIRES_AFTER = 4
"""Rounds without news after which Home Assistant knows nothing of a gate: a centre that is dead does not say
that its gates work.
"""


class CentralHomeAssistantLoop:
    """Shows the gates of `store`; `look` does one round. `client_id` is its name at the broker."""

    def __init__(
        self,
        store: Store,
        section: CentralHomeAssistantSection,
        broker: Broker,
        client_id: str,
        wall: Callable[[], int],
    ) -> None:
        self._store = store
        self._section = section
        self._broker = section.broker or broker
        self._client_id = client_id
        self._wall = wall
        self._published: dict[str, bytes] = {}
        self._said = ""
        self._log = structlog.get_logger("home_assistant")

    def run(self, stop: Event) -> None:
        """Publish until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(self._section.every)

    def look(self) -> bool:
        """One round; returns whether everything was published."""
        try:
            messages = self._messages()
            publish_retained(self._broker, self._client_id, messages)
        except GatepostError as error:
            self._published.clear()
            if str(error) != self._said:
                self._said = str(error)
                self._log.warning("not_shown", error=self._said)
            return False
        self._said = ""
        self._published |= {topic: data for topic, data in messages.items() if topic.endswith("/config")}
        return True

    def _messages(self) -> dict[str, bytes]:
        """Every state, and each description that is new, or is to go."""
        now, prefix, expire = self._wall(), self._section.prefix, int(_EXPIRES_AFTER * self._section.every)
        with self._store.reading() as connection:
            gates, retired = shown_gates(connection, now), retired_gates(connection)
        configs = {
            config_topic(prefix, gate.device): config_of(gate, version("gatepost"), expire) for gate in gates
        }
        configs |= {config_topic(prefix, name): b"" for name in retired}
        states = {state_topic(gate.device): state_of(gate, now) for gate in gates}
        new = {topic: data for topic, data in configs.items() if self._published.get(topic) != data}
        return new | states
