"""`gatepost central user`, `session` and `link`: who may sign in, what they may do, and how they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import AsInFiles
from edge.support.counted import counted
from sync.central.accounts import accounts
from sync.central.accounts.core import Role, RoleGrant
from sync.central.accounts.links import LIFETIME, link_by
from sync.central.accounts.sessions import end_all_sessions, end_session, sessions_of
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of, path_text, place_at
from sync.cli.central_context import CentralFile, Whose, iso, opened, shown, whose
from sync.transport.clock import wall

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sync.central.accounts.accounts import Account

user_app = cyclopts.App(name="user", help="Who may sign in at the centre, and what they may do.")
session_app = cyclopts.App(name="session", help="Where somebody is signed in.")
link_app = cyclopts.App(name="link", help="One-time links, by which somebody comes in.")
user_app.command(session_app)
user_app.command(link_app)

User = Annotated[str, Parameter(name="USER", help="The account's name.")]
RoleWord = Annotated[Role, AsInFiles, Parameter(name="ROLE", help="What they are there.")]
Place = Annotated[
    str | None,
    Parameter(name="--place", help="A site's id, a code, or names as 江城市/东湖区; by default everywhere."),
]


@user_app.command
def create(
    user: User,
    role: RoleWord,
    /,
    *,
    place: Place = None,
    name: Annotated[str, Parameter(help="Their own name, as records show it; by default USER.")] = "",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Make an account with a role at a place.

    Nothing lets it in yet: its first link does (user link create).

    Example: gatepost central user create wang.fang operator --place green-court --name "Wang Fang"
    """
    with opened(config) as store, store.writing() as connection:
        grant = _grant(connection, role, place)
        number = accounts.create_account(connection, whose(actor), user, name or user, (grant,), wall())
        made = accounts.account_at(connection, number)
        fields = _fields(connection, made)
    answer(
        fields,
        f"{made.name} is {fields['grants'][0]}; let them in: gatepost central user link create {made.name}",
        json=json,
    )


@user_app.command(name="list")
def list_users(*, json: Json = False, config: CentralFile = None) -> None:
    """List every account, those that have ended too.

    Example: gatepost central user list
    """
    with opened(config) as store, store.reading() as connection:
        rows = [_fields(connection, item) for item in accounts.accounts(connection, EVERYWHERE)]
    for fields in rows:
        ended = f"  ended {fields['until']}" if fields["until"] else ""
        line = f"{fields['user']}  {fields['name']}  {'; '.join(fields['grants']) or 'no grant'}{ended}"
        answer(fields, line, json=json)


@user_app.command
def show(user: User, /, *, json: Json = False, config: CentralFile = None) -> None:
    """Show one account: its roles, and what lets it in.

    Example: gatepost central user show wang.fang
    """
    with opened(config) as store, store.reading() as connection:
        found = accounts.account_named(connection, user)
        fields = _fields(connection, found) | {"sessions": len(sessions_of(connection, found.number, wall()))}
    answer(
        fields,
        f"{found.name}  {found.display}",
        *(fields["grants"] or ["no grant"]),
        f"password: {'yes' if found.has_password else 'no'}; directory: {found.issuer or 'none'}",
        f"{counted(fields['sessions'], 'session')} open",
        json=json,
    )


@user_app.command
def grant(
    user: User,
    role: RoleWord,
    /,
    *,
    place: Place = None,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Give an account a role at a place; it has to sign in again.

    Example: gatepost central user grant wang.fang registrar --place 江城市/东湖区
    """
    with opened(config) as store, store.writing() as connection:
        found = accounts.account_named(connection, user)
        accounts.give(connection, whose(actor), found.number, _grant(connection, role, place), wall())
        fields = _fields(connection, accounts.account_at(connection, found.number))
    answer(fields, f"{found.name} is {'; '.join(fields['grants'])}", json=json)


@user_app.command
def revoke(
    user: User,
    role: RoleWord,
    /,
    *,
    place: Place = None,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Take a role from an account; its sessions are over at once.

    Example: gatepost central user revoke wang.fang registrar --place 江城市/东湖区
    """
    with opened(config) as store, store.writing() as connection:
        found = accounts.account_named(connection, user)
        accounts.take(connection, whose(actor), found.number, _grant(connection, role, place), wall())
        fields = _fields(connection, accounts.account_at(connection, found.number))
    answer(fields, f"{found.name} is {'; '.join(fields['grants']) or 'nothing any more'}", json=json)


@user_app.command
def remove(user: User, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> None:
    """End an account for good, with its sessions and tokens. Its name is not given again.

    Example: gatepost central user remove wang.fang
    """
    with opened(config) as store, store.writing() as connection:
        found = accounts.account_named(connection, user)
        accounts.end_account(connection, whose(actor), found.number, wall())
    answer({"user": found.name}, f"{found.name} has ended; what they did stays recorded", json=json)


# --- sessions and links --------------------------------------------------------------------------


@session_app.command(name="list")
def list_sessions(user: User, /, *, json: Json = False, config: CentralFile = None) -> None:
    """List where somebody is signed in.

    Example: gatepost central user session list wang.fang
    """
    with opened(config) as store, store.reading() as connection:
        found = accounts.account_named(connection, user)
        sessions = sessions_of(connection, found.number, wall())
    for item in sessions:
        times = {"since": iso(item.made_at), "at": iso(item.used_at)}
        answer(
            {"user": found.name, "session": item.number, "way": item.way, "address": item.address, **times},
            f"{item.number}  by {item.way} since {shown(item.made_at)}, used {shown(item.used_at)}  "
            f"{item.address}  {item.agent}",
            json=json,
        )


@session_app.command(name="remove")
def remove_session(
    user: User,
    session: Annotated[
        int | None, Parameter(name="SESSION", help="Its number; by default all of them.")
    ] = None,
    /,
    *,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Sign somebody out: of one session, or of all at once.

    Example: gatepost central user session remove wang.fang
    """
    with opened(config) as store, store.writing() as connection:
        found = accounts.account_named(connection, user)
        if session is None:
            count = end_all_sessions(connection, whose(actor), found, wall())
        else:
            end_session(connection, whose(actor), found, session, wall())
            count = 1
    answer(
        {"user": found.name, "count": count}, f"{counted(count, 'session')} of {found.name} ended", json=json
    )


@link_app.command(name="create")
def create_link(user: User, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> None:
    """Make a link that signs somebody in once, within 15 minutes: the first time, or after a lost passkey.

    Hand it over yourself: anyone who has it is that account. Earlier links of it count no more.

    Example: gatepost central user link create wang.fang
    """
    from sync.central.accounts.relying_party import relying_party
    from sync.central.configuration import load_configuration
    from sync.cli.central_context import central_file

    origin = load_configuration(central_file(config)).console.public_origin
    party = relying_party(origin)  # at its name a passkey can be enrolled
    with opened(config) as store, store.writing() as connection:
        found = accounts.account_named(connection, user)
        now = wall()
        link = (origin if party is None else party.origin) + link_by(
            connection, whose(actor), found.number, now
        )
    answer(
        {"user": found.name, "link": link, "until": iso(now + LIFETIME)},
        link,
        f"signs {found.name} in once, until {shown(now + LIFETIME)} UTC",
        json=json,
    )


# --- inside --------------------------------------------------------------------------------------


def _grant(connection: Connection, role: Role, place: str | None) -> RoleGrant:
    return RoleGrant(role, None if place is None else place_at(connection, place))


def _fields(connection: Connection, found: Account) -> dict[str, Any]:
    grants = [_in_words(connection, item) for item in found.grants]
    times = {"since": iso(found.made_at), "until": iso(found.ended_at)}
    return {"user": found.name, "name": found.display, "grants": grants, **times}


def _in_words(connection: Connection, grant: RoleGrant) -> str:
    """A grant for people and programs: "operator at 江城市/东湖区"."""
    if grant.place is None:
        return f"{grant.role} everywhere"
    return f"{grant.role} at {path_text(path_of(connection, grant.place))}"
