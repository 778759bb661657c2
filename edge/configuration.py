"""gate.toml: what one gate is, where its files lie and what it is wired to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from edge.decision.evidence import Direction
from edge.decision.prompts import Hours
from edge.decision.thermometry import Span, Worth
from edge.errors import ConfigurationError
from edge.support.toml import read_toml, typed
from edge.vision.configuration import VisionConfiguration


class LaneDirection(StrEnum):
    """Which way people pass the gate. `both`: decided on as an entry, let through either way; where there are
    beams, they say which way somebody went.
    """

    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"


class WhenFull(StrEnum):
    """What the gate does when an event cannot be stored: refuse everybody, or open for those it may."""

    DENY = "deny"
    OPEN = "open"


class PinKind(StrEnum):
    GPIO = "gpio"
    SIMULATED = "simulated"


class GateSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is the gate's name in the policy, `site` the site whose registry it obeys. `device` is this
    computer's name in its certificate and in central; empty: `site.id`.
    """

    id: str
    site: str
    direction: LaneDirection = LaneDirection.ENTRY
    language: str = "zh"
    device: str = ""


class RegistrySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`inbox` is where bundles arrive (never written here), `folder` where the gate keeps the verified
    ones; `root_key` (public, PEM) is what it believes, `template_key` opens the sealed templates. `lists` is
    the folder where lists of certificate issuers and revocations arrive; without it there are none.
    """

    inbox: Path
    folder: Path
    root_key: Path
    template_key: Path
    lists: Path | None = None
    look_every: float = 2.0


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`acknowledged` is the folder where the sync process puts central's signed word of what it has stored;
    without it nothing is ever pruned. Of what was acknowledged, the newest `keep` events stay all the same.
    """

    path: Path
    when_full: WhenFull = WhenFull.DENY
    acknowledged: Path | None = None
    keep: int = 1_000_000


class CommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`socket` is where the sync process hands over commands; without it the gate takes none. `update` is
    the file in which the gate says which version it was told to take, for whoever installs on this computer.
    """

    socket: Path | None = None
    update: Path | None = None


class LaneSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`board` is the name of a shipped board file or the path of one; its times are in that file."""

    board: str = "simulated"
    pins: PinKind = PinKind.SIMULATED


class EncounterSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an encounter is paced, in seconds: see edge.encounter.values.Patience."""

    evidence_within: float = 1.0
    give_up_after: float = 8.0
    gone_after: float = 2.0
    ask_again_after: float = 10.0


class ThermometerKind(StrEnum):
    NONE = "none"
    MLX90614 = "mlx90614"
    SERIAL = "serial"
    SIMULATED = "simulated"


class ThermometerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What measures temperatures, and what its measurements are worth; °C, mm and seconds.

    `offset` is added to every measurement, and stands in the journal with it; there is no other
    correction. Outside `person` it is not a person that was measured; `ambient` and `distance` count where
    they are measured; two measurements agree within `steady`. A second one is `again_after` later. A grant
    waits `wait_for` for a first measurement, and `again_within` for a second where the first was high; the
    median of the last persons lies within `usual`, else the thermometer has drifted.
    """

    kind: ThermometerKind = ThermometerKind.NONE
    bus: int = 1
    address: int = 0x5A
    port: str = ""
    baud: int = 9600
    simulated: float = 36.5
    every: float = 0.25
    silent_after: float = 10.0
    wait_for: float = 1.0
    again_within: float = 3.0
    offset: float = 0.0
    person: Span = (30.0, 45.0)
    ambient: Span = (10.0, 40.0)
    distance: Span = (10.0, 500.0)
    steady: float = 0.4
    again_after: float = 0.5
    usual: Span = (35.0, 37.2)

    def __post_init__(self) -> None:
        """Refuse what cannot be measured by."""
        if self.kind is ThermometerKind.SERIAL and not self.port:
            raise ValueError("a serial thermometer needs its port, such as /dev/ttyUSB0")
        if not 0x08 <= self.address <= 0x77:
            raise ValueError("address is that of an I²C device, 0x08 to 0x77")
        if not 0.05 <= self.every <= 10.0:
            raise ValueError("every is 0.05 to 10 seconds")
        if not -5.0 <= self.offset <= 5.0:
            raise ValueError("offset is at most 5 °C either way: a thermometer that is further off is broken")
        if any(low >= high for low, high in (self.person, self.ambient, self.distance, self.usual)):
            raise ValueError("person, ambient, distance and usual are each a lower and a higher bound")

    @property
    def worth(self) -> Worth:
        return Worth(self.offset, self.person, self.ambient, self.distance, self.steady, self.again_after)


class PromptsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people hear and see. `voice` is the folder of recordings (none: the gate is mute), `device` a
    sound device of ALSA, `volume` in percent, `hours` the periods with another. `screen` is the page that
    a browser shows (none: no screen), each prompt for `shown_for` seconds.
    """

    voice: Path | None = None
    device: str = "default"
    volume: int = 80
    hours: tuple[Hours, ...] = ()
    screen: Path | None = None
    shown_for: float = 6.0

    def __post_init__(self) -> None:
        """Refuse what no loudspeaker can do, and what aplay would take for an option."""
        if not all(0 <= volume <= 100 for volume in (self.volume, *(item.volume for item in self.hours))):
            raise ValueError("volume is 0 to 100 percent")
        if not self.device or self.device.startswith("-"):
            raise ValueError("device is the name of a sound device: aplay -L lists them")


class CountsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the gates of a site know of each other's counts: files `*.json` in `inbox`, ours at `outbox`.

    Without an inbox the gate takes itself for the site's only one. `look_every` is in seconds.
    """

    inbox: Path | None = None
    outbox: Path | None = None
    look_every: float = 2.0


class GateConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gate: GateSection
    registry: RegistrySection
    journal: JournalSection
    vision: VisionConfiguration = VisionConfiguration()
    lane: LaneSection = LaneSection()
    encounter: EncounterSection = EncounterSection()
    counts: CountsSection = CountsSection()
    thermometer: ThermometerSection = ThermometerSection()
    prompts: PromptsSection = PromptsSection()
    commands: CommandsSection = CommandsSection()

    @property
    def device(self) -> str:
        """The name of this computer on the wire."""
        return self.gate.device or f"{self.gate.site}.{self.gate.id}"

    @property
    def direction(self) -> Direction:
        """The way that is decided on."""
        return Direction.EXIT if self.gate.direction is LaneDirection.EXIT else Direction.ENTRY

    @property
    def lets_through(self) -> Direction | None:
        """The way that somebody granted may pass; None: either."""
        return None if self.gate.direction is LaneDirection.BOTH else self.direction


def load_configuration(path: Path) -> GateConfiguration:
    """Read gate.toml; relative paths are taken from its own folder.

    Raises ConfigurationError that names the file, the key and what to do.
    """
    return decode_configuration(read_toml(path, remedy="gatepost site init DIR writes one"), path)


def decode_configuration(table: dict[str, Any], path: Path) -> GateConfiguration:
    """Check a configuration's table, read from `path`; raises ConfigurationError."""
    folder = path.resolve().parent

    def decode(kind: type, value: object) -> object:
        if kind is Path and isinstance(value, str):
            return folder / Path(value).expanduser()
        raise ConfigurationError(f"cannot be read as {kind.__name__}", where=str(path))

    configuration = typed(
        table, GateConfiguration, str(path), "docs/configuration.md lists every key", decode
    )
    return replace(configuration, lane=_beside(configuration.lane, folder))


def _beside(lane: LaneSection, folder: Path) -> LaneSection:
    """A board that is a file is looked for beside gate.toml; one that is shipped is a bare name."""
    is_file = lane.board.endswith(".toml") or "/" in lane.board
    return replace(lane, board=str(folder / lane.board)) if is_file else lane
