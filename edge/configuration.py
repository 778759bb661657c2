"""gate.toml: what one gate is, where its files lie and what it is wired to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from edge.decision import Direction, Worth
from edge.prompts.configuration import PromptsSection
from edge.prompts.texts import Language
from edge.support.distinct import refuse_shared_paths
from edge.support.names import MOST_LETTERS, Identifier, IdentifierOrNone
from edge.support.toml import paths_beside, read_toml, typed
from edge.vision.configuration import VisionConfiguration

LookEvery = Annotated[float, Meta(ge=0.1, le=3600.0)]
Celsius = Annotated[float, Meta(ge=-70.0, le=400.0)]
Millimetres = Annotated[float, Meta(ge=0.0, le=10_000.0)]
Wait = Annotated[float, Meta(ge=0.0, le=60.0)]
BoardName = Annotated[
    str, Meta(pattern=r"\A\S[^\r\n]*\Z", description="a shipped board's name, or the path of a board file")
]


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
    computer's name in its certificate and in central; without it: `site.id`.
    """

    id: Identifier
    site: Identifier
    direction: LaneDirection = LaneDirection.ENTRY
    language: Language = "zh"
    device: IdentifierOrNone = ""

    def __post_init__(self) -> None:
        """Refuse a name that no certificate would bear."""
        if not self.device and len(f"{self.site}.{self.id}") > MOST_LETTERS:
            raise ValueError(f"site.id is longer than {MOST_LETTERS} letters: write another name as device")


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
    look_every: LookEvery = 2.0


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`acknowledged` is the folder where the sync process puts central's signed word of what it has stored;
    without it nothing is ever pruned. Of what was acknowledged, the newest `keep` events stay all the same.
    `socket` is where the sync process gets the events from; without it nothing is sent.
    """

    path: Path
    when_full: WhenFull = WhenFull.DENY
    acknowledged: Path | None = None
    keep: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 1_000_000
    socket: Path | None = None


class CommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`socket` is where the sync process hands over commands; without it the gate takes none. `update` is
    the file in which the gate says which version it was told to take, for whoever installs on this computer.
    """

    socket: Path | None = None
    update: Path | None = None


class LaneSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`board` is the name of a shipped board file or the path of one; its times are in that file."""

    board: BoardName = "simulated"
    pins: PinKind = PinKind.SIMULATED


class EncounterSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an encounter is paced, in seconds: see edge.encounter.values.Patience."""

    evidence_within: Annotated[float, Meta(gt=0.0, le=60.0)] = 1.0
    give_up_after: Annotated[float, Meta(gt=0.0, le=300.0)] = 8.0
    gone_after: Annotated[float, Meta(ge=0.1, le=60.0)] = 2.0
    ask_again_after: Annotated[float, Meta(ge=0.5, le=3600.0)] = 10.0

    def __post_init__(self) -> None:
        """Refuse to give up on somebody who was asked for nothing yet."""
        if self.evidence_within > self.give_up_after:
            raise ValueError(
                f"evidence_within ({self.evidence_within:g} s) is longer than give_up_after "
                f"({self.give_up_after:g} s): nobody would be asked for what is missing"
            )


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
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x5A
    port: str = ""
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    simulated: Celsius = 36.5
    every: Annotated[float, Meta(ge=0.05, le=10.0)] = 0.25
    silent_after: Annotated[float, Meta(ge=0.1, le=3600.0)] = 10.0
    wait_for: Wait = 1.0
    again_within: Wait = 3.0
    offset: Annotated[float, Meta(ge=-5.0, le=5.0)] = 0.0
    person: tuple[Celsius, Celsius] = (30.0, 45.0)
    ambient: tuple[Celsius, Celsius] = (10.0, 40.0)
    distance: tuple[Millimetres, Millimetres] = (10.0, 500.0)
    steady: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.4
    again_after: Wait = 0.5
    usual: tuple[Celsius, Celsius] = (35.0, 37.2)

    def __post_init__(self) -> None:
        """Refuse what cannot be measured by. An offset above 5 °C is a broken thermometer."""
        if self.kind is ThermometerKind.SERIAL and not self.port:
            raise ValueError("a serial thermometer needs its port, such as /dev/ttyUSB0")
        if self.silent_after <= self.every:
            raise ValueError("silent_after is not longer than every: it would be called silent at each turn")
        if self.again_after > self.again_within:
            raise ValueError("again_after is longer than again_within: nobody would be measured again")
        if any(low >= high for low, high in (self.person, self.ambient, self.distance, self.usual)):
            raise ValueError("person, ambient, distance and usual are each a lower and a higher bound")

    @property
    def worth(self) -> Worth:
        return Worth(self.offset, self.person, self.ambient, self.distance, self.steady, self.again_after)


class CountsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the gates of a site know of each other's counts: files `*.json` in `inbox`, ours at `outbox`.

    Without an inbox the gate takes itself for the site's only one. `look_every` is in seconds.
    """

    inbox: Path | None = None
    outbox: Path | None = None
    look_every: LookEvery = 2.0


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

    def __post_init__(self) -> None:
        """Refuse two keys that name one path: one would be written over the other."""
        refuse_shared_paths(
            {
                "registry": self.registry,
                "journal": self.journal,
                "prompts": self.prompts,
                "counts": self.counts,
                "commands": self.commands,
            }
        )

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
    document = read_toml(path, remedy="gatepost site init DIR writes one")
    remedy = "docs/configuration.md lists every key"
    configuration = typed(document, GateConfiguration, remedy, paths_beside(path))
    return replace(configuration, lane=_beside(configuration.lane, path.resolve().parent))


def _beside(lane: LaneSection, folder: Path) -> LaneSection:
    """A board that is a file is looked for beside gate.toml; one that is shipped is a bare name."""
    is_file = lane.board.endswith(".toml") or "/" in lane.board
    return replace(lane, board=str(folder / lane.board)) if is_file else lane
