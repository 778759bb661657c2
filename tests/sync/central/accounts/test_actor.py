"""Where an actor may do what: the places of the grants whose role allows it, within a token's limits."""

from __future__ import annotations

import pytest

from sync.central.accounts.actor import SYSTEM, Actor, Via, command_line_actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.places.sight import EVERYWHERE, Sight

NOWHERE = Sight()
OPERATOR, AUDITOR = RoleGrant(Role.OPERATOR, 2), RoleGrant(Role.AUDITOR, 3)
SOMEWHERE_ELSE = RoleGrant(Role.OPERATOR, 4)


def actor(*grants: RoleGrant, acts: frozenset[Act] | None = None) -> Actor:
    return Actor(7, "Wang Fang", grants, Via.SESSION if acts is None else Via.TOKEN, acts)


@pytest.mark.parametrize(
    ("who", "act", "sight"),
    [
        (actor(), Act.SEE, NOWHERE),
        (actor(OPERATOR), Act.SEE, Sight(frozenset({2}))),
        (actor(OPERATOR), Act.READ_AUDIT, NOWHERE),
        (actor(OPERATOR, AUDITOR), Act.SEE, Sight(frozenset({2, 3}))),
        (actor(OPERATOR, AUDITOR), Act.COMMAND, Sight(frozenset({2}))),
        (actor(OPERATOR, SOMEWHERE_ELSE), Act.COMMAND, Sight(frozenset({2, 4}))),
        (actor(OPERATOR, RoleGrant(Role.AUDITOR)), Act.SEE, EVERYWHERE),
        (actor(OPERATOR, RoleGrant(Role.AUDITOR)), Act.COMMAND, Sight(frozenset({2}))),
        (actor(OPERATOR, acts=frozenset({Act.SEE})), Act.SEE, Sight(frozenset({2}))),
        (actor(OPERATOR, acts=frozenset({Act.SEE})), Act.COMMAND, NOWHERE),
        (actor(OPERATOR, acts=frozenset({Act.PUBLISH})), Act.PUBLISH, NOWHERE),
        (command_line_actor("Wang Fang"), Act.PUBLISH, EVERYWHERE),
        (SYSTEM, Act.PUBLISH, EVERYWHERE),
    ],
)
def test_an_act_is_in_sight_where_a_grant_allows_it(who: Actor, act: Act, sight: Sight) -> None:
    assert who.sight(act) == sight
    assert who.may(act) is (sight != NOWHERE)


def test_a_tokens_limits_hold_wherever_its_account_has_more() -> None:
    limited = actor(RoleGrant(Role.ADMINISTRATOR), acts=frozenset({Act.SEE, Act.EXPORT}))
    assert limited.acts_at(frozenset({1, 2})) == {Act.SEE, Act.EXPORT}
