"""gate.toml: what one gate is, where its files lie and what it is wired to."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from edge.commands.configuration import CommandsSection
from edge.counting.configuration import CountsSection
from edge.decision import Direction
from edge.encounter import Patience
from edge.journal.configuration import JournalSection
from edge.lane.configuration import LaneDirection, LaneSection, beside, load_gate_file
from edge.prompts.configuration import PromptsSection
from edge.prompts.texts import Language
from edge.registry.configuration import RegistrySection
from edge.scanners.configuration import Scanners, refuse_doubled
from edge.signing.cose import encode_value
from edge.support.distinct import refuse_shared_paths
from edge.support.names import MOST_LETTERS, Identifier, IdentifierOrNone
from edge.thermometry.configuration import ThermometerSection
from edge.vision.configuration import VisionConfiguration


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


class ProbeSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The gate shows itself the site's probe pass every `every` seconds, while nobody is there; 0: never."""

    every: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 300.0


class StaffSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`file` holds the staff's accounts, sessions and shift; without it nobody can sign in at this gate.
    `socket` is where the console asks. `origin` is the address under which browsers reach the console, such
    as `https://east-gate.example`: passkeys are for that name, and there are none without it.
    """

    file: Path | None = None
    socket: Path | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        """Refuse a socket at which nobody could sign in."""
        if self.socket is not None and self.file is None:
            raise ValueError("staff.socket needs staff.file: the file of the staff's accounts")


Listen = Annotated[
    str,
    Meta(
        pattern=r"\Ahttps?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}/?\Z",
        description="https://HOST:PORT, or http://HOST:PORT on this computer",
    ),
]
LanName = Annotated[
    str,
    Meta(
        pattern=r"\A([A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}|[0-9a-fA-F:.]{3,45})\Z",
        description="a name or an address in the local network",
    ),
]


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a host's name or address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Way = Literal["left", "right", "ahead"]


class OtherGate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a gate that is out of order says, such as "Use the west gate", and which `way` that is."""

    zh: Annotated[str, Meta(min_length=1, max_length=32)]
    en: Annotated[str, Meta(min_length=1, max_length=32)]
    way: Way


class ConsoleSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[console]`: `listen` is where the pages answer: over TLS in the local network, without it on this
    computer only. `certificate` and `key` are the files of `gatepost console certify`, for `names` (none:
    this computer's own name and addresses). `name` is what the gate is called on the pages, in `language`
    where the browser asks for no other; times are shown in `time_zone`. `camera_edge` says at which edge of
    the person's screen the camera is, `way` where the lane leads from there, `other_gate` what people read
    when this one is out of order. `metrics_token` is a file with what lets another computer read `/metrics`.
    """

    listen: Listen = "http://127.0.0.1:8088"
    certificate: Path | None = None
    key: Path | None = None
    names: Annotated[tuple[LanName, ...], Meta(max_length=16)] = ()
    name: Annotated[str, Meta(max_length=40)] = ""
    language: Literal["zh", "en"] = "zh"
    time_zone: Annotated[str, Meta(max_length=64)] = "Asia/Shanghai"
    camera_edge: Literal["top", "bottom", "left", "right"] = "top"
    way: Way = "right"
    other_gate: OtherGate | None = None
    metrics_token: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what would send PINs over a network in the clear."""
        if not 0 <= self.port <= 65535:
            raise ValueError(f"console.listen: {self.port} is not a port, expected 0 to 65535")
        if not self.is_over_tls and not is_loopback(self.host):
            raise ValueError(
                f"console.listen: without TLS pages answer on this computer only, got {self.listen}: "
                "write https:// and make a certificate (gatepost console certify), or http://127.0.0.1"
            )

    @property
    def is_over_tls(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.listen.startswith("https://")

    @property
    def host(self) -> str:
        """Where it listens."""
        return urlsplit(self.listen).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.listen.rstrip("/").rpartition(":")[2])


class EnrolmentSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Residents are enrolled at this gate, where there is a `folder`: what the gate keeps of it, which is
    requests that can still be undone, what became of each, and whose face is left out here. In `outbox` it
    leaves requests for the sync process, or for the site's administration; in `answers` the sync process
    leaves what central says.
    """

    folder: Path | None = None
    outbox: Path | None = None
    answers: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a half of it."""
        if self.folder is not None and self.outbox is None:
            raise ValueError("enrolment.folder needs enrolment.outbox: where requests are left")
        if self.folder is None and (self.outbox is not None or self.answers is not None):
            raise ValueError("enrolment.outbox and answers need enrolment.folder: what the gate keeps")


class GateConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gate: GateSection
    registry: RegistrySection
    journal: JournalSection
    vision: VisionConfiguration = VisionConfiguration()
    lane: LaneSection = LaneSection()
    encounter: Patience = Patience()
    counts: CountsSection = CountsSection()
    thermometer: ThermometerSection = ThermometerSection()
    prompts: PromptsSection = PromptsSection()
    commands: CommandsSection = CommandsSection()
    console: ConsoleSection = ConsoleSection()
    probe: ProbeSection = ProbeSection()
    staff: StaffSection = StaffSection()
    scanner: Scanners = ()
    enrolment: EnrolmentSection = EnrolmentSection()

    def __post_init__(self) -> None:
        """Refuse two keys that name one path, where one would be written over the other; and a blind gate."""
        refuse_doubled(self.scanner)
        if self.staff.file is None and any(section.staff for section in self.scanner):
            raise ValueError("a keypad takes PINs of the staff, who have no accounts here: write staff.file")
        if not self.vision.watches and not self.scanner:
            raise ValueError('vision.camera is "none": without a [[scanner]] this gate would see nobody')
        refuse_shared_paths(
            {
                "registry": self.registry,
                "journal": self.journal,
                "prompts": self.prompts,
                "counts": self.counts,
                "commands": self.commands,
                "staff": self.staff,
                "console": self.console,
                "enrolment": self.enrolment,
            }
        )

    def digest(self) -> str:
        """The SHA-256 of all that is configured: the same where a gate would do the same."""
        return hashlib.sha256(encode_value(msgspec.to_builtins(self, enc_hook=str))).hexdigest()

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
    configuration = load_gate_file(path, GateConfiguration)
    return replace(configuration, lane=beside(configuration.lane, path.resolve().parent))
