"""`gatepost central ca`: the site's own small certificate authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.logs import log_to_stderr
from sync.ca.certificate_authority import DEVICES, SERVICES, CertificateAuthority
from sync.ca.certificates import AuthorityError, fingerprint
from sync.ca.serving import serve as serve_door
from sync.ca.serving import server_of
from sync.ca.web import door

app = cyclopts.App(name="ca", help="The site's own small certificate authority.")

HERE = Path("authority")
Folder = Annotated[Path, Parameter(name="--folder", help="the authority's folder")]


def _authority(folder: Path) -> CertificateAuthority:
    return CertificateAuthority(folder, lambda: datetime.now(UTC))


@app.command
def init(
    *,
    site: Annotated[str, Parameter(help="what the authorities are named after")],
    host: Annotated[tuple[str, ...], Parameter(help="the broker's names or addresses; may be repeated")],
    folder: Folder = HERE,
) -> None:
    """Make two authorities (devices, services), and certificates for broker, enrolment and central."""
    authority = _authority(folder)
    authority.found(site)
    authority.serve_as("broker", host)
    authority.serve_as("enrolment", host)
    authority.serve_as("central", ())
    print(f"authorities in {folder}: keep {DEVICES}-ca.key and {SERVICES}-ca.key where you keep other keys")
    print("the broker needs: devices-ca.pem services-ca.pem devices.crl services.crl broker.pem broker.key")
    print("central needs:    services-ca.pem central.pem central.key")
    show(folder=folder)


@app.command
def show(*, folder: Folder = HERE) -> None:
    """Show the fingerprint that is given, with a code, to whoever enrols a device."""
    print(f"fingerprint: {fingerprint(_authority(folder).certificate(SERVICES))}")


@app.command
def code(device: str, *, hours: float = 24.0, folder: Folder = HERE) -> None:
    """Make a one-time code by which DEVICE may enrol; one that it had before holds no more."""
    authority = _authority(folder)
    if not 0 < hours <= 24 * 30:
        raise AuthorityError(f"a code cannot hold for {hours} hours", remedy="more than none, up to 720")
    text = authority.new_code(device, timedelta(hours=hours))
    print(f"on the device, within {hours:g} hours:")
    print(f"  gatepost device enrol {device} --url https://HOST:8443 --code {text} \\")
    print(f"      --fingerprint {fingerprint(authority.certificate(SERVICES))}")


@app.command(name="list")
def list_(*, folder: Folder = HERE) -> None:
    """List the certificates that were issued."""
    now = datetime.now(UTC)
    for item in _authority(folder).issued():
        state = "revoked" if item.revoked else "expired" if item.expires <= now else "valid"
        print(
            f"{item.authority:<8} {item.name:<32} {state:<8} until {item.expires:%Y-%m-%d}  {item.serial:x}"
        )


@app.command
def revoke(name: str, *, service: bool = False, folder: Folder = HERE) -> int:
    """Revoke every certificate of NAME, a device (or, with --service, a service); exit 1 if it had none."""
    authority = SERVICES if service else DEVICES
    count = _authority(folder).revoke(authority, name)
    print(f"{count} certificates revoked; copy {authority}.crl to the broker and reload it")
    if not service:
        print(f"at the centre, now:   gatepost central gates suspend {name}   (gone for good: retire)")
        print(f"and after the reload: gatepost central gates disconnect {name}")
    return 0 if count else 1


@app.command
def service(name: str, *, host: tuple[str, ...] = (), folder: Folder = HERE) -> None:
    """Issue, or renew, a service's certificate: a server at the hosts, or a client without any."""
    certificate, key = _authority(folder).serve_as(name, host)
    print(f"{certificate} {key}")


@app.command
def serve(*, listen: str = "0.0.0.0", port: int = 8443, folder: Folder = HERE) -> None:  # noqa: S104
    """Open the door at which devices enrol and renew, in the foreground."""
    log_to_stderr(json=False)
    files = (folder / "enrolment.pem", folder / "enrolment.key")
    serve_door(server_of(door(_authority(folder)), (listen, port), files))
