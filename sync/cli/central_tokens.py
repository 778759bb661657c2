"""`gatepost central token`: what lets programs use the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import AsInFiles, Until
from edge.signing.cose import microseconds
from sync.central.accounts.accounts import account_named
from sync.central.accounts.core import Act
from sync.central.accounts.tokens import create_token, revoke_token, tokens
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_at
from sync.cli.central_context import CentralFile, Whose, iso, opened, shown, whose
from sync.cli.central_users import Place, User
from sync.transport.clock import wall

token_app = cyclopts.App(name="token", help="What lets programs use the API.")
_USUAL = timedelta(days=90)


@token_app.command
def create(
    user: User,
    label: Annotated[str, Parameter(name="NAME", help="What the token is for.")],
    /,
    *,
    act: Annotated[
        tuple[Act, ...], AsInFiles, Parameter(help="What it may do: see, export …; may be repeated.")
    ],
    place: Place = None,
    until: Until = None,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Make a token that acts for USER: shown once, here. It ends after 90 days, or --until.

    It may never do more than the account itself.

    Example: gatepost central token create wang.fang "monthly report" --act see --act export
    """
    end = microseconds(until or datetime.now(UTC) + _USUAL)
    with opened(config) as store, store.writing() as connection:
        number = account_named(connection, user).number
        where = None if place is None else place_at(connection, place)
        made = create_token(connection, whose(actor), number, label, act, where, end, wall())
    answer(
        {"user": user, "secret": made, "until": iso(end)},
        made,
        f"for {label}, until {shown(end)} UTC; it is not shown again",
        json=json,
    )


@token_app.command(name="list")
def list_tokens(*, json: Json = False, config: CentralFile = None) -> None:
    """List every token, with its last use; never the token itself.

    Example: gatepost central token list
    """
    with opened(config) as store, store.reading() as connection:
        found = tokens(connection, EVERYWHERE, None)
    for item in found:
        ended = item.revoked_at if item.revoked_at is not None else item.until
        fields = {"token": item.number, "user": item.account, "name": item.label, "acts": sorted(item.acts)}
        answer(
            fields | {"until": iso(ended), "revoked": item.revoked_at is not None, "at": iso(item.used_at)},
            f"{item.number}  {item.account}  {item.label}  {','.join(sorted(item.acts))}  "
            f"until {shown(ended)}, used {shown(item.used_at)}",
            json=json,
        )


@token_app.command
def revoke(
    number: Annotated[int, Parameter(name="TOKEN", help="The token's number: gatepost central token list.")],
    /,
    *,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Let a token count no more, from now on.

    Example: gatepost central token revoke 3
    """
    with opened(config) as store, store.writing() as connection:
        revoke_token(connection, whose(actor), number, wall())
    answer({"token": number}, f"token {number} counts no more", json=json)
