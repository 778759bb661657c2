"""Publishes what the page Now shows: hears of all that happens in the main loop, and waits nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from edge.decision import LivenessMode, Subject
from edge.journal.format import (
    AppealFiled,
    Entry,
    FaceMistaken,
    LaneGrantRefused,
    LaneOpened,
    ScannerState,
    StaffActTaken,
)
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent, Noted
from edge.runtime.main_loop import Heard
from edge.scanners.configuration import ScannerKind
from edge.scanners.core import CodeScanned
from edge.staff.core import REFERRED_FOR, SETTLES, masked
from edge.staff.desk_file import Guest
from edge.staff.near_misses import PictureOffer
from edge.staff.ports import GatePorts
from edge.staff.protocol.acts import OpenPress
from edge.staff.protocol.now import Card, NearMiss, NowView, Person, Press, Row
from edge.staff.protocol.people import FaultShown
from edge.staff.views.core import (
    NO_CAMERA,
    WORKING,
    BeforeGate,
    Device,
    FactWatch,
    GateReadings,
    Recent,
    RecentWaits,
    RegistryHeld,
    Since,
    card_of,
    is_refusal,
    person_of,
    resumed,
    row_of_access,
)
from edge.staff.views.journal_watch import JournalWatch
from edge.vision.configuration import FaceEngineName
from edge.vision.reports import CameraReport, Sighting, WorkerFailed

LOOK_EVERY = 0.5
"""Seconds between two looks at the gate while nothing happens."""
REFUSED_FOR = 60.0
"""Seconds for which is shown that the lane did not open; it is over as soon as it opens."""
_CLOCK_STEP = 1.0
"""Seconds by which a wall clock that was set differs from one that went on."""


class NowPublisher:
    """Keeps what the page Now shows of a gate, and publishes it when it changed. Called by the main loop."""

    def __init__(
        self,
        gate: GatePorts,
        journal: JournalWatch,
        presses: Callable[[], tuple[OpenPress, ...]],
        near_misses: Callable[[], tuple[PictureOffer, ...]],
        publish: Callable[[NowView], None],
        reported: Callable[[], tuple[FaultShown, ...]] = tuple,
        guests: Callable[[], tuple[Guest, ...]] = tuple,
        newest: Callable[[], int] = lambda: 0,
    ) -> None:
        """`newest` is the newest decision (the sequence of its event; 0: there was none)."""
        self._gate = gate
        self._facts_of = gate.facts
        self._journal = journal
        self._open = presses
        self._offered = near_misses
        self._publish = publish
        self._reported = reported
        self._guests = guests
        self._newest = newest
        self._refused: tuple[int, float] | None = None
        now = self._began = gate.clock.monotonic()
        camera = Device("opening" if gate.facts.configuration.vision.watches else NO_CAMERA)
        self._facts = FactWatch(now, Since(camera, now))
        self._before = BeforeGate(gate.facts.configuration.encounter.gone_after)
        self._recent = Recent(self._policy_zone())
        self._waits = RecentWaits()
        self._has_past = False
        self._last: NowView | None = None
        self._look_at = now
        self._dirty = True

    # --- from the main loop ----------------------------------------------------------------

    def remember(self, entries: Iterable[Entry]) -> None:
        """Take up who waited before this start, by the journal's end."""
        wall, now = self._gate.clock.wall().at, self._gate.clock.monotonic()
        aged = ((entry, (wall - entry.wall.at).total_seconds()) for entry in entries)
        lately = ((entry, now - age) for entry, age in aged if 0.0 <= age < REFERRED_FOR)
        self._before = resumed(self._before, lately)

    def hear(self, heard: Heard) -> None:
        """Fold what happened; never waits."""
        now = self._gate.clock.monotonic()
        match heard:
            case Sighting():
                self._see(heard, now)
            case CodeScanned():
                self._before = self._before.sees(now)
            case AccessEvent():
                self._decided(heard, now)
            case LaneReport(said=Prompt(reason=reason)):
                self._before = self._before.asks(reason, now)
            case CameraReport():
                self._facts = self._facts.device(Device(heard.state.value, heard.detail), now)
            case WorkerFailed():
                self._facts = self._facts.device(Device("failed", heard.reason), now)
            case Noted():
                self._noted(heard, now)
            case _:
                pass
        self._dirty = self._dirty or not isinstance(heard, Sighting)

    def poll(self) -> float:
        """Publish what changed, if anything did; returns when to look again."""
        now = self._gate.clock.monotonic()
        if self._dirty or now >= self._look_at:
            self._dirty, self._look_at = False, now + LOOK_EVERY
            self._look(now)
        return self._look_at

    def is_present(self, number: int) -> bool:
        """Whether the person of a decided access is still before the gate, and nobody came since."""
        latest, now = self._before.latest, self._gate.clock.monotonic()
        return latest is not None and latest.card.number == number and self._before.is_present(now)

    # --- inside ----------------------------------------------------------------------------

    def _see(self, sighting: Sighting, now: float) -> None:
        if not (sighting.faces or sighting.codes):
            return
        self._dirty = self._dirty or not self._before.is_present(now)
        self._before = self._before.sees(now)

    def _decided(self, event: AccessEvent, now: float) -> None:
        held = self._gate.holdings()
        known: Mapping[str, Subject] = {} if held is None else held.registry.subjects
        version = None if held is None else held.registry.version
        issued = None if held is None else held.registry.issued
        rule = None if held is None else held.registry.policy.face.liveness
        life = rule is not None and rule.mode is not LivenessMode.OFF
        card = card_of(event, known, version, issued, looked_for_life=life)
        self._before = self._before.decides(card, now)
        if event.entry is not None:
            row = row_of_access(event.decision, event.evidence, event.entry.sequence, event.entry.wall.at)
            self._recent = self._recent.with_row(row)
        if "total" in event.latency_ms:
            self._waits.add(event.latency_ms["total"])

    def _noted(self, noted: Noted, now: float) -> None:
        event, entry = noted.event, noted.entry
        match event:
            case StaffActTaken(act=act, about=about) if act in SETTLES and about is not None:
                self._before = self._before.settled(number=about)
            case FaceMistaken(about=about):
                self._before = self._before.amended(about, mistaken=True)
            case AppealFiled(about=about) if about is not None:
                self._before = self._before.amended(about, appealed=True)
            case ScannerState(name=name, state=state, detail=detail):
                self._facts = self._facts.scanner(name, Device(state, detail), now)
            case _:
                pass
        if isinstance(event, LaneGrantRefused):
            self._not_let_through(event, now)
        elif isinstance(event, LaneOpened):
            self._refused = None
        if entry is not None:
            self._recent = self._recent.happened(event, entry.sequence, entry.wall.at)

    def _not_let_through(self, event: LaneGrantRefused, now: float) -> None:
        """The lane refused what somebody decided: the card says so, and who was referred waits again."""
        row = self._recent.of(event.reference)
        if row is None or not is_refusal(event):
            return
        self._refused = row.number, now
        self._before = self._before.amended(row.number, refused=event.why)
        if row.about is not None:
            self._before = self._before.unsettled(row.about, now)

    def _opened(self) -> None:
        """Take up for whom the lane stands open already: it says so of nobody who comes then."""
        state = self._gate.lane.state
        self._recent = self._recent.opened({credit.reference for credit in state.credits})

    def _look(self, now: float) -> None:
        view = self._view(now)
        last = self._last
        if last is not None and not _was_set(last, view):
            same = replace(view, at=last.at, monotonic=last.monotonic)
            if same == last:
                return
        self._last = view
        self._publish(view)

    def _view(self, now: float) -> NowView:
        readings = self._readings(now)
        self._opened()
        self._facts = self._facts.looked(readings)
        self._with_past()
        card = self._before.shown(now)
        policy = None if readings.registry is None else readings.registry.policy
        configuration = self._facts_of.configuration
        return NowView(
            gate=self._gate.gate,
            at=readings.wall.at,
            monotonic=now,
            time_zone=self._recent.time_zone,
            facts=self._facts.facts(readings),
            card=None if card is None else self._current(card),
            nobody_since=max(self._began, self._before.nobody_since) if card is None else 0.0,
            last=tuple(self._named(row) for row in self._recent.rows),
            today=self._recent.today(readings.wall.at, self._waits),
            presses=self._open_presses(now),
            near_misses=self._near_misses(),
            reported=self._reported(),
            mode="" if policy is None else self._facts_of.mode(),
            hold_at_most=10 if policy is None else policy.staff.hold_at_most,
            camera_view=policy is not None and policy.staff.camera_view,
            phone="" if policy is None else policy.screen.community_phone,
            faces=configuration.vision.engine is not FaceEngineName.NONE,
            keypad=any(section.kind is ScannerKind.KEYPAD for section in configuration.scanner),
            newest=self._newest(),
            refused=self._refused_lately(now),
        )

    def _readings(self, now: float) -> GateReadings:
        gate, facts, held = self._gate, self._facts_of, self._gate.holdings()
        registry = None
        if held is not None:
            found = held.registry
            registry = RegistryHeld(found.version, found.issued, found.expires, found.policy)
        return GateReadings(
            now,
            gate.clock.wall(),
            gate.lane.state,
            facts.counter.figures(),
            facts.counter.crowding(),
            registry,
            facts.central(),
            facts.hold(),
            self._journal.link,
            self._thermometer(now),
        )

    def _refused_lately(self, now: float) -> int | None:
        return (
            self._refused[0] if self._refused is not None and now - self._refused[1] < REFUSED_FOR else None
        )

    def _open_presses(self, now: float) -> tuple[Press, ...]:
        """The presses that may still get a name; their ends are rounded, so that they stay what they are."""
        return tuple(Press(press.press, press.at, round(now + press.left, 1)) for press in self._open())

    def _near_misses(self) -> tuple[NearMiss, ...]:
        """Who is offered for new pictures, of those who live here."""
        known = self._known()
        offers = ((self._as_read(person_of(offer.subject, known)), offer.at) for offer in self._offered())
        return tuple(
            NearMiss(person, at) for person, at in offers if person is not None and person.id in known
        )

    def _thermometer(self, now: float) -> Device | None:
        found = self._facts_of.thermometer
        if found is None:
            return None
        return Device(WORKING if found.working(now) else "silent")

    def _with_past(self) -> None:
        """Take in what the journal had before the start, once it was read; and the site's zone."""
        past = self._journal.past
        if past is not None and not self._has_past:
            self._has_past = True
            self._recent = self._recent.after(past)
        zone = self._policy_zone()
        if zone != self._recent.time_zone:
            self._recent = self._recent.in_zone(zone)

    def _named(self, row: Row) -> Row:
        if row.person is None:
            return row
        return replace(row, person=self._person(row.person.id))

    def _current(self, card: Card) -> Card:
        """A card with what is known now of who is on it."""
        if card.person is None:
            return card
        return replace(card, person=self._person(card.person.id))

    def _person(self, who: str) -> Person | None:
        """Somebody by id: a resident, or a visitor who was registered here, with the room that they visit."""
        known = self._known()
        guest = next((each for each in self._guests() if each.right.subject == who), None)
        if guest is None:
            return self._as_read(person_of(who, known))
        host = known.get(guest.host)
        return Person(who, guest.name, "" if host is None else host.address, visitor=True)

    def _as_read(self, person: Person | None) -> Person | None:
        """Somebody by as much of their name as the policy lets guards read: the page lies open at the gate,
        whoever is signed in.
        """
        if person is None or self._gate.policy().staff.full_names:
            return person
        return replace(person, name=masked(person.name))

    def _known(self) -> Mapping[str, Subject]:
        held = self._gate.holdings()
        return {} if held is None else held.registry.subjects

    def _policy_zone(self) -> str:
        held = self._gate.holdings()
        return "UTC" if held is None else held.registry.policy.time_zone


def _was_set(last: NowView, view: NowView) -> bool:
    """Whether the wall clock was set between two views."""
    went = (view.at - last.at).total_seconds()
    return abs(went - (view.monotonic - last.monotonic)) > _CLOCK_STEP
