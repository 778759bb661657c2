"""A word that this version does not know is one, stays what it is, and allows nothing."""

from __future__ import annotations

from sync.central.accounts.core import Act, Role, RoleGrant, acts_of, may_grant
from sync.central.newer import OpenWords, is_known, word_of

UNKNOWN = "zz_newer"


def test_a_role_of_a_newer_version_allows_nothing_and_nobody_gives_it() -> None:
    newer = word_of(Role, UNKNOWN)
    assert acts_of(newer) == frozenset()
    assert not may_grant(frozenset(Act), newer)
    assert RoleGrant(newer) != RoleGrant(Role.OPERATOR)


def test_a_word_that_is_known_is_itself_and_another_stays_what_it_is() -> None:
    assert word_of(Role, "operator") is Role.OPERATOR
    newer = word_of(Role, UNKNOWN)
    assert newer == UNKNOWN == newer.value == str(newer)
    assert not any(is_known(Role, word) for word in (newer, UNKNOWN))
    assert all(is_known(Role, word) for word in ("operator", Role.OPERATOR))


def test_what_is_called_nothing_is_called_what_it_is() -> None:
    words = OpenWords({"sent": "somebody was sent"})
    assert (words["sent"], words[UNKNOWN]) == ("somebody was sent", UNKNOWN)
    assert UNKNOWN not in words
