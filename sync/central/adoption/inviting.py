"""Invites a gate: makes the code that lets one device in as that gate, and tells it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import sqlalchemy as sa

from edge.admin.policy_file import read_policy
from edge.support.names import IDENTIFIER, MOST_LETTERS
from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.adoption.centre import InvitingCentre
from sync.central.adoption.known_gates import known_gate
from sync.central.adoption.tables import gate_invitation
from sync.central.audit.audit import About, note
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import device
from sync.central.units import HOUR
from sync.gate_invitation import (
    DOOR_PORT,
    SECRET_BYTES,
    Direction,
    GatePart,
    Language,
    OpenInvitation,
    kept_of,
    new_code,
    proof_of,
    shown_address,
    shown_code,
)
from sync.wire import refused_id

MOST_HOURS = 24 * 30
_OPEN = gate_invitation.c.withdrawn_at.is_(None) & gate_invitation.c.enrolled_at.is_(None)


@dataclass(frozen=True)
class WantedGate:
    """The gate that somebody invites. With `replaces` its devices of before are retired by the new one. What
    is None is as it is known of the gate (`known_gates`), else "entry" and "zh": `GatePart` says why.
    """

    site: str
    gate: str
    direction: Direction | None = None
    language: Language | None = None
    replaces: bool = False
    hours: float | None = None


@dataclass(frozen=True)
class MadeInvitation:
    """What was made: `asked` is for the door, `code` for the person, and is kept nowhere. `centre` is what
    they type behind it.
    """

    asked: OpenInvitation
    code: str
    centre: str

    @property
    def typed(self) -> str:
        """CODE@CENTRE, as `gatepost setup --enrol` takes it."""
        return f"{self.code}@{self.centre}"


def invite_gate(
    connection: sa.Connection,
    actor: Actor,
    sight: Sight,
    wanted: WantedGate,
    centre: InvitingCentre,
    now: int,
    entropy: Callable[[int], bytes],
) -> MadeInvitation:
    """Make an invitation; an earlier one of the same gate that nobody used ends. Raises StoreError.

    The caller leaves `asked` for the door once the transaction is committed.
    """
    hours = centre.hours if wanted.hours is None else wanted.hours
    if not 0 < hours <= MOST_HOURS:
        raise StoreError(
            phrase("a code cannot hold for %(hours)g hours", hours=hours),
            remedy=phrase("more than none, up to %(most)s", most=MOST_HOURS),
        )
    _check_gate(connection, sight, wanted, centre)
    code = new_code(entropy(SECRET_BYTES), centre.authority)
    _withdraw(
        connection, (gate_invitation.c.site == wanted.site) & (gate_invitation.c.gate == wanted.gate), now
    )
    known = known_gate(connection, wanted.site, wanted.gate)
    part = GatePart(
        _free_id(connection, wanted),
        wanted.site,
        wanted.gate,
        wanted.direction or known.direction or "entry",
        wanted.language or known.language or "zh",
        centre.broker[0],
        centre.broker[1],
        centre.central,
        broker_more=centre.more,
    )
    values = {
        "site": wanted.site,
        "gate": wanted.gate,
        "device": part.device,
        "proof": kept_of(proof_of(code)),
        "part": msgspec.json.encode(part),
        "replaces": wanted.replaces,
        "made_at": now,
        "made_by": actor.name,
        "until": now + int(hours * HOUR),
    }
    made = sa.insert(gate_invitation).values(values).returning(gate_invitation.c.number)
    number = connection.execute(made).scalar_one()
    detail = {"invitation": number, "gate": wanted.gate, "replaces": wanted.replaces}
    note(connection, actor, "invite_gate", About("gate", part.device, wanted.site), now, detail=detail)
    asked = OpenInvitation(number, values["proof"], values["until"], part)  # type: ignore[arg-type]
    return MadeInvitation(asked, shown_code(code), shown_address(*centre.door, DOOR_PORT))


def gates_named(centre: InvitingCentre, site: str) -> tuple[str, ...] | None:
    """The gates that the policy of a site in sight names; None where it is not here. Raises GatepostError."""
    file = _policy_of(centre, site)
    return tuple(sorted(read_policy(file).gates)) if file is not None and file.is_file() else None


def withdraw_gate_invitation(
    connection: sa.Connection, actor: Actor, sight: Sight, number: int, now: int
) -> str:
    """Let an invitation let nobody in; returns the device's id. Raises StoreError where none is open."""
    query = sa.select(gate_invitation.c.device, gate_invitation.c.site)
    where = (gate_invitation.c.number == number) & sight.of(gate_invitation.c.site)
    found = connection.execute(query.where(where)).first()
    if found is None or not _withdraw(connection, where, now):
        raise StoreError(
            phrase("there is no open invitation %(number)s", number=number),
            remedy=phrase("a device that enrolled is revoked: gatepost central gate revoke"),
        )
    about = About("gate", found.device, found.site)
    note(connection, actor, "withdraw_gate_invitation", about, now, detail={"invitation": number})
    return str(found.device)


# --- inside --------------------------------------------------------------------------------


def _withdraw(connection: sa.Connection, where: sa.ColumnElement[bool], now: int) -> int:
    changed = sa.update(gate_invitation).where(where, _OPEN).values(withdrawn_at=now)
    return connection.execute(changed).rowcount


def _check_gate(connection: sa.Connection, sight: Sight, wanted: WantedGate, centre: InvitingCentre) -> None:
    for name in (wanted.site, wanted.gate):
        if IDENTIFIER.fullmatch(name) is None:
            raise StoreError(
                phrase("%(name)r is not an id", name=name[:80]),
                remedy=phrase("small letters, digits, dots, dashes: SITE/GATE"),
            )
    if not sight.has_site(connection, wanted.site):
        raise StoreError(
            phrase("there is no site %(site)r", site=wanted.site), remedy=phrase("gatepost central site set")
        )
    there = (device.c.site == wanted.site) & (device.c.gate == wanted.gate) & device.c.retired_at.is_(None)
    held = connection.execute(sa.select(device.c.id).where(there)).scalars().first()
    if held is not None and not wanted.replaces:
        raise StoreError(
            phrase(
                "gate %(gate)s of %(site)s has a device already: %(held)s",
                gate=wanted.gate,
                site=wanted.site,
                held=held,
            ),
            remedy=phrase("replace its computer (gate invite --replace): its history stays with the gate"),
        )
    _check_policy(wanted, centre)


def _check_policy(wanted: WantedGate, centre: InvitingCentre) -> None:
    """A gate that its site's policy does not name lets nobody through: better said before somebody climbs."""
    named = gates_named(centre, wanted.site)
    if named is not None and wanted.gate not in named:
        missing = phrase("the policy names no gate %(gate)r, but none", gate=wanted.gate)
        if named:
            names = ", ".join(named)
            missing = phrase(
                "the policy names no gate %(gate)r, but %(names)s", gate=wanted.gate, names=names
            )
        raise StoreError(
            missing,
            where=str(_policy_of(centre, wanted.site)),
            remedy=phrase("add [gates.%(gate)s] with its mode, and publish the registry", gate=wanted.gate),
        )


def _policy_of(centre: InvitingCentre, site: str) -> Path | None:
    return None if centre.sites is None else centre.sites / site / "policy.toml"


def _free_id(connection: sa.Connection, wanted: WantedGate) -> str:
    """The device's id: of the first one site.gate; the ids of devices that were are not used again."""
    base = f"{wanted.site}.{wanted.gate}"[: MOST_LETTERS - 4]
    taken = set(connection.execute(sa.select(device.c.id).where(device.c.id.startswith(base))).scalars())
    names = (base if number == 1 else f"{base}.{number}" for number in range(1, 1000))
    found = next((name for name in names if name not in taken and refused_id(name) is None), None)
    if found is None:
        raise StoreError(
            phrase("gate %(gate)s of %(site)s has had 999 devices", gate=wanted.gate, site=wanted.site)
        )
    return found
