"""What the console is given by who composes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge.configuration import ConsoleSection
from edge.console.certificate import Certificate
from edge.console.gate_link import GateLink
from edge.console.watching import Watchers
from edge.web.pulse import Pulse

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
"""By which a browser on this computer may call the console."""
_MOST_STREAMS, _MOST_OF_ONE = 64, 16


def console_pulse() -> Pulse:
    """The pulse of a console's live pages: so many at a time, and so many of one browser."""
    return Pulse(_MOST_STREAMS, _MOST_OF_ONE)


@dataclass(frozen=True)
class ConsoleServices:
    """The way to the `gate`, the time (microseconds since 1970 UTC), the settings, the gate's name, and the
    `certificate` that browsers see (None: no TLS).
    """

    link: GateLink
    wall: Callable[[], int]
    settings: ConsoleSection
    name: str
    watchers: Watchers
    pulse: Pulse = field(default_factory=console_pulse)
    certificate: Certificate | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """By which names and addresses browsers may call this console: others are another site's, which leads
        here.
        """
        named = () if self.certificate is None else self.certificate.names
        return _HERE | {self.settings.host, *(name.lower() for name in (*named, *self.settings.names))}


def services_for(
    link: GateLink,
    wall: Callable[[], int],
    settings: ConsoleSection,
    name: str,
    certificate: Certificate | None,
) -> ConsoleServices:
    """The services of a console whose open pages hear of what the gate publishes."""
    pulse = console_pulse()
    return ConsoleServices(link, wall, settings, name, Watchers(link, pulse.notify), pulse, certificate)
