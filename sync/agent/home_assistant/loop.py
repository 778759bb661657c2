"""Publishes the gate's figures, again and again; what fails is logged once and tried again."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from threading import Event

import structlog

from edge.errors import GatepostError
from edge.staff.protocol import MOST_BYTES, Request, answer_of, encoded
from edge.staff.protocol.figures import Figures
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import Undecodable, msgpack_decoder
from edge.support.packet_channel import PacketChannel
from sync.agent.configuration import HomeAssistantSection
from sync.agent.home_assistant.core.shown_figures import (
    OFFLINE,
    ONLINE,
    availability_topic,
    config_of,
    config_topic,
    state_of,
    state_topic,
)
from sync.transport.retained import RetainingLink, retaining

_ANSWERS_WITHIN = 5.0
"""Seconds, below the shortest keepalive of a broker: meanwhile it hears nothing."""
_ASKED = encoded(Request(Watch((Topic.FIGURES,), most_wait=0.0)))
_figures_of = msgpack_decoder(Figures)


class HomeAssistantLoop:
    """Shows gate `device` as `section` says; run it in a thread of its own."""

    def __init__(self, section: HomeAssistantSection, device: str) -> None:
        self._section = section
        self._device = device
        self._version = version("gatepost")
        self._gate = GateFigures(section.socket)
        self._said = ""
        self._log = structlog.get_logger("home_assistant")

    def run(self, stop: Event) -> None:
        """Publish until `stop` is set."""
        while not stop.is_set():
            try:
                self._connected(stop)
            except GatepostError as error:
                if str(error) != self._said:
                    self._said = str(error)
                    self._log.warning("not_shown", error=self._said)
                stop.wait(self._section.longest_pause)
        self._gate.close()

    def _connected(self, stop: Event) -> None:
        will = availability_topic(self._device), OFFLINE
        with retaining(self._section, f"{self._device}-home-assistant", will) as link:
            published: dict[str, bytes] = {}
            while not stop.is_set():
                self._look(link, published)
                self._said = ""
                link.poll(self._section.every)

    def _look(self, link: RetainingLink, published: dict[str, bytes]) -> None:
        """One round: what is another than was published on this connection."""
        for topic, data in self._messages().items():
            if published.get(topic) != data:
                link.retain(topic, data)
                published[topic] = data

    def _messages(self) -> dict[str, bytes]:
        """What is shown now: of a gate that does not answer, only that."""
        figures = self._gate.ask()
        if figures is None:
            return {availability_topic(self._device): OFFLINE}
        config = config_of(self._device, self._version, figures)
        return {
            config_topic(self._section.prefix, self._device): config,
            state_topic(self._device): state_of(figures),
            availability_topic(self._device): ONLINE,
        }


class GateFigures:
    """Asks the gate at `socket` for its figures, as its console does."""

    def __init__(self, socket: Path) -> None:
        self._channel = PacketChannel(socket, most_bytes=MOST_BYTES, answers_within=_ANSWERS_WITHIN)

    def ask(self) -> Figures | None:
        """The figures now; None: the gate does not answer."""
        try:
            answer = answer_of(self._channel.ask(_ASKED))
            value = answer.changed.get(Topic.FIGURES) if isinstance(answer, Watched) else None
            found: Figures | None = None if value is None else _figures_of(bytes(value))
        except (OSError, Undecodable):
            self._channel.close()
            return None
        return found

    def close(self) -> None:
        """End the connection, if there is one."""
        self._channel.close()
