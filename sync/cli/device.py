"""`gatepost device`: who this device is: its keys, made here, and its certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.files_to_read import Reads
from edge.signing.key_files import make_private_key, public_pem, read_private_key
from edge.support.files import write_aside
from sync.ca.certificates import name_of
from sync.ca.device import Identity, address_of, certificate_of, enrol, is_renewal_due, renew

app = cyclopts.App(name="device", help="Who this device is: its keys, made here, and its certificate.")

HERE = Path("/var/lib/gatepost-sync/identity")
_FOLDER = Parameter(name="--folder", help="The folder of its keys and certificates.")
NewFolder = Annotated[Path, _FOLDER]
Folder = Annotated[Path, Reads("gatepost device enrol"), _FOLDER]


@app.command(name="enrol")
def enrol_device(
    device: Annotated[str, Parameter(name="DEVICE", help="The id that it gets, as the code names it.")],
    /,
    *,
    url: Annotated[str, Parameter(help="The authority's door: https://HOST:8443.")],
    code: Annotated[str, Parameter(help="The one-time code.")],
    fingerprint: Annotated[str, Parameter(help="Of the services' authority: gatepost central ca show.")],
    json: Json = False,
    folder: NewFolder = HERE,
) -> None:
    """Enrol this device: make its keys and get its first certificate. The keys never leave the device.

    Example: gatepost device enrol green-court.main --url https://10.0.0.1:8443 --code ABCD --fingerprint 00FF
    """
    identity = Identity(folder)
    certificate = enrol(identity, device, url, code, fingerprint)
    message = folder / "message.key"
    key = read_private_key(message) if message.exists() else make_private_key(message)
    public = message.with_suffix(".pub")
    write_aside(public, public_pem(key.public_key()), 0o644)
    answer(
        {
            "device": device,
            "until": certificate.not_valid_after_utc,
            "folder": str(folder),
            "key": str(public),
        },
        f"{device} is enrolled until {certificate.not_valid_after_utc:%Y-%m-%d}",
        f"sync.toml: device.key {message}; broker.ca {identity.services},",
        f"           broker.certificate {identity.certificate}, broker.key {identity.key}",
        f"at the centre: gatepost central gate create {device} --site SITE --gate GATE --key {public.name}",
        json=json,
    )


@app.command(name="renew")
def renew_certificate(
    *,
    now: Annotated[bool, Parameter(help="In any case.")] = False,
    json: Json = False,
    folder: Folder = HERE,
) -> None:
    """Renew the certificate if two thirds of its life are over, or with --now in any case.

    Example: gatepost device renew
    """
    identity = Identity(folder)
    due = now or is_renewal_due(identity, datetime.now(UTC))
    if due:
        renew(identity, address_of(identity))
    _show(identity, "renewed: " if due else "not due: ", json=json, renewed=due)


@app.command
def show(*, json: Json = False, folder: Folder = HERE) -> None:
    """Show who this device is and until when.

    Example: gatepost device show
    """
    identity = Identity(folder)
    _show(identity, f"{name_of(certificate_of(identity))} ", json=json)


def _show(identity: Identity, before: str, *, json: bool, **more: bool) -> None:
    certificate = certificate_of(identity)
    until = certificate.not_valid_after_utc
    fields = {"device": name_of(certificate), "until": until, **more}
    answer(fields, f"{before}until {until:%Y-%m-%d %H:%M} UTC", json=json)
