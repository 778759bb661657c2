"""`gatepost central ca`: the site's own small certificate authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, JsonLogs, answer
from edge.cli.files_to_read import Reads, ToRead
from edge.cli.logs import log_to_stderr
from edge.support.counted import counted
from sync.ca.certificate_authority import (
    DEVICES,
    MOST_CODE_HOURS,
    SERVICES,
    CertificateAuthority,
    init_certificate_authority,
    open_certificate_authority,
)
from sync.ca.certificates import fingerprint
from sync.cli.central_context import AUTHORITY

ca_app = cyclopts.App(name="ca", help="The site's own small certificate authority.")
code_app = cyclopts.App(name="code", help="The one-time codes by which devices enrol.")
site_app = cyclopts.App(name="site", help="What the authority gives devices that enrol, of each site.")
ca_app.command(code_app)
ca_app.command(site_app)

BROKER_FOLDER, CENTRAL_FOLDER = Path("/etc/gatepost/broker"), Path("/etc/gatepost-central/tls")
DOOR = Path("/var/lib/gatepost-door")
_FOLDER = Parameter(name="--folder", help="The authority's folder.")
NewFolder = Annotated[Path, _FOLDER]
Folder = Annotated[Path, Reads("gatepost central ca init"), _FOLDER]
Hosts = tuple[str, ...]


def utc_now() -> datetime:
    return datetime.now(UTC)


def _authority(folder: Path) -> CertificateAuthority:
    return open_certificate_authority(folder, utc_now)


@ca_app.command
def init(
    *,
    site: Annotated[str, Parameter(help="The site's id: what the authorities are named after.")],
    host: Annotated[Hosts, Parameter(help="The broker's name or address; may be repeated.")],
    json: Json = False,
    folder: NewFolder = AUTHORITY,
) -> None:
    """Make two authorities (devices, services), and certificates for broker, enrolment and central.

    Example: gatepost central ca init --site green-court --host broker.example.org
    """
    authority = init_certificate_authority(folder, site, utc_now, host)
    authority.issue_service("broker", host)
    authority.issue_service("enrolment", host)
    authority.issue_service("central", ())
    mark = fingerprint(authority.certificate(SERVICES))
    answer(
        {"folder": str(folder), "fingerprint": mark},
        f"authorities in {folder}: keep {DEVICES}-ca.key and {SERVICES}-ca.key where you keep other keys",
        "the broker needs: devices-ca.pem services-ca.pem devices.crl services.crl broker.pem broker.key",
        "central needs:    services-ca.pem central-tls.pem central-tls.key",
        f"fingerprint: {mark}",
        json=json,
    )


@ca_app.command
def show(*, json: Json = False, folder: Folder = AUTHORITY) -> None:
    """Show the fingerprint that is given, with a code, to the person who enrols a device.

    Example: gatepost central ca show
    """
    mark = fingerprint(_authority(folder).certificate(SERVICES))
    answer({"fingerprint": mark}, f"fingerprint: {mark}", json=json)


@code_app.command(name="create")
def create_code(
    device: Annotated[str, Parameter(name="DEVICE", help="The id that the device gets.")],
    /,
    *,
    hours: Annotated[
        float, Parameter(help="So long it holds; at most 720.", validator=Number(gt=0, lte=MOST_CODE_HOURS))
    ] = 24.0,
    json: Json = False,
    folder: Folder = AUTHORITY,
) -> None:
    """Create a one-time code by which DEVICE may enrol; one that it had before holds no more.

    Example: gatepost central ca code create green-court.main
    """
    authority = _authority(folder)
    text = authority.new_code(device, timedelta(hours=hours))
    mark = fingerprint(authority.certificate(SERVICES))
    answer(
        {"device": device, "code": text, "fingerprint": mark, "hours": hours},
        f"on the device, within {counted(hours, 'hour')}:",
        f"  gatepost device enrol {device} --url https://HOST:8443 --code {text} \\",
        f"      --fingerprint {mark}",
        json=json,
    )


@ca_app.command(name="list")
def list_certificates(*, json: Json = False, folder: Folder = AUTHORITY) -> None:
    """List the certificates that were issued.

    Example: gatepost central ca list
    """
    at = utc_now()
    for item in _authority(folder).issued():
        state = "revoked" if item.revoked else "expired" if item.expires <= at else "valid"
        serial = f"{item.serial:x}"
        fields = {"authority": item.authority, "name": item.name, "state": state}
        answer(
            fields | {"until": item.expires, "serial": serial},
            f"{item.authority:<8} {item.name:<32} {state:<8} until {item.expires:%Y-%m-%d}  {serial}",
            json=json,
        )


@ca_app.command
def revoke(
    name: Annotated[str, Parameter(help="A device's id, or with --service a service's name.")],
    /,
    *,
    service: Annotated[bool, Parameter(help="NAME is a service.")] = False,
    json: Json = False,
    folder: Folder = AUTHORITY,
) -> int:
    """Revoke every certificate of NAME; exit 1 if it had none.

    Example: gatepost central ca revoke green-court.main
    """
    authority = SERVICES if service else DEVICES
    count = _authority(folder).revoke(authority, name)
    said = [f"{name} has no certificate that counts: gatepost central ca list"]
    if count:
        said = [f"{counted(count, 'certificate')} revoked; copy {authority}.crl to the broker and reload it"]
    if count and not service:
        said += [
            f"at the centre, now:   gatepost central gate suspend {name}   (gone for good: retire)",
            f"and after the reload: gatepost central gate disconnect {name}",
        ]
    answer({"name": name, "count": count, "file": f"{authority}.crl"}, *said, json=json)
    return 0 if count else 1


@ca_app.command
def issue(
    name: Annotated[str, Parameter(help="The service's name: broker, enrolment, central ….")],
    /,
    *,
    host: Annotated[Hosts, Parameter(help="A server's name or address; none for a client.")] = (),
    json: Json = False,
    folder: Folder = AUTHORITY,
) -> None:
    """Issue, or renew, a service's certificate: a server at the hosts, or a client without any.

    Example: gatepost central ca issue broker --host broker.example.org
    """
    certificate, key = _authority(folder).issue_service(name, host)
    answer({"certificate": str(certificate), "key": str(key)}, f"{certificate} {key}", json=json)


@site_app.command(name="set")
def set_site(
    site: Annotated[str, Parameter(name="SITE", help="The site's id.")],
    /,
    *,
    source: Annotated[
        Path, ToRead, Parameter(name="--from", help="The site's folder `keys`, or one of its gates'.")
    ],
    json: Json = False,
    folder: Folder = AUTHORITY,
) -> None:
    """Set what devices of SITE get when they enrol: its root's public keys, and the key of its templates.

    The authority keeps both, readable by its user alone; central never has the template key.

    Example: gatepost central ca site set green-court --from green-court/keys
    """
    from sync.ca.site_secrets import keep_site_secrets

    open_certificate_authority(folder, utc_now)
    keep_site_secrets(folder, site, source)
    answer(
        {"site": site, "folder": str(folder)}, f"devices of {site} get its keys when they enrol", json=json
    )


@ca_app.command
def renew(
    *,
    now: Annotated[bool, Parameter(help="In any case.")] = False,
    broker: Annotated[Path, Parameter(help="What the broker reads.")] = BROKER_FOLDER,
    central: Annotated[Path, Parameter(help="What central reads.")] = CENTRAL_FOLDER,
    json: Json = False,
    folder: Folder = AUTHORITY,
) -> None:
    """Renew the services' certificates that are due, and bring them, and the lists of what was revoked, to
    where broker and central read them. A folder that is not there is left out.

    Example: gatepost central ca renew
    """
    from sync.ca.renewing import BROKER_FILES, CENTRAL_FILES, deliver, renew_services

    renewed = renew_services(_authority(folder), folder, utc_now(), all_of_them=now)
    places = ((BROKER_FILES, broker), (CENTRAL_FILES, central))
    written = [path for names, place in places if place.is_dir() for path in deliver(folder, names, place)]
    answer(
        {"renewed": renewed, "files": written},
        f"renewed: {', '.join(renewed) or 'nothing is due'}",
        *(f"written: {path}" for path in written),
        json=json,
    )


@ca_app.command
def run(
    *,
    listen: Annotated[str, Parameter(help="The address to listen at.")] = "0.0.0.0",  # noqa: S104
    port: Annotated[int, Parameter(help="The port to listen at.", validator=Number(gte=0, lte=65535))] = 8443,
    idle: Annotated[
        float | None,
        Parameter(
            help="End after so many seconds in which nobody called; by default never.",
            validator=Number(gt=0, lte=10**8),
        ),
    ] = None,
    meeting: Annotated[
        Path, Parameter(name="--meeting", help="Where the door meets central: [adoption] folder.")
    ] = DOOR,
    json: JsonLogs = False,
    folder: Folder = AUTHORITY,
) -> None:
    """Run the door at which devices enrol and renew, in the foreground.

    Example: gatepost central ca run --port 8443
    """
    from sync.ca.door import run_door

    log_to_stderr(json=json)
    run_door(_authority(folder), folder, meeting if meeting.is_dir() else None, (listen, port), idle, utc_now)
