"""Gates are invited, and computers that were lost are revoked."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.adoption.inviting import MOST_HOURS, MadeInvitation, WantedGate, withdraw_gate_invitation
from sync.central.adoption.listing import GateInvitation, gate_invitations
from sync.central.adoption.revoking import revoke_device
from sync.central.web.adopting import centre_of, computer_of, made_in, tell_door
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import gates_in_sight
from sync.central.web.visit import Visit
from sync.gate_invitation import Direction, Language

OPERATIONS = Operations()


class GateInvited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate that is invited, as its site's policy names it. `replaces`: its computer of before is retired by
    the new one; the code holds for `hours` (null: as the centre's configuration says). A `direction` or a
    `language` of null is as it is known of the gate, else "entry" and "zh".
    """

    gate: Annotated[str, Meta(min_length=1, max_length=60)]
    direction: Direction | None = None
    language: Language | None = None
    replaces: bool = False
    hours: Annotated[float, Meta(gt=0, le=MOST_HOURS)] | None = None


class GateInvitationMade(msgspec.Struct, frozen=True):
    """An invitation. `code` is CODE@CENTRE, as `gatepost setup --enrol` takes it, and is told once: repeated,
    the answer has none. `not_at_door` says why the authority's door does not have it yet, and refuses the
    code until it does ("": it has it; null in a repeated answer).
    """

    number: int
    device: str
    until: int
    code: str | None = None
    not_at_door: str | None = None


class GateInvitationWithdrawn(msgspec.Struct, frozen=True):
    """The invitation, in a list of one. `not_at_door` says why the authority's door does not know of it yet,
    and takes the code until it does ("": it knows).
    """

    items: list[GateInvitation]
    not_at_door: str
    next: None = None


class DeviceRevoked(msgspec.Struct, frozen=True):
    """A device that is refused from now on. While it is `revoking`, the authority has yet to revoke its
    certificates; its connection ends with them. `not_at_door` says why its door was not asked to yet ("": it
    was).
    """

    device: str
    revoking: bool
    not_at_door: str


@OPERATIONS.get("/api/gate-invitations", act=Act.MANAGE_PLACES, answer=Listing[GateInvitation])
def list_gate_invitations(call: Call) -> Response:
    """The newest invitations of gates, and how far each is."""
    with call.store.reading() as connection:
        return answer(Listing(gate_invitations(connection, call.sight, call.now)))


@OPERATIONS.post(
    "/api/sites/{site}/gate-invitations",
    act=Act.MANAGE_PLACES,
    takes=GateInvited,
    answer=GateInvitationMade,
)
def invite_gate(call: Call, body: Body, site: str) -> Response:
    """Invite a gate. The code that its computer enrols by is told once; an earlier one of the gate ends."""
    call.see_site(site)
    asked = taken(body, GateInvited)
    centre = centre_of(call)
    wanted = WantedGate(site, asked.gate, asked.direction, asked.language, asked.replaces, asked.hours)

    def act(connection: Connection) -> GateInvitationMade:
        return _told(made_in(connection, call, centre, wanted))

    return done(
        call,
        body,
        act,
        kept=lambda told: msgspec.structs.replace(told, code=None),
        after=lambda told: msgspec.structs.replace(told, not_at_door=tell_door(call, invited=True)),
    )


@OPERATIONS.post(
    "/api/gate-invitations/{number}/withdraw", act=Act.MANAGE_PLACES, answer=GateInvitationWithdrawn
)
def withdraw(call: Call, number: int) -> Response:
    """Withdraw an invitation that nobody used: its code lets nobody in any more."""
    with call.act() as connection:
        if not _found(call, connection, number):
            raise NotFound
        withdraw_gate_invitation(connection, call.actor, call.sight, number, call.now)
        found = _found(call, connection, number)
    return answer(GateInvitationWithdrawn(found, tell_door(call)))


@OPERATIONS.post("/api/gates/{device}/revoke", act=Act.MANAGE_PLACES, answer=DeviceRevoked)
def revoke(call: Call, device: str) -> Response:
    """Revoke a computer that was lost: its word at once, then its certificates and its connection."""
    if device not in {item.device for item in gates_in_sight(call)}:
        raise NotFound
    with call.act() as connection:
        revoke_device(connection, call.actor, call.sight, device, call.now)
        found = computer_of(connection, device)
    return answer(DeviceRevoked(device, bool(found.revoking), tell_door(call)))


# --- inside --------------------------------------------------------------------------------------


def _told(made: MadeInvitation) -> GateInvitationMade:
    return GateInvitationMade(made.asked.number, made.asked.part.device, made.asked.until, made.typed)


def _found(call: Visit, connection: Connection, number: int) -> list[GateInvitation]:
    if not 0 < number < 1 << 62:
        raise NotFound
    return gate_invitations(connection, call.sight, call.now, number=number)
