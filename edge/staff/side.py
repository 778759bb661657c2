"""The staff's side of a gate, composed: the requests that there are, who answers them, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from edge.configuration import StaffSection
from edge.decision import Direction
from edge.errors import JournalError
from edge.journal.format import Entry
from edge.journal.reader import JournalReader
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.scanners.core import PinTyped
from edge.staff.accounts_file import AccountsFile
from edge.staff.acts import ACTS_READ, Acts
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table
from edge.staff.core import PUBLIC
from edge.staff.corrections import Corrections
from edge.staff.desk import Desk
from edge.staff.doubts.face_doubts import FaceDoubts
from edge.staff.doubts.requests import DoubtRequests
from edge.staff.enrolment.factory import EnrolmentMeans, enrolment_of
from edge.staff.hashing import Pins
from edge.staff.installer.hardware import Hardware
from edge.staff.installer.readings import Readings
from edge.staff.installer.workshop import Workshop
from edge.staff.keypad import KeypadPins
from edge.staff.manage import Manage
from edge.staff.near_misses import NearMisses
from edge.staff.pace import Paced
from edge.staff.passkeys import Passkeys, party_of
from edge.staff.people import PeopleRequests, people_requests_of
from edge.staff.ports import GatePorts
from edge.staff.presses import Presses
from edge.staff.previews import BLURRED, Previews
from edge.staff.protocol import MOST_BYTES, Answer
from edge.staff.protocol.figures import figures_of
from edge.staff.protocol.now import NowView
from edge.staff.protocol.sessions import Alive, Ping
from edge.staff.protocol.watching import Topic
from edge.staff.screen import ScreenLanguage
from edge.staff.service import StaffService, answer_readable
from edge.staff.sessions import Sessions
from edge.staff.shield import Shield
from edge.staff.sign_in import StaffSignIn
from edge.staff.staffing import Staffing
from edge.staff.typed_words import TypedWords
from edge.staff.views.core import without_names
from edge.staff.views.gate_log import GateLog
from edge.staff.views.journal_watch import journal_watch_of
from edge.staff.views.now import NowPublisher
from edge.staff.views.published import Published
from edge.staff.watching import Watching
from edge.support.calls import Calls
from edge.support.packet_server import PacketLimits
from edge.support.tasks import Poll
from edge.vision.reports import PreviewFrame, Report


class _Remembers(Protocol):
    def remember(self, entries: Iterable[Entry]) -> None: ...


@dataclass(frozen=True)
class StaffSide:
    """What a gate polls of its staff's side, and what it publishes. All but `published` and
    `shows` is for the main loop's thread.
    """

    calls: Calls
    acts: Acts
    corrections: Corrections
    presses: Presses
    near_misses: NearMisses
    desk: Desk
    keypads: KeypadPins
    published: Published
    now: NowPublisher
    doubts: FaceDoubts
    log: GateLog
    previews: Previews
    enrolment: Callable[[object], None]
    readings: Readings
    shield: Shield

    def hear(self, heard: Heard) -> None:
        """Take up what happens at the gate; raises nothing."""
        for hear in (
            *(self.acts.hear, self.corrections.hear, self.presses.hear, self.near_misses.hear, self.now.hear),
            *(self.log.hear, self.desk.hear, self.enrolment, self.readings.hear),
        ):
            self.shield.tell(hear, heard)
        if isinstance(heard, PinTyped):
            self.shield.tell(self.keypads.typed, heard)

    def shows(self, report: Report) -> bool:
        """Whether a report of the vision worker was a picture, and was shown to those who look or enrol."""
        if isinstance(report, PreviewFrame):
            self.previews.show(report)
            self.enrolment(report)
            return True
        return False

    def poll(self) -> float:
        """Carry out what was asked for; returns when to do so again at the latest. Raises nothing."""
        self.calls.poll()
        polls = (self.presses.poll, self.near_misses.poll, self.now.poll, self.log.poll, self.previews.poll)
        due = min(map(self.shield.poll, polls))
        return due if self.calls.empty else float("-inf")


@dataclass(frozen=True)
class Parts:
    """What answers the console's requests."""

    gate: GatePorts
    staffing: Staffing
    lane_lives: Callable[[], bool]
    sign_in: StaffSignIn
    passkeys: Passkeys
    manage: Manage
    acts: Acts
    corrections: Corrections
    presses: Presses
    near_misses: NearMisses
    doubts: DoubtRequests
    people: PeopleRequests
    workshop: Workshop
    enrolment: Table
    screen: ScreenLanguage

    def ping(self, _: AllowedRequest) -> Answer:
        """Whether the gate lives."""
        gate = self.gate
        return Alive(
            gate.gate,
            gate.site,
            gate.version,
            gate.language,
            self.lane_lives(),
            accounts=self.staffing.file.is_open,
            passkeys=self.passkeys.party is not None,
        )


def table_of(parts: Parts) -> Table:
    """Every request that there is, who may ask it, and how it is answered."""
    return {
        Ping: Handled(PUBLIC, parts.ping, AnsweringThread.HERE),
        **parts.sign_in.table(),
        **parts.passkeys.table(),
        **parts.manage.table(),
        **parts.acts.table(),
        **parts.corrections.table(),
        **parts.presses.table(),
        **parts.near_misses.table(),
        **parts.doubts.table(),
        **parts.people.table(),
        **parts.workshop.table(),
        **parts.enrolment,
        **parts.screen.table(),
        # One line a part.
    }


def start_staff(
    section: StaffSection,
    gate: GatePorts,
    hardware: Hardware,
    published: Published,
    screen: ScreenLanguage,
    lane_lives: Callable[[], bool],
    lets_through: Direction | None,
    journal: Path,
    machine: Machine,
    wake: Callable[[], None],
    running: ExitStack,
    enrolling: EnrolmentMeans,
) -> StaffSide | None:
    """The staff's side at work until `running` ends; None where gate.toml names no file for it. Raises
    nothing: a gate without its console is still a gate.
    """
    if section.file is None:
        return None
    calls, monotonic = Calls(wake), gate.clock.monotonic
    gate = replace(gate, record=Paced(gate.record, monotonic).record)
    watching = Watching(published, monotonic)
    sessions = Sessions(monotonic, gate.entropy)
    staffing = Staffing(AccountsFile(section.file, machine.storage, monotonic), sessions, gate, calls)
    pins = Pins(gate.entropy)
    sign_in = StaffSignIn(staffing, pins, gate)
    acts, presses = Acts(gate, lets_through), Presses(gate)
    corrections = Corrections(gate)
    near_misses = NearMisses(gate)
    log = GateLog(gate, partial(published.publish, Topic.GATE))
    passkeys = Passkeys(party_of(section.origin), staffing, sign_in, monotonic)
    manage = Manage(staffing, pins)
    doubts = FaceDoubts(section.file.parent, gate.holdings, machine.storage)
    doubts.load(journal)
    doubted = DoubtRequests(doubts, gate, journal, machine.storage)
    people = people_requests_of(section.file.parent, gate, journal, machine.storage)
    previews = Previews(published, hardware.preview, gate.policy, staffing.note, monotonic)
    previews.at_work(wake)
    workshop = Workshop(gate, hardware, published, staffing.names)
    residents = enrolment_of(enrolling, gate, staffing.note, published)
    noticed = {
        **residents.watched,
        **dict.fromkeys(BLURRED, previews.watched),
        Topic.INSTALLER: workshop.lines.watched,
        Topic.CHECKS: workshop.checks.watched,
    }
    requests = (sign_in, passkeys, manage, acts, corrections, presses, near_misses, doubted, people, workshop)
    parts = Parts(gate, staffing, lane_lives, *requests, residents.table, screen)
    looked_at = TypedWords(gate, sign_in.is_duress).looking_at
    service = StaffService(looked_at(table_of(parts)), sessions, watching, calls, gate, noticed)

    def at_work(name: str, poll: Poll, tell: Callable[[Callable[[], None]], None]) -> None:
        task = machine.runner(name, poll)
        running.callback(task.stop)
        tell(task.wake)

    watched = journal_watch_of(gate, journal, machine.storage)
    now = NowPublisher(
        gate,
        watched,
        presses.open,
        near_misses.open,
        partial(_publish, published),
        people.reports.open,
        lambda: people.desk.guests,
        lambda: acts.referrals.newest,
    )
    _remind((acts, corrections, presses, log, now), _newest_events(journal, machine))
    at_work("journal watch", watched.poll, lambda _: None)
    running.callback(staffing.close)
    running.callback(people.desk.close)
    at_work("staff", partial(_work, staffing, people.desk, service), service.at_work)
    at_work("staff watches", watching.poll, watching.at_work)
    at_work("installer's lines", workshop.lines.poll, workshop.lines.at_work)
    at_work("installer's checks", workshop.checks.poll, workshop.checks.at_work)
    for task in residents.tasks:
        at_work(*task)
    if section.socket is not None:
        running.enter_context(
            machine.serve_packets(
                "console", section.socket, answer_readable(service), PacketLimits(MOST_BYTES, 2 * MOST_BYTES)
            )
        )
    keypads = KeypadPins(service, sign_in, acts, gate, calls)
    shown = (published, now, doubts, log, previews)
    also = (workshop.readings, Shield(monotonic))
    return StaffSide(
        calls, acts, corrections, presses, near_misses, people.desk, keypads, *shown, residents.hear, *also
    )


def _remind(parts: tuple[_Remembers, ...], lately: list[Entry]) -> None:
    """Tell the parts what the journal's end says was done before this start."""
    for part in parts:
        part.remember(lately)


def _work(staffing: Staffing, desk: Desk, service: StaffService) -> float:
    """Do what the staff's worker has to do; returns when to do so again at the latest."""
    try:
        return min(staffing.poll(), desk.poll())
    finally:
        service.poll()  # whatever is wrong with a file, nobody waits for an answer in vain


def _publish(published: Published, view: NowView) -> None:
    """Publish what the page Now shows, the same without names, and what of it are figures."""
    published.publish(Topic.NOW, view)
    published.publish(Topic.NOW_NAMELESS, without_names(view))
    published.publish(Topic.FIGURES, figures_of(view))


def _newest_events(journal: Path, machine: Machine) -> list[Entry]:
    """The events at the journal's end; none where it cannot be read."""
    with suppress(JournalError):
        reader = JournalReader(journal, machine.storage)
        try:
            return reader.newest(ACTS_READ)
        finally:
            reader.close()
    return []
