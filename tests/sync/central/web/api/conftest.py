"""Tokens of the town: made as the console makes them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx
import pytest

from sync.central.accounts.accounts import create_account
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.tokens import create_token
from tests.edge.web.serving import NO_TLS
from tests.sync.central.web.conftest import Console
from tests.waiting import PATIENT

DAY = 86_400_000_000
Token = Callable[..., httpx.Client]


def token_client(
    console: Console, number: int, acts: list[Act] | None = None, place: int | None = None
) -> httpx.Client:
    """A program with a token for `acts` (None: everything) at `place` (None: everywhere)."""
    now = console.town.now
    boss = command_line_actor("boss")
    with console.store.writing() as connection:
        account = create_account(
            connection, boss, f"program-{number}", "Program", [RoleGrant(Role.ADMINISTRATOR, place)], now
        )
        secret = create_token(connection, boss, account, "test", acts or list(Act), place, now + DAY, now)
    client = httpx.Client(
        base_url=console.address,
        headers={"authorization": f"Bearer {secret}"},
        timeout=PATIENT,
        verify=NO_TLS,
    )
    console._opened.enter_context(client)
    return client


@pytest.fixture
def token(console: Console) -> Token:
    """`token(acts, place)` gives the client of a program."""
    numbers = count(1)
    return lambda acts=None, place=None: token_client(console, next(numbers), acts, place)
