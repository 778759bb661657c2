"""What each role may do, as a table; and that nobody gives what he has not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.accounts.core.roles import Act, Role, RoleGrant, acts_at, acts_of, may_grant

TABLE = """
                  administrator  operator  auditor  registrar
see               yes            yes       yes      yes
see_person        yes            yes       yes      yes
change_person     yes            -         -        yes
set_status        yes            yes       -        yes
import            yes            -         -        yes
invite            yes            yes       -        yes
approve           yes            -         -        yes
answer_appeal     yes            yes       -        yes
change_policy     yes            -         -        -
publish           yes            -         -        yes
command           yes            yes       -        -
export            yes            -         yes      yes
read_audit        yes            -         yes      -
care              yes            yes       -        -
set_limits        yes            -         -        -
manage_roster     yes            yes       -        -
report            yes            yes       yes      yes
hold_data         yes            -         yes      -
manage_places     yes            -         -        -
manage_accounts   yes            -         -        -
"""
HEADS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_column_says(role: Role) -> None:
    column = HEADS.index(role) + 1
    assert acts_of(role) == {row[0] for row in ROWS if row[column] == "yes"}


def test_the_table_names_every_role_and_every_act_once() -> None:
    assert sorted(HEADS) == sorted(Role)
    assert sorted(row[0] for row in ROWS) == sorted(Act)


CHANGES = frozenset(Act) - {Act.SEE, Act.SEE_PERSON, Act.READ_AUDIT, Act.EXPORT, Act.REPORT, Act.HOLD_DATA}


def test_an_operator_approves_nothing_and_an_auditor_changes_nothing() -> None:
    assert Act.APPROVE not in acts_of(Role.OPERATOR)
    assert not acts_of(Role.AUDITOR) & CHANGES


CITY, STREET, SITE = frozenset({1}), frozenset({1, 2}), frozenset({1, 2, 3})
OTHER_STREET = frozenset({1, 9})


@pytest.mark.parametrize(
    ("grant", "at", "holds"),
    [
        (RoleGrant(Role.OPERATOR), frozenset[int](), True),
        (RoleGrant(Role.OPERATOR), SITE, True),
        (RoleGrant(Role.OPERATOR, 2), STREET, True),
        (RoleGrant(Role.OPERATOR, 2), SITE, True),
        (RoleGrant(Role.OPERATOR, 2), CITY, False),
        (RoleGrant(Role.OPERATOR, 2), OTHER_STREET, False),
        (RoleGrant(Role.OPERATOR, 2), frozenset[int](), False),
    ],
)
def test_a_grant_holds_at_its_place_and_within(grant: RoleGrant, at: frozenset[int], holds: bool) -> None:
    assert acts_at([grant], at) == (acts_of(grant.role) if holds else frozenset())


@pytest.mark.parametrize(
    ("held", "at", "may_give"),
    [
        ([RoleGrant(Role.ADMINISTRATOR)], frozenset[int](), set(Role)),
        ([RoleGrant(Role.ADMINISTRATOR, 2)], SITE, set(Role)),
        ([RoleGrant(Role.ADMINISTRATOR, 2)], OTHER_STREET, set[Role]()),
        ([RoleGrant(Role.ADMINISTRATOR, 2)], CITY, set[Role]()),
        ([RoleGrant(Role.ADMINISTRATOR, 2)], frozenset[int](), set[Role]()),
        ([RoleGrant(Role.REGISTRAR), RoleGrant(Role.OPERATOR), RoleGrant(Role.AUDITOR)], SITE, set[Role]()),
        ([], SITE, set[Role]()),
    ],
)
def test_only_an_administrator_of_the_place_gives_roles_there(
    held: list[RoleGrant], at: frozenset[int], may_give: set[Role]
) -> None:
    assert {role for role in Role if may_grant(acts_at(held, at), role)} == may_give


acts = st.frozensets(st.sampled_from(Act))


@given(acts, st.sampled_from(Role))
def test_nobody_gives_more_than_he_has(held: frozenset[Act], role: Role) -> None:
    if may_grant(held, role):
        assert acts_of(role) <= held
