"""A request under one key is done once, also where it comes twice at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sync.central.store import Store
from sync.central.units import DAY
from sync.central.web.api.calls import KeyedCall, answered_once
from sync.central.web.api.problems import ApiRefusal
from tests.sync.waiting import until_it_waits

ASKED = KeyedCall(1, "k", b"digest", 2 * DAY)


class Counted:
    """An act that says how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return str(self.times).encode()


def test_two_that_come_at_once_have_one_answer_and_are_done_once(store: Store) -> None:
    act = Counted()

    def ask() -> bytes:
        with store.writing() as connection:
            return answered_once(connection, ASKED, act)

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as connection:
            first = answered_once(connection, ASKED, act)
            second = pool.submit(ask)
            until_it_waits(connection, second)
        assert (first, second.result(), act.times) == (b"1", b"1", 1)


def test_what_was_not_done_is_done_when_it_is_asked_again(store: Store) -> None:
    def fails() -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        answered_once(connection, ASKED, fails)
    with store.writing() as connection:
        assert answered_once(connection, ASKED, Counted()) == b"1"


def test_a_key_is_of_one_account_one_request_and_one_day(store: Store) -> None:
    act = Counted()
    with store.writing() as connection:
        assert answered_once(connection, ASKED, act) == b"1"
        assert answered_once(connection, replace(ASKED, account=2), act) == b"2"
        with pytest.raises(ApiRefusal, match="another request"):
            answered_once(connection, replace(ASKED, digest=b"other"), act)
        assert answered_once(connection, replace(ASKED, at=ASKED.at + DAY), act) == b"3"
