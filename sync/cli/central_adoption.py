"""`gatepost central gate invite`, `invitation` and `revoke`: how a gate's computer comes, and how it goes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.files_to_read import Reads
from edge.errors import ConfigurationError, GatepostError
from edge.support.counted import counted
from edge.support.files import read_bounded, write_aside
from sync.central.adoption.asking import bring_in_line
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.listing import gate_invitations
from sync.central.adoption.revoking import note_revoked, revoke_device
from sync.central.configuration import load_configuration
from sync.central.devices.devices import site_of
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.cli.central_context import (
    AUTHORITY,
    CentralFile,
    DeviceId,
    Whose,
    central_file,
    iso,
    opened,
    shown,
    whose,
)
from sync.transport.clock import wall

if TYPE_CHECKING:
    from sync.central.adoption.centre import InvitingCentre

invitation_app = cyclopts.App(name="invitation", help="The codes by which gates come, and how far each is.")

BROKER_LIST = Path("/etc/gatepost/broker/devices.crl")
_MOST_LIST_BYTES = 16 << 20
_WAYS = {
    "entry": "people come in there, and setup offers that: --direction says another way",
    "exit": "people go out there, and setup offers that: --direction says another way",
    "both": "people pass there both ways, and setup offers that: --direction says another way",
}
_RELOAD = ("systemctl", "reload", "mosquitto")
_WITHIN = 30.0


def invite(
    gate: Annotated[str, Parameter(name="SITE/GATE", help="Which gate, as its site's policy names it.")],
    /,
    *,
    direction: Annotated[
        Literal["entry", "exit", "both"] | None,
        Parameter(help="Which way people pass; by default as is known of the gate, else entry."),
    ] = None,
    language: Annotated[
        Literal["zh", "en"] | None,
        Parameter(help="What it says to people who are unknown; by default as it did, else zh."),
    ] = None,
    replace: Annotated[bool, Parameter(help="In the place of its device, which is retired.")] = False,
    hours: Annotated[
        float | None, Parameter(help="So long the code holds; by default [adoption] hours.")
    ] = None,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Invite a gate: make the one code that its computer enrols by. An earlier one that nobody used ends."""
    from sync.central.adoption.inviting import WantedGate, invite_gate

    site, _, name = gate.partition("/")
    if not site or not name:
        raise ConfigurationError(f"expected SITE/GATE, got {gate!r}", remedy="green-court/main, for example")
    centre = _centre(config)
    wanted = WantedGate(site, name, direction, language, replace, hours)
    with opened(config) as store:
        with store.writing() as connection:
            made = invite_gate(connection, whose(actor), EVERYWHERE, wanted, centre, wall(), token_bytes)
        why = _tell_door(store, config, invited=True)
    answer(
        {
            "invitation": made.asked.number,
            "device": made.asked.part.device,
            "code": made.typed,
            "until": iso(made.asked.until),
            "direction": made.asked.part.direction or "",
            "not_at_door": why,
        },
        "on the gate's computer, with the package installed:",
        f"  gatepost setup --enrol {made.typed}",
        f"until {shown(made.asked.until)} UTC, once; it will be the device {made.asked.part.device}",
        *(text for way, text in _WAYS.items() if way == made.asked.part.direction),
        *([f"the door does not have it yet, and refuses the code until it does: {why}"] if why else []),
        json=json,
    )


@invitation_app.command(name="list")
def list_invitations(*, json: Json = False, config: CentralFile = None) -> None:
    """List the newest invitations, and how far each is: invited, enrolled, connected, supplied, decided.

    Example: gatepost central gate invitation list
    """
    with opened(config) as store, store.reading() as connection:
        found = gate_invitations(connection, EVERYWHERE, wall())
    for item in found:
        answer(
            {
                "invitation": item.number,
                "site": item.site,
                "gate": item.gate,
                "device": item.device,
                "state": item.progress,
                "until": iso(item.until),
                "trouble": item.trouble,
            },
            f"{item.number:<5} {item.site + '/' + item.gate:<28} {item.device:<28} {item.progress:<10}"
            f" until {shown(item.until)}",
            *([f"      {item.trouble}"] if item.trouble else []),
            json=json,
        )


@invitation_app.command(name="revoke")
def revoke_invitation(
    number: Annotated[
        int, Parameter(name="INVITATION", help="Its number: gatepost central gate invitation list.")
    ],
    /,
    *,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Revoke an invitation that nobody used: its code lets nobody in any more.

    Example: gatepost central gate invitation revoke 12
    """
    from sync.central.adoption.inviting import withdraw_gate_invitation

    with opened(config) as store:
        with store.writing() as connection:
            device = withdraw_gate_invitation(connection, whose(actor), EVERYWHERE, number, wall())
        why = _tell_door(store, config, invited=False)
    said = "lets nobody in any more"
    if why:
        said = f"is withdrawn; the door does not know it yet, and takes its code until it does: {why}"
    fields = {"invitation": number, "device": device, "not_at_door": why}
    answer(fields, f"invitation {number} {said}", json=json)


def revoke(
    device: DeviceId,
    /,
    *,
    authority: Annotated[
        Path,
        Reads("leave it out where the authority is elsewhere"),
        Parameter(help="The authority's folder, where it is on this machine."),
    ] = AUTHORITY,
    broker_list: Annotated[Path, Parameter(help="The broker's copy of the revocations.")] = BROKER_LIST,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Revoke DEVICE, which was lost: its word, its certificate and its connection end at once."""
    said, code = revoke_at_once(config, authority, broker_list, device, actor)
    with opened(config) as store, store.reading() as connection:
        site = site_of(connection, device)
    said += [
        f"whoever has it may read what {site}'s gates hold: the site's template key counts as known.",
        f"exchange that key: gatepost central template-key exchange {site} --lost {device}",
    ]
    answer({"device": device, "state": "revoked", "site": site, "text": "; ".join(said)}, *said, json=json)
    return code


def revoke_at_once(
    config: Path | None, authority: Path, broker_list: Path, device: str, actor: str, site: str = ""
) -> tuple[list[str], int]:
    """Revoke a device (of `site`, if one is named); what came of it, and 1 where a part was not reached."""
    with opened(config) as store, store.writing() as connection:
        if site and site_of(connection, device) not in {None, site}:
            raise ConfigurationError(
                f"{device!r} is no device of {site}", remedy="gatepost central gate list"
            )
        revoke_device(connection, whose(actor), EVERYWHERE, device, wall())
    said, code = [f"central refuses {device} from now on"], 0
    try:
        revoked, code = _certificates_revoked(config, authority, broker_list, device)
        said += revoked
    except (GatepostError, OSError) as error:
        code = 1
        said.append(f"its certificates are not revoked yet: {error}")
    try:
        said.append(_connection_ended(config, device))
    except GatepostError as error:
        code = 1
        said.append(f"its connection, if it has one, was not ended: {error}")
    return said, code


# --- inside --------------------------------------------------------------------------------


def _centre(config: Path | None) -> InvitingCentre:
    from sync.central.adoption.centre import inviting_centre

    file = central_file(config)
    found = inviting_centre(load_configuration(file))
    if found is None:
        raise ConfigurationError(
            "has no [adoption]",
            where=str(file),
            remedy='add it: [adoption] door = "HOST:8443" (docs/adopting.md)',
        )
    return found


def _tell_door(store: Store, config: Path | None, *, invited: bool) -> str:
    """Leave for the door what was done, and return why that could not be ("": it lies there): then the daemon
    does it, once it can. What a standby does not have yet concerns who `invited` alone.
    """
    from sync.central.adoption.centre import inviting_centre

    try:
        centre = inviting_centre(load_configuration(central_file(config)))
        if centre is None:
            return ""
        asked = bring_in_line(store, InvitationExchange(centre.folder), wall())
    except GatepostError as error:
        return str(error)
    return str(asked.not_left) if invited and asked.not_left is not None else ""


def _certificates_revoked(
    config: Path | None, authority: Path, broker_list: Path, device: str
) -> tuple[list[str], int]:
    """Revoke at the authority, and give the broker its list, as far as both are on this machine.

    1 where the broker is here and has not read it: until it does, it lets the device in.
    """
    from sync.ca.certificate_authority import DEVICES, open_certificate_authority
    from sync.cli.central_ca import utc_now

    # Path.exists() raises where the folder is another user's.
    if not os.access(authority / f"{DEVICES}-ca.key", os.R_OK):
        return ["the authority is elsewhere, or not yours to read: its door revokes the certificates next"], 0
    count = open_certificate_authority(authority, utc_now).revoke(DEVICES, device)
    with opened(config) as store, store.writing() as connection:
        note_revoked(connection, device, count, wall())
    # The door, which central asks too, may have been first.
    said = [f"{counted(count, 'certificate')} revoked" if count else "it has no certificate left that counts"]
    if not os.access(broker_list, os.F_OK):
        return [*said, f"copy {authority / f'{DEVICES}.crl'} to the broker, and reload it"], 0
    write_aside(broker_list, read_bounded(authority / f"{DEVICES}.crl", _MOST_LIST_BYTES), like=broker_list)
    failure = _reload_of_the_broker()
    if failure:
        return [*said, f"the broker has the list, and did not read it: {failure}; {' '.join(_RELOAD)}"], 1
    return [*said, "the broker has read the list"], 0


def _reload_of_the_broker() -> str:
    """Have the broker read its files again; what went wrong, empty where nothing did."""
    try:
        done = subprocess.run(_RELOAD, check=False, capture_output=True, text=True, timeout=_WITHIN)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.strip()[:200] or f"ended with {done.returncode}") if done.returncode else ""


def _connection_ended(config: Path | None, device: str) -> str:
    """What became of its connection; central's own process, which refuses it too, may have been first."""
    from sync.cli.central_gates import told_to_leave
    from sync.wire import RefusedDevice

    was_there = told_to_leave(config, device, RefusedDevice.SUSPENDED)
    return "its connection was ended" if was_there else "it is not connected"
