"""`gatepost device`: who this device is: its keys, made here, and its certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.signing.key_files import make_private_key, public_pem, read_private_key
from edge.support.files import write_aside
from sync.ca.certificates import name_of
from sync.ca.device import Identity, address_of, enrol, is_due, renew
from sync.ca.files import read_certificate

app = cyclopts.App(name="device", help="Who this device is: its keys, made here, and its certificate.")

HERE = Path("/var/lib/gatepost-sync/identity")


@app.command(name="enrol")
def enrol_device(
    device: str,
    *,
    url: Annotated[str, Parameter(help="the authority's door: https://HOST:8443")],
    code: Annotated[str, Parameter(help="the one-time code")],
    fingerprint: Annotated[str, Parameter(help="of the services' authority: gatepost central ca show")],
    folder: Path = HERE,
) -> None:
    """Make this device's keys and get its first certificate. The keys never leave the device."""
    identity = Identity(folder)
    certificate = enrol(identity, device, url, code, fingerprint)
    message = folder / "message.key"
    key = read_private_key(message) if message.exists() else make_private_key(message)
    public = message.with_suffix(".pub")
    write_aside(public, public_pem(key.public_key()), 0o644)
    print(f"{device} is enrolled until {certificate.not_valid_after_utc:%Y-%m-%d}")
    print(f"sync.toml: device.key {message}; broker.ca {identity.services},")
    print(f"           broker.certificate {identity.certificate}, broker.key {identity.key}")
    print(f"at the centre: gatepost central gates add {device} --site SITE --gate GATE --key {public.name}")


@app.command(name="renew")
def renew_certificate(folder: Path = HERE, *, now: bool = False) -> None:
    """Renew the certificate if two thirds of its life are over (or, with --now, in any case)."""
    identity = Identity(folder)
    if not now and not is_due(identity, datetime.now(UTC)):
        print(f"not due: {_until(identity)}")
        return
    renew(identity, address_of(identity))
    print(f"renewed: {_until(identity)}")


@app.command
def show(folder: Path = HERE) -> None:
    """Show who this device is and until when."""
    identity = Identity(folder)
    print(f"{name_of(read_certificate(identity.certificate))} {_until(identity)}")


def _until(identity: Identity) -> str:
    return f"until {read_certificate(identity.certificate).not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
