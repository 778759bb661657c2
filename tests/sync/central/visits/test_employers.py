"""Those whom employers bring: read from a list, registered by a registrar, for a time, in shifts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa

from edge.admin.policy_file import read_policy
from edge.decision import Policy, Subject
from edge.signing.cose import instant, microseconds
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.submitting import Applied
from sync.central.configuration import ChangesSection
from sync.central.imports.reading import PeopleList, read_list
from sync.central.people.subjects import remove_subject, subjects_of
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store, StoreError
from sync.central.tables import subject
from sync.central.visits.core.workers import (
    Terms,
    WorkerFault,
    WorkShift,
    group_of,
    id_of,
    missing_rules,
    worker_of,
)
from sync.central.visits.employers import (
    MOST_WAITING,
    Employer,
    employer_at,
    employer_of_token,
    give_link,
    keep_list,
    list_at,
    make_employer,
    plan_list,
    put_aside,
    take_list,
)
from sync.central.visits.tables import employer_list

SITE = "green-court"
NOW = 1_790_000_000_000_000
AT = instant(NOW)
DAY = timedelta(days=1)
REGISTRAR = command_line_actor("zhang")
EARLY = WorkShift("early", ("monday", "tuesday"), "06:00", "14:00")
NIGHT = WorkShift("night", ("saturday",), "22:00", "06:00")
TERMS = Terms(7, {"early", "night"}, AT + 30 * DAY)
LIST = "id,name,groups,valid_until\n17,李工,early,{day}\n18,王工,early;night,{day}\n"


# --- a row -----------------------------------------------------------------------------------


def test_a_row_becomes_somebody_of_the_employer_who_is_here_for_a_time() -> None:
    row = Subject("17", "李工", "3/2/301", frozenset({"early"}), valid_until=AT + DAY)
    made = worker_of(TERMS, row, {"early"}, None)
    assert (made.id, made.name, made.address) == ("w7.17", "李工", "")
    assert made.groups == {"employer-7", "employer-7-early"}
    assert (made.valid_until, made.status) == (AT + DAY, None)
    later = worker_of(TERMS, msgspec.structs.replace(row, valid_until=AT + 2 * DAY), {"night"}, made)
    assert later.groups == {"employer-7", "employer-7-night"}


@pytest.mark.parametrize(
    ("change", "shifts", "column"),
    [
        ({"valid_until": None}, {"early"}, "valid_until"),
        ({"valid_until": AT + 31 * DAY}, {"early"}, "valid_until"),
        ({}, {"late"}, "groups"),
        ({}, set(), "groups"),
        ({"name": ""}, {"early"}, "name"),
        ({"id": "x" * 62}, {"early"}, "id"),
    ],
)
def test_a_row_that_names_nobody_who_may_be_brought_says_which_column(
    change: dict[str, object], shifts: set[str], column: str
) -> None:
    row = msgspec.structs.replace(Subject("17", "李工", valid_until=AT + DAY), **change)
    with pytest.raises(WorkerFault) as fault:
        worker_of(TERMS, row, shifts, None)
    assert fault.value.column == column


@pytest.mark.parametrize(
    "shift",
    [
        WorkShift("Early", ("monday",), "06:00", "14:00"),
        WorkShift("early", (), "06:00", "14:00"),
        WorkShift("early", ("holiday",), "06:00", "14:00"),
        WorkShift("early", ("monday",), "6", "14:00"),
        WorkShift("early", ("monday",), "06:00", "06:00"),
    ],
)
def test_a_shift_that_no_rule_could_say_is_refused(shift: WorkShift) -> None:
    assert shift.fault()


def test_the_rules_that_a_policy_lacks_are_rules_that_it_takes(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    text = missing_rules(Policy(), 7, [EARLY, NIGHT])
    file.write_text(f'[gates.main]\nmode = "face"\n{text}')
    policy = read_policy(file)
    assert [rule.id for rule in policy.access] == [
        *("employer-7-early", "employer-7-early-out", "employer-7-night", "employer-7-night-out")
    ]
    assert policy.access[0].periods[0].days == {"monday", "tuesday"}
    assert missing_rules(policy, 7, [EARLY, NIGHT]) == ""
    assert group_of(7) in missing_rules(policy, 7, [])


# --- lists -----------------------------------------------------------------------------------


@pytest.fixture
def office(store: Store) -> Iterator[sa.Connection]:
    with store.writing() as connection:
        yield connection


@pytest.fixture
def held(office: sa.Connection) -> Employer:
    until = microseconds(AT + 30 * DAY)
    number = make_employer(office, REGISTRAR, SITE, "  大 工厂 ", [EARLY, NIGHT], until, NOW)
    found = employer_at(office, EVERYWHERE, number)
    assert found is not None
    return found


def sent(day: int = 10) -> bytes:
    return LIST.format(day=f"{AT + day * DAY:%Y-%m-%d}").encode()


def read(data: bytes) -> PeopleList:
    return read_list(data, "list.csv", ZoneInfo("Asia/Shanghai"))


def keep(office: sa.Connection, held: Employer, data: bytes) -> int:
    return keep_list(office, REGISTRAR, held, "list.csv", data, read(data), NOW)[0]


def take(office: sa.Connection, number: int, data: bytes | None = None) -> Applied:
    made = take_list(office, REGISTRAR, EVERYWHERE, number, read(data or sent()), NOW, ChangesSection())
    assert isinstance(made, Applied)
    return made


def test_a_list_registers_nobody_until_a_registrar_takes_it(office: sa.Connection, held: Employer) -> None:
    number = keep(office, held, sent())
    assert subjects_of(office, SITE) == []
    take(office, number)
    assert [person.id for person in subjects_of(office, SITE)] == [f"w{held.number}.17", f"w{held.number}.18"]
    assert all(person.valid_until for person in subjects_of(office, SITE))
    assert office.execute(sa.select(employer_list.c.data)).scalar() is None, "the file is not needed any more"
    with pytest.raises(StoreError, match="is decided already"):
        take(office, number)


def test_a_list_sent_again_moves_their_end_and_makes_nobody_twice(
    office: sa.Connection, held: Employer
) -> None:
    for day in (5, 15):
        take(office, keep(office, held, sent(day)), sent(day))
    people = subjects_of(office, SITE)
    assert len(people) == 2
    ends = [person.valid_until for person in people if person.valid_until is not None]
    assert [end > AT + 14 * DAY for end in ends] == [True, True]


def test_a_worker_who_is_erased_is_not_brought_back_by_a_list_that_waits(
    office: sa.Connection, held: Employer
) -> None:
    take(office, keep(office, held, sent()))
    number = keep(office, held, sent(15))
    other = make_employer(office, REGISTRAR, SITE, "another", [EARLY], microseconds(AT + 30 * DAY), NOW)
    another = employer_at(office, EVERYWHERE, other)
    assert another is not None
    keep(office, another, sent())
    remove_subject(office, SITE, id_of(held.number, "17"))
    with pytest.raises(StoreError, match=f"no list {number}"):
        take(office, number)
    assert office.execute(sa.select(employer_list.c.data)).scalars().all() == [None, sent()]


def test_two_who_decide_one_list_at_once_decide_it_once(store: Store) -> None:
    with store.writing() as connection:
        until = microseconds(AT + 30 * DAY)
        made = make_employer(connection, REGISTRAR, SITE, "a factory", [EARLY, NIGHT], until, NOW)
        employer = employer_at(connection, EVERYWHERE, made)
        assert employer is not None
        number = keep(connection, employer, sent())
    together = Barrier(2)

    def decide(_: int) -> str:
        together.wait()
        try:
            with store.writing() as connection:
                take_list(connection, REGISTRAR, EVERYWHERE, number, read(sent()), NOW, ChangesSection())
        except StoreError as refused:
            return refused.what
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, range(2))) == [f"list {number} is decided already", "taken"]


def test_a_list_that_is_put_aside_registers_nobody(office: sa.Connection, held: Employer) -> None:
    number = keep(office, held, sent())
    put_aside(office, REGISTRAR, EVERYWHERE, number, NOW)
    with pytest.raises(StoreError, match="is decided already"):
        take(office, number)
    assert subjects_of(office, SITE) == []


def test_each_wrong_row_is_named_and_the_right_ones_are_taken(office: sa.Connection, held: Employer) -> None:
    day = f"{AT + DAY:%Y-%m-%d}"
    rows = (
        f"1,李,early,{day}",
        "2,王,early,",
        f"3,张,late,{day}",
        f"4,<b>,early,{day}",
        f"1,赵,early,{day}",
        f"5,钱,,{day}",
    )
    data = ("id,name,groups,valid_until\n" + "\n".join(rows)).encode("gbk")
    number, planned = keep_list(office, REGISTRAR, held, "list.csv", data, read(data), NOW)
    assert [(problem.line, problem.column) for problem in planned.problems] == [
        *((3, "valid_until"), (4, "groups"), (5, "name"), (6, "id"), (7, "groups"))
    ]
    take(office, number, data)
    assert [person.id for person in subjects_of(office, SITE)] == [f"w{held.number}.1"]


def test_an_employer_cannot_fill_the_disk_nor_touch_others(office: sa.Connection, held: Employer) -> None:
    office.execute(
        sa.insert(subject).values(site=SITE, id="17", record=msgspec.json.encode(Subject("17")), changed_at=0)
    )
    for _ in range(MOST_WAITING):
        number = keep(office, held, sent())
    with pytest.raises(StoreError, match="lists wait already"):
        keep(office, held, sent())
    take(office, number)
    assert Subject("17") in subjects_of(office, SITE)
    assert plan_list(office, held, "list.csv", read(sent())).people[0].id == f"w{held.number}.17"


def test_a_list_out_of_sight_is_as_one_that_is_not_there(office: sa.Connection, held: Employer) -> None:
    number = keep(office, held, sent())
    assert list_at(office, Sight(), number) is None
    assert employer_at(office, Sight(), held.number) is None
    with pytest.raises(StoreError, match="there is no list"):
        take_list(office, REGISTRAR, Sight(), number, read(sent()), NOW, ChangesSection())


def test_a_link_is_the_newest_one_while_the_employer_is_there(office: sa.Connection, held: Employer) -> None:
    first, second = (give_link(office, REGISTRAR, held, NOW) for _ in range(2))
    assert employer_of_token(office, first, NOW) is None
    assert employer_of_token(office, second, NOW) is not None
    assert employer_of_token(office, second, held.until) is None
    assert employer_of_token(office, "guessed", NOW) is None


def test_an_employer_that_cannot_be_is_refused(office: sa.Connection) -> None:
    wrong = WorkShift("E", ("monday",), "06:00", "07:00")
    for name, shifts, until, why in (
        ("", [], NOW + 1, "name"),
        ("x" * 101, [], NOW + 1, "name"),
        ("厂", [], NOW, "not in the past"),
        ("厂", [EARLY, EARLY], NOW + 1, "one name"),
        ("厂", [wrong], NOW + 1, "cannot name a shift"),
    ):
        with pytest.raises(StoreError, match=why):
            make_employer(office, REGISTRAR, SITE, name, shifts, until, NOW)
