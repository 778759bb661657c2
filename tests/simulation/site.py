"""A whole site for a simulated world: its people, their faces and passes, its keys and its rules.

All of it follows from a seed. Central's tables get `subjects`, `templates` and what `turned` and `isolated`
make of a subject; `site_files` writes what lies in the folders of gates and of central.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha512

from msgspec.structs import replace

from edge.decision import HomeIsolation, Status, StatusRecord, Subject
from edge.lane.configuration import LaneDirection
from edge.registry.format import SealedTemplate
from edge.registry.templates import seal
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from tests.simulation.faces import Faces
from tests.simulation.observations import Standing
from tests.simulation.passes import Passes
from tests.simulation.plan import Town, people_of
from tests.simulation.site_keys import SiteKeys, keys_of

SITE = "green-court"
BEGINS = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""The true time at which every world begins: a Monday's midnight at the site."""

LIFETIME = timedelta(days=2)
"""After which a registry expires: soon, so that a world can last longer. Until then the policy has closed."""

ENGINE = ENGINE_NAMES[FaceEngineName.SFACE]

BOARDS = ("simulated", "swing-gate")
"""What the gates are wired to, in turn: a boom without a contact, a slow leaf with an end switch."""


@dataclass(frozen=True)
class ReaderShape:
    """What stands around a code on a scanner's cable; `end` is `mark` in gate.toml's words."""

    end: str
    mark: bytes
    prefix: str = ""
    suffix: str = ""

    def framed(self, text: str) -> bytes:
        return f"{self.prefix}{text}{self.suffix}".encode() + self.mark


SHAPES = (
    ReaderShape("line", b"\r"),
    ReaderShape("line", b"\r\n", prefix="\x02"),
    ReaderShape("tab", b"\t", prefix="]Q1"),
    ReaderShape("line", b"\n", suffix="#!"),
)
"""GM65 and Honeywell, as they may be set up."""

_SINCE = BEGINS - timedelta(days=9)


@dataclass(frozen=True)
class Staleness:
    """The policy's rule for an old registry, in seconds of age."""

    degrade_after: int = 12 * 3600
    close_after: int = 24 * 3600


@dataclass(frozen=True)
class Site:
    """`subjects` are the people who live there, and `templates` their faces, sealed; they and `keys` are
    those of the begin.
    """

    town: Town
    keys: SiteKeys
    faces: Faces
    passes: Passes
    subjects: tuple[Subject, ...]
    templates: dict[str, SealedTemplate]
    staleness: Staleness

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of those who live there, in order."""
        return tuple(subject.id for subject in self.subjects)

    def direction(self, gate: str) -> LaneDirection:
        """Which way people pass a gate."""
        return LaneDirection.EXIT if gate in self.town.exits else LaneDirection.ENTRY

    def board(self, gate: str) -> str:
        """The name of the board that a gate is wired to."""
        return BOARDS[self.town.gates.index(gate) % len(BOARDS)]

    def shape(self, gate: str) -> ReaderShape:
        """How the scanner of a gate sends its codes."""
        return SHAPES[(self.town.gates.index(gate) + self.keys.seed) % len(SHAPES)]

    def policy(self) -> str:
        """The site's policy.toml."""
        modes = dict.fromkeys(self.town.gates, self.town.mode) | dict.fromkeys(self.town.scanners, "code")
        gates = "".join(_GATE.format(gate=gate, mode=mode) for gate, mode in modes.items())
        return _POLICY.format(
            gates=gates,
            degrade=self.staleness.degrade_after,
            close=self.staleness.close_after,
            numbers="[numbers]\ncount = true\n" if self.town.numbers else "",
        )

    def standings(self) -> tuple[Standing, ...]:
        """What is true of everybody at the begin."""
        return tuple(standing_of(subject, 0.0) for subject in self.subjects)


def found_site(seed: int, town: Town, staleness: Staleness | None = None) -> Site:
    """The site of the world of `seed`. Everybody has a green code, but for the last two of many."""
    keys = keys_of(seed, SITE, BEGINS)
    subjects = tuple(_resident(number, name, town.people) for number, name in enumerate(people_of(town)))
    names = [subject.id for subject in subjects]
    faces = Faces(seed, names)
    templates = {subject.id: _sealed(keys, faces, subject) for subject in subjects}
    passes = Passes(keys, frozenset(names))
    return Site(town, keys, faces, passes, subjects, templates, staleness or Staleness())


def true_time(at: float) -> datetime:
    """The true time of day, so many seconds after the begin."""
    return BEGINS + timedelta(seconds=at)


# --- what central's people make of a subject -------------------------------------------------------


def turned(subject: Subject, status: Status, at: float) -> Subject:
    """The subject with another health code since `at`."""
    return replace(subject, status=_record(status, true_time(at)))


def isolated(subject: Subject, at: float) -> Subject:
    """The subject, ordered to stay at home from `at` on."""
    return replace(subject, isolation=HomeIsolation("district", true_time(at)))


def standing_of(subject: Subject | None, at: float, *, person: str = "", urgent: bool = False) -> Standing:
    """What is true of a subject, or of a `person` who is in the registry no more.

    Any code but a green one opens no gate of this site either way, so one word says it for all of them.
    """
    if subject is None:
        return Standing(at, person, admitted=False, urgent=urgent)
    green = subject.status is not None and subject.status.value is Status.GREEN
    return Standing(at, subject.id, admitted=green, isolated=subject.isolation is not None, urgent=urgent)


# --- inside ----------------------------------------------------------------------------------------

_MANY = 8
"""From so many people on, one has a yellow code and one a red one from the begin."""


def _resident(number: int, name: str, people: int) -> Subject:
    status = Status.GREEN
    if people >= _MANY and number >= people - 2:
        status = Status.RED if number == people - 1 else Status.YELLOW
    return Subject(
        name,
        name=f"Person {number}",
        address=f"{1 + number // 8}/1/{100 + number % 8}",
        groups=frozenset({"staff" if number % 6 == 5 else "resident"}),
        status=_record(status, _SINCE),
        language="en",
    )


def _record(status: Status, since: datetime) -> StatusRecord:
    return StatusRecord(status, "district", f"the code turned {status.value}", "2026-03", since)


def _sealed(keys: SiteKeys, faces: Faces, subject: Subject) -> SealedTemplate:
    return seal(
        faces.face(subject.id),
        key=keys.template,
        nonce=sha512(f"{keys.seed} nonce {subject.id}".encode()).digest()[:12],
        site=SITE,
        subject_id=subject.id,
        subject_version=subject.version,
        engine=ENGINE,
    )


_GATE = """\
[gates.{gate}]
mode = "{mode}"

"""
_POLICY = """\
time_zone = "Asia/Shanghai"

{gates}\
[stale]
degrade_after = {degrade}
close_after = {close}
closed = "refer"

{numbers}
[[access]]
id = "everybody"
groups = ["resident", "staff", "visitor"]

[statuses]
green = {{ entry = "grant", exit = "grant" }}
yellow = {{ entry = "refer", exit = "refer" }}
red = {{ entry = "deny", exit = "deny" }}
expired = {{ entry = "refer", exit = "refer" }}
absent = {{ entry = "refer", exit = "refer" }}
failed = {{ entry = "refer", exit = "refer" }}
timeout = {{ entry = "refer", exit = "refer" }}
"""
