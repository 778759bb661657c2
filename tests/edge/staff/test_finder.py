"""Finding residents: by words, by a pass; and one of them as the gate knows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.decision import Outcome, Reason, Status
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.people import FindPeople, FoundPeople, LookAtPerson, Person
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.bundle import bundle_of
from tests.simulation.site import Site

MASKED = "\n[staff]\nfull_names = false\n"


class WithPeople(Staffed):
    def publish_rules(self, rules: str = "") -> None:
        bundle = bundle_of(self.site, self.folder, 1, self.site.subjects, self.scheduler.now, more=rules)
        self.configuration.registry.inbox.write_bytes(bundle)
        self._tasks.wake("registry")
        self.pass_time(1.0)


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[WithPeople]:
    gate = WithPeople(tmp_path / "gate", site)
    for staff, role in (
        ("wang", StaffRole.GUARD),
        ("ma", StaffRole.MANAGER),
        ("fitter", StaffRole.INSTALLER),
    ):
        gate.add(staff, role)
    with at_work(gate):
        yield gate


def ids(answer: FoundPeople) -> list[str]:
    return [person.subject for person in answer.people]


def test_a_resident_is_found_by_name_room_id_and_pass(here: WithPeople) -> None:
    session = here.sign_in("wang")
    assert here.ask(FindPeople("person"), session) == FoundPeople((), 0, None), "no registry yet"
    here.publish_rules()
    issued = here.site.passes.own("p001")
    here.show(code=issued.text)
    for typed in ("Person 1", "p001", "1/1/101", issued.text):
        answer = here.ask(FindPeople(typed), session)
        assert ids(answer)[:1] == ["p001"], typed
    pass_id = here.events("access_decided")[-1].content["evidence"]["code"]["pass_id"]
    assert ids(here.ask(FindPeople(pass_id), session)) == ["p001"]
    assert ids(here.ask(FindPeople("0" * 16), session)) == []
    assert ids(here.ask(FindPeople(issued.text[:-4] + "AAAA"), session)) == [], "forged"
    assert here.events("person_looked_at") == [], "a list is no look at somebody"


def test_a_person_is_shown_with_what_the_gate_would_decide_and_the_look_is_written_down(
    here: WithPeople,
) -> None:
    here.publish_rules()
    session = here.sign_in("wang")
    people = here.site.people
    here.show(face=people[0])
    green = here.ask(LookAtPerson(people[0]), session)
    assert isinstance(green, Person)
    assert (green.status, green.outcome, green.reason) == (Status.GREEN, Outcome.GRANT, Reason.CODE_ACCEPTED)
    assert green.record is not None
    assert (green.record.source, green.faces, len(green.accesses)) == ("district", 1, 1)
    red = here.ask(LookAtPerson(people[-1]), session)
    assert (red.status, red.outcome, red.reason) == (Status.RED, Outcome.DENY, Reason.STATUS_RED)
    assert red.rule == "statuses.red.entry"
    assert red.accesses == ()
    looks = [(event["staff"], event["subject"]) for event in here.said("person_looked_at")]
    assert looks == [("wang", people[0]), ("wang", people[-1])]
    assert len(here.impulses()) == 1, "looking opens nothing"


@pytest.mark.parametrize(("staff", "name"), [("wang", "P***** *"), ("ma", "Person 0")])
def test_guards_read_as_much_of_a_name_as_the_policy_says(here: WithPeople, staff: str, name: str) -> None:
    here.publish_rules(MASKED)
    session = here.sign_in(staff)
    [person] = here.ask(FindPeople("p000"), session).people
    assert person.name == name
    assert here.ask(LookAtPerson("p000"), session).name == name


def test_who_is_not_there_is_said_so_and_an_installer_sees_nobody(here: WithPeople) -> None:
    here.publish_rules()
    assert is_refused(here.ask(LookAtPerson("nobody"), here.sign_in("wang")), "unknown")
    session = here.sign_in("fitter")
    for request in (FindPeople("p000"), LookAtPerson("p000")):
        assert is_refused(here.ask(request, session), "not_your_role")
    assert here.events("person_looked_at") == []
