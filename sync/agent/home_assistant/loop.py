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
from sync.agent.home_assistant.core import (
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
        self._gate = FiguresReader(section.socket)
        self._said = ""
        self._log = structlog.get_logger("home_assistant")

    def run(self, stop: Event) -> None:
        """Publish until `stop` is set."""
        while not stop.is_set():
            try:
                self._connected(stop)
            except GatepostError as error:
                self._say(error)
                stop.wait(self._section.longest_pause)
        self._gate.close()

    def _connected(self, stop: Event) -> None:
        will = availability_topic(self._device), OFFLINE
        with retaining(self._section, f"{self._device}-home-assistant", will) as link:
            published: dict[str, bytes] = {}
            while not stop.is_set():
                self._look(link, published)
                link.poll(self._section.every)

    def _look(self, link: RetainingLink, published: dict[str, bytes]) -> None:
        """One round: what is another than was published on this connection."""
        for topic, data in self._messages().items():
            if published.get(topic) != data:
                link.retain(topic, data)
                published[topic] = data

    def _messages(self) -> dict[str, bytes]:
        """What is shown now: of a gate that does not answer, only that."""
        try:
            figures = self._gate.ask()
        except GatepostError as error:
            self._say(error)
            return {availability_topic(self._device): OFFLINE}
        self._said = ""
        config = config_of(self._device, self._version, figures)
        return {
            config_topic(self._section.prefix, self._device): config,
            state_topic(self._device): state_of(figures),
            availability_topic(self._device): ONLINE,
        }

    def _say(self, error: GatepostError) -> None:
        """Log what is not shown and why: once, until it is shown again or the reason is another."""
        if str(error) != self._said:
            self._said = str(error)
            self._log.warning("not_shown", error=self._said)


class FiguresReader:
    """Asks the gate at `socket` for its figures, as its console does."""

    def __init__(self, socket: Path) -> None:
        self._channel = PacketChannel(socket, most_bytes=MOST_BYTES, answers_within=_ANSWERS_WITHIN)

    def ask(self) -> Figures:
        """The figures now. Raises GatepostError where the gate does not tell them."""
        try:
            answer = answer_of(self._channel.ask(_ASKED))
            value = answer.changed.get(Topic.FIGURES) if isinstance(answer, Watched) else None
            if value is not None:
                found: Figures = _figures_of(bytes(value))
                return found
            why = "it has no figures yet" if isinstance(answer, Watched) else "it refuses"
        except (OSError, Undecodable) as error:
            self._channel.close()
            why = getattr(error, "strerror", None) or str(error)
        raise GatepostError(
            f"the gate does not tell its figures: {why}",
            where=self._channel.where,
            remedy="it has to run, and this process to reach that socket (docs/home-assistant.md)",
        )

    def close(self) -> None:
        """End the connection, if there is one."""
        self._channel.close()
