"""Numbers that visitors tell the staff: good within their hours, counted, and no game of guessing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.credentials.known.numbers import kept_digest, shown_number, slow_digest
from edge.credentials.known.rights import KnownRight
from edge.decision import Direction
from edge.signing.cose import instant
from sync.central.devices.devices import put_site
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, StoreError
from sync.central.units import DAY, HOUR
from sync.central.visits.core.codes import NumberVerdict, uses_each_way, verdict_of
from sync.central.visits.core.life import VisitState
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.numbers import (
    MOST_WRONG,
    WRONG_FOR,
    NumberCheck,
    numbers_for_gates,
    sites_with_numbers,
    use_number,
)
from sync.central.visits.tables import visit as visit_table
from sync.central.visits.visits import Inviting, cancel, invite, overstayed, salt_of, visit_at

SITE = "green-court"
NOW = 1_790_000_000_000_000
IN, OUT = Direction.ENTRY, Direction.EXIT


@pytest.mark.parametrize(
    ("now", "used", "cancelled", "verdict"),
    [
        (9, 0, False, NumberVerdict.TOO_EARLY),
        (10, 0, False, NumberVerdict.GOOD),
        (19, 1, False, NumberVerdict.GOOD),
        (19, 2, False, NumberVerdict.USED_UP),
        (20, 0, False, NumberVerdict.OVER),
        (20, 2, False, NumberVerdict.OVER),
        (15, 0, True, NumberVerdict.CANCELLED),
    ],
)
def test_a_number_is_good_in_its_hours_while_it_has_uses(
    now: int, used: int, cancelled: bool, verdict: NumberVerdict
) -> None:
    assert verdict_of((10, 20), 2, used, now, cancelled=cancelled) is verdict


@pytest.fixture
def office(store: Store) -> Iterator[sa.Connection]:
    with store.writing() as connection:
        yield connection


def told(office: sa.Connection, text: str, direction: Direction = IN, now: int = NOW) -> NumberCheck:
    return use_number(office, SITE, text, direction, "zhang", now)


def number_of(office: sa.Connection) -> tuple[int, str]:
    made = invite(office, SITE, WantedVisit("李四", NOW, NOW + HOUR, by_code=True), Inviting("zhang"), NOW)
    assert made.code is not None
    return made.number, made.code


def test_a_number_lets_in_and_out_and_moves_the_visit_on(office: sa.Connection) -> None:
    number, code = number_of(office)
    assert told(office, shown_number(code)) == NumberCheck(NumberVerdict.GOOD, number, "李四", 1)
    assert visit_at(office, EVERYWHERE, number, NOW).life.state is VisitState.ARRIVED
    assert [each.number for each in overstayed(office, EVERYWHERE, NOW - DAY, NOW + HOUR)] == [number]
    assert told(office, code, OUT, NOW + 1).left == 0
    assert visit_at(office, EVERYWHERE, number, NOW + 1).life.state is VisitState.LEFT
    assert told(office, code).verdict is NumberVerdict.USED_UP


def test_a_number_that_is_over_or_cancelled_says_so_and_is_not_counted(office: sa.Connection) -> None:
    number, code = number_of(office)
    assert told(office, code, now=NOW + HOUR) == NumberCheck(NumberVerdict.OVER, number, "李四", 2)
    cancel(office, EVERYWHERE, number, NOW)
    assert told(office, code) == NumberCheck(NumberVerdict.CANCELLED, number, "李四", 2)
    with pytest.raises(StoreError, match="no actor given"):
        use_number(office, SITE, code, IN, "", NOW)


def test_who_guesses_is_stopped_for_a_while(office: sa.Connection) -> None:
    assert told(office, "11111111").verdict is NumberVerdict.UNKNOWN, "nobody has a number here yet"
    _, code = number_of(office)
    for _ in range(MOST_WRONG - 1):
        told(office, "00000000" if code != "00000000" else "11111111")
    assert told(office, code).verdict is NumberVerdict.TOO_MANY_WRONG
    assert told(office, "12").verdict is NumberVerdict.NOT_A_NUMBER
    assert told(office, code, now=NOW + WRONG_FOR).verdict is NumberVerdict.GOOD
    put_site(office, SiteFile("other"))
    assert use_number(office, "other", code, IN, "zhang", NOW).verdict is NumberVerdict.UNKNOWN


# --- what gates are given --------------------------------------------------------------------


def test_gates_are_given_what_a_live_number_opens_and_not_the_number(office: sa.Connection) -> None:
    number, code = number_of(office)
    visit = visit_at(office, EVERYWHERE, number, NOW)
    rights, salt = numbers_for_gates(office, SITE, NOW)
    right = KnownRight(visit.subject, visit.pass_id, instant(NOW), instant(NOW + HOUR), 1)
    assert rights == {kept_digest(code, salt): right}
    assert sites_with_numbers(office, NOW) == {SITE: NOW}
    assert numbers_for_gates(office, SITE, NOW + HOUR) == ({}, salt), "it is over"
    cancel(office, EVERYWHERE, number, NOW)
    assert numbers_for_gates(office, SITE, NOW) == ({}, salt)
    assert sites_with_numbers(office, NOW) == {}


def test_a_number_that_an_older_version_kept_goes_on(office: sa.Connection) -> None:
    """Then the slow digest itself was kept."""
    number, code = number_of(office)
    salt = salt_of(office, SITE)
    office.execute(sa.update(visit_table).values(code=slow_digest(code, salt)))
    assert [*numbers_for_gates(office, SITE, NOW)[0]] == [kept_digest(code, salt)]
    assert told(office, code) == NumberCheck(NumberVerdict.GOOD, number, "李四", 1)


@pytest.mark.parametrize(("uses", "each_way"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_a_number_for_in_and_out_opens_once_each_way(uses: int, each_way: int) -> None:
    assert uses_each_way(uses) == each_way
