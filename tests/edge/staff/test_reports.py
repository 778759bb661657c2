"""Faults that staff report: in the journal, and shown until they are settled."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.staff.core.faults import MOST_OPEN
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.now import NowView
from edge.staff.protocol.people import FaultReported, ListFaults, ReportFault, SettleFault
from edge.staff.protocol.watching import Topic, Watch
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.site import Site


def key(number: int) -> str:
    return f"{number:016x}"


def now(here: Staffed, session: str) -> NowView:
    answer = here.ask(Watch((Topic.NOW,), most_wait=0.0), session)
    return msgspec.msgpack.decode(answer.changed[Topic.NOW], type=NowView)


def test_a_fault_is_shown_until_it_is_settled_also_over_a_restart(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        first = here.ask(ReportFault(key(1), "barrier_stays_up", "since the storm"), session)
        assert isinstance(first, FaultReported)
        assert here.ask(ReportFault(key(1), "barrier_stays_up", "since the storm"), session) == first
        second = here.ask(ReportFault(key(2), "typed", "<i>smoke</i>"), session)
    with at_work(here):
        session = here.sign_in("wang")
        listed = here.ask(ListFaults(), session).faults
        assert [(fault.fault, fault.text) for fault in listed] == [
            (second.sequence, "<i>smoke</i>"),
            (first.sequence, "since the storm"),
        ]
        assert [fault.what for fault in now(here, session).reported] == ["typed", "barrier_stays_up"]
        assert isinstance(here.ask(SettleFault(first.sequence, "greased"), session), Done)
        here.pass_time(2.0)
        assert [fault.what for fault in now(here, session).reported] == ["typed"]
        assert [fault.fault for fault in here.ask(ListFaults(), session).faults] == [second.sequence]
        assert is_refused(here.ask(SettleFault(first.sequence), session), "unknown")
    assert here.said("gate_fault_reported")[0] == {
        "staff": "wang",
        "what": "barrier_stays_up",
        "text": "since the storm",
    }
    assert here.said("gate_fault_settled") == [{"staff": "wang", "fault": first.sequence, "text": "greased"}]


def test_what_is_no_fault_is_refused_and_of_too_many_the_rest(here: Staffed) -> None:
    session = here.sign_in("fitter")
    for what, text in (("nothing", ""), ("typed", "  "), ("", "x")):
        assert is_refused(here.ask(ReportFault(key(99), what, text), session), "invalid")
    assert is_refused(here.ask(ReportFault(key(99), "typed", "PIN 294815 fails"), session), "digits")
    for number in range(MOST_OPEN):
        here.ask(ReportFault(key(number), "camera"), session)
    assert is_refused(here.ask(ReportFault(key(98), "camera"), session), "limit")
    assert len(here.events("gate_fault_reported")) == MOST_OPEN
