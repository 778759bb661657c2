"""Visitors whom staff register at the gate: a right that this gate alone knows, and that ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from edge.credentials.known.numbers import NumberTyped
from edge.credentials.known.rights import CODE_PREFIX
from edge.decision import Outcome, Reason
from edge.ports import AccessEvent
from edge.staff.core.guests import VisitorMeans
from edge.staff.core.roles import StaffRole
from edge.staff.desk import FILE_NAME
from edge.staff.protocol.acts import LetIn, Lock, Unlock
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.now import NowView, Person
from edge.staff.protocol.people import (
    EndVisitor,
    ListFaults,
    ListVisitors,
    RegisterVisitor,
    ReportFault,
    SettleFault,
    VisitorMade,
    Visitors,
)
from edge.staff.protocol.watching import Topic, Watch
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.bundle import bundle_of
from tests.simulation.site import Site

NAME = "<b>李四</b>"
RULES = "\n[numbers]\ncount = true\n[visitors]\nlongest = 7200\nan_hour = 3\n"


class WithPeople(Staffed):
    """A gate whose registry has residents, and rules for visitors."""

    def publish_rules(self, rules: str = RULES) -> None:
        bundle = bundle_of(self.site, self.folder, 1, self.site.subjects, self.scheduler.now, more=rules)
        self.configuration.registry.inbox.write_bytes(bundle)
        self._tasks.wake("registry")
        self.pass_time(1.0)

    def register(self, session: str, **changed: Any) -> Any:
        wanted: dict[str, Any] = {
            "key": f"{len(self.events('visitor_registered')):016x}",
            "name": NAME,
            "host": "p000",
            "minutes": 60,
            "uses": 1,
            "means": VisitorMeans.CODE,
        }
        return self.ask(RegisterVisitor(**(wanted | changed)), session)

    def type(self, digits: str) -> list[AccessEvent]:
        before = len(self.heard)
        self.camera.deliver(NumberTyped("keypad", digits))  # type: ignore[arg-type] # to the main loop
        self.pass_time(0.1)
        self.see(self._sighting("", "", Random(0)))
        self.pass_time(60.0)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[WithPeople]:
    gate = WithPeople(tmp_path / "gate", site)
    gate.add("wang")
    gate.add("fitter", StaffRole.INSTALLER)
    with at_work(gate):
        gate.publish_rules()
        yield gate


def test_a_visitor_comes_in_by_the_code_that_staff_gave_them_once(here: WithPeople) -> None:
    session = here.sign_in("wang")
    made = here.register(session)
    assert isinstance(made, VisitorMade)
    assert made.text.startswith(CODE_PREFIX)
    [granted] = here.show(code=made.text)
    assert (granted.decision.outcome, granted.decision.subject_id) == (Outcome.GRANT, made.visitor)
    [denied] = here.show(code=made.text)
    assert denied.decision.reason is Reason.PASS_USED
    listed = here.ask(ListVisitors(), session)
    [shown] = listed.visitors
    assert (shown.name, shown.host, shown.staff) == (NAME, "p000", "wang")
    assert shown.passed is not None
    assert len(here.impulses()) == 1
    watched = here.ask(Watch((Topic.NOW,), most_wait=0.0), session)
    view = msgspec.msgpack.decode(watched.changed[Topic.NOW], type=NowView)
    [host] = (each for each in here.site.subjects if each.id == "p000")
    guest = Person(made.visitor, NAME, host.address, visitor=True)
    assert [row.person for row in view.last] == [guest] * 2, "by name, with whom they visit"


def test_a_locked_gate_grants_nobody_and_spends_no_code(here: WithPeople) -> None:
    """What the lane would refuse is refused before: no row says granted, and the code keeps its use."""
    session = here.sign_in("wang")
    made = here.register(session)
    here.ask(Lock("0" * 16, "danger"), session)
    [denied] = here.show(code=made.text)
    assert (denied.decision.outcome, denied.decision.reason) == (Outcome.DENY, Reason.LOCKED_DOWN)
    watched = here.ask(Watch((Topic.NOW,), most_wait=0.0), session)
    view = msgspec.msgpack.decode(watched.changed[Topic.NOW], type=NowView)
    assert [row.outcome for row in view.last] == ["deny"]
    assert (view.today.granted, here.events("lane_grant_refused"), here.impulses()) == (0, [], [])
    here.ask(LetIn("1" * 16, "papers_seen"), session)
    here.pass_time(60.0)
    assert len(here.impulses()) == 1, "staff let in by name all the same"
    here.ask(Unlock("2" * 16, "over"), session)
    [granted] = here.show(code=made.text)
    assert granted.decision.outcome is Outcome.GRANT


def test_the_journal_has_who_registered_whom_before_and_no_name(here: WithPeople) -> None:
    made = here.register(here.sign_in("wang"))
    [event] = here.events("visitor_registered")
    assert (event.sequence, event.content["staff"], event.content["visitor"]) == (
        made.sequence,
        "wang",
        made.visitor,
    )
    here.show(code=made.text)
    everything = b"".join(entry.body for entry in here.events())
    assert "李四".encode() not in everything
    assert made.text.encode() not in everything


def test_a_number_is_typed_and_a_restart_forgets_neither_right_nor_use(tmp_path: Path, site: Site) -> None:
    here = WithPeople(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        here.publish_rules()
        made = here.register(here.sign_in("wang"), means=VisitorMeans.NUMBER, uses=2)
        assert len(made.text) == 6
        assert [one.decision.outcome for one in here.type(made.text)] == [Outcome.GRANT]
    with at_work(here):
        here.pass_time(60.0)
        assert [one.decision.outcome for one in here.type(made.text)] == [Outcome.GRANT]
        assert [one.decision.reason for one in here.type(made.text)] == [Reason.PASS_USED]
    stored = (here.folder / FILE_NAME).read_bytes()
    assert made.text.encode() not in stored


def test_a_right_that_was_ended_opens_nothing_and_its_name_is_gone(here: WithPeople) -> None:
    session = here.sign_in("wang")
    made = here.register(session)
    assert isinstance(here.ask(EndVisitor(made.visitor), session), Done)
    [denied] = here.show(code=made.text)
    assert denied.decision.reason is Reason.CODE_UNKNOWN
    assert here.said("visitor_ended") == [{"staff": "wang", "visitor": made.visitor, "why": "revoked"}]
    assert is_refused(here.ask(EndVisitor(made.visitor), session), "unknown")
    assert here.ask(ListVisitors(), session).visitors == ()


def test_an_older_file_that_is_put_back_brings_no_ended_right_and_no_settled_fault_back(
    tmp_path: Path, site: Site
) -> None:
    """Whoever restores a copy knows nothing of what ended since: the journal does."""
    here = WithPeople(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        here.publish_rules()
        session = here.sign_in("wang")
        ended, kept = here.register(session), here.register(session)
        fault = here.ask(ReportFault("0" * 16, "camera"), session)
        here.pass_time(11.0)
        older = (here.folder / FILE_NAME).read_bytes()
        here.ask(EndVisitor(ended.visitor), session)
        here.ask(SettleFault(fault.sequence), session)
    (here.folder / FILE_NAME).write_bytes(older)
    with at_work(here):
        session = here.sign_in("wang")
        assert [one.visitor for one in here.ask(ListVisitors(), session).visitors] == [kept.visitor]
        assert here.ask(ListFaults(), session).faults == ()
        [denied] = here.show(code=ended.text)
        assert denied.decision.reason is Reason.CODE_UNKNOWN
        assert NAME.encode() in (here.folder / FILE_NAME).read_bytes(), "the other one's"


def test_a_right_ends_by_itself_and_the_name_with_it(here: WithPeople) -> None:
    session = here.sign_in("wang")
    made = here.register(session, minutes=10)
    here.pass_time(601.0)
    assert here.ask(ListVisitors(), session).visitors == ()
    [denied] = here.show(code=made.text)
    assert denied.decision.reason is Reason.PASS_EXPIRED
    assert [file.name for file in here.folder.glob(f"{FILE_NAME}*")] == [FILE_NAME]
    assert NAME.encode() not in (here.folder / FILE_NAME).read_bytes()


@pytest.mark.parametrize(
    ("changed", "why", "detail"),
    [
        ({"host": "nobody"}, "unknown", "host"),
        ({"minutes": 121}, "limit", "longer"),
        ({"uses": 3}, "limit", "uses"),
        ({"name": "\u202e"}, "invalid", "name"),
        ({"name": ""}, "invalid", "name"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_and_written_nowhere(
    here: WithPeople, changed: dict[str, Any], why: str, detail: str
) -> None:
    answer = here.register(here.sign_in("wang"), **changed)
    assert is_refused(answer, why)
    assert answer.detail == detail
    assert here.events("visitor_registered") == []


def test_a_gate_gives_so_many_an_hour_and_a_form_sent_twice_gives_one(here: WithPeople) -> None:
    session = here.sign_in("wang")
    made = here.register(session, key="a" * 16)
    assert here.register(session, key="a" * 16) == made
    assert isinstance(here.register(session, key="b" * 16), VisitorMade)
    assert isinstance(here.register(session, key="c" * 16), VisitorMade)
    answer = here.register(session, key="d" * 16)
    assert (is_refused(answer, "limit"), answer.detail) == (True, "an_hour")


def test_two_taps_at_once_give_one_right_and_nobody_gets_anothers_code(here: WithPeople) -> None:
    here.add("zhao")
    here.pass_time(6.0)
    session, other = here.sign_in("wang"), here.sign_in("zhao")
    wanted = RegisterVisitor("a" * 16, NAME, "p000", 60, 1, VisitorMeans.CODE)
    answers = [here.asks(wanted, session) for _ in range(2)]
    here.pass_time(0.1)
    [[made], [again]] = answers
    assert isinstance(made, VisitorMade)
    assert made == again
    assert len(here.ask(ListVisitors(), session).visitors) == 1
    assert [ended["why"] for ended in here.said("visitor_ended")] == ["not_kept"]
    assert here.ask(wanted, other).text != made.text


def test_numbers_are_given_only_where_they_count(tmp_path: Path, site: Site) -> None:
    here = WithPeople(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        here.publish_rules("\n[visitors]\nlongest = 7200\n")
        session = here.sign_in("wang")
        answer = here.register(session, means=VisitorMeans.NUMBER)
        assert (is_refused(answer, "policy"), answer.detail) == (True, "numbers")
        listed = here.ask(ListVisitors(), session)
        assert isinstance(listed, Visitors)
        assert (listed.numbers, listed.longest) == (False, 120)


def test_an_installer_registers_nobody(here: WithPeople) -> None:
    assert is_refused(here.register(here.sign_in("fitter")), "not_your_role")


def test_a_file_that_is_damaged_lets_nobody_in_and_the_gate_goes_on(tmp_path: Path, site: Site) -> None:
    here = WithPeople(tmp_path / "gate", site)
    here.add("wang")
    (here.folder / FILE_NAME).write_bytes(b"noise" * 1000)
    with at_work(here):
        here.publish_rules()
        session = here.sign_in("wang")
        assert is_refused(here.register(session), "unavailable")
        assert here.said("visitor_registered") != []
        assert [event["why"] for event in here.said("visitor_ended")] == ["not_kept"]
        [granted] = here.show(face="p000")
        assert granted.decision.outcome is Outcome.GRANT
