"""`gatepost pass`: issue, list and revoke passes, on paper or on a phone."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import cyclopts
from cyclopts import Parameter
from rich.table import Column, Table

from edge.admin.code_image import SUFFIXES, print_code, write_code
from edge.admin.passes import PassRequest, SignedPass, issue_pass
from edge.admin.probe_pass import probe_pass
from edge.admin.site_admin import SiteAdmin
from edge.admin.subject_store import IssuedPass
from edge.cli.answers import Json, answer, objects, written
from edge.cli.arguments import Until, plain
from edge.cli.sites import HERE, SiteFolder, instant, site_admin_in
from edge.cli.terminal import console
from edge.credentials.own_pass import KEY_PREFIX, PASS_ID_BYTES, holder_key_of
from edge.errors import ConfigurationError, CredentialError
from edge.signing.key_files import public_pem
from edge.support.files import make_folder, write_aside
from edge.support.modes import open_to_all

app = cyclopts.App(name="pass", help="Issue, list and revoke passes.")
page_app = cyclopts.App(name="page", help="The page by which a phone shows its pass.")
probe_app = cyclopts.App(name="probe", help="The test code that gates show to themselves.")
key_app = cyclopts.App(name="key", help="The key that passes are verified with.")
app.command(page_app)
app.command(key_app)
app.command(probe_app)

_WORKER = "sw.js"

Subject = Annotated[str | None, Parameter(name="SUBJECT", help="The person's id; a visitor may go without.")]
Visitor = Annotated[bool, Parameter(help="Not in the registry; the pass needs both times.")]
ValidFrom = Annotated[datetime | None, Parameter(help="The first moment; without a zone, the site's time.")]
Gates = Annotated[
    tuple[str, ...],
    Parameter(name=("--gates", "--gate"), help="Only these, separated by commas; by default all."),
]
FaceBound = Annotated[bool, Parameter(help="Only with the face that was enrolled last.")]
Out = Annotated[Path | None, Parameter(help="Write the code here (.png or .svg), not to the terminal.")]


@app.command(name="issue")
def issue_command(
    subject: Subject = None,
    /,
    *,
    visitor: Visitor = False,
    valid_from: ValidFrom = None,
    valid_until: Until = None,
    gates: Gates = (),
    once: Annotated[bool, Parameter(help="Opens once at this site.")] = False,
    face_bound: FaceBound = False,
    out: Out = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Issue a pass for paper or for a picture on a phone.

    Example: gatepost pass issue li-na --out li-na.png
    """
    admin = site_admin_in(folder)
    request = PassRequest(
        subject,
        visitor=visitor,
        valid_from=instant(admin, valid_from),
        valid_until=instant(admin, valid_until),
        gates=_names(gates),
        once=once,
        face_bound=face_bound,
    )
    _issue(admin, request, out, json=json)


@probe_app.command(name="show")
def show_probe(*, out: Out = None, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Show the site's probe pass, a test code that opens nothing: its gates show it to themselves.

    A registry that is built here has it already; a centre takes it from its sites/SITE/probe.pass.

    Example: gatepost pass probe show --out probe.pass
    """
    admin = site_admin_in(folder)
    text = probe_pass(admin.site.id, admin.keys.passes)
    if out is not None:
        out.write_text(text + "\n", encoding="ascii")
    answer({"site": admin.site.id, "text": text, "file": None if out is None else str(out)}, text, json=json)


@app.command
def enrol(
    subject: Subject = None,
    /,
    *,
    holder_key: Annotated[str, Parameter(help=f"The text that the phone shows ({KEY_PREFIX}…).")],
    page: Annotated[
        str | None, Parameter(help="The pass page's address: the code is a link that hands over the pass.")
    ] = None,
    visitor: Visitor = False,
    valid_from: ValidFrom = None,
    valid_until: Until = None,
    gates: Gates = (),
    face_bound: FaceBound = False,
    out: Out = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Enrol a phone: its pass counts only with the phone's fresh signature.

    Example: gatepost pass enrol li-na --holder-key GPK1:ABC --page https://pass.example.org/
    """
    admin = site_admin_in(folder)
    request = PassRequest(
        subject,
        visitor=visitor,
        valid_from=instant(admin, valid_from),
        valid_until=instant(admin, valid_until),
        gates=_names(gates),
        face_bound=face_bound,
        holder_key=_holder_key(holder_key),
    )
    _issue(admin, request, out, page=page, json=json)


@page_app.command(name="create")
def page_command(
    folder: Annotated[Path, Parameter(help="Where the page's files go.")], /, *, json: Json = False
) -> None:
    """Create the phone's page in a folder, for any web server that speaks https.

    Example: gatepost pass page create /srv/pass
    """
    make_folder(folder, 0o755)
    open_to_all(folder)
    for name, content in _page_files().items():
        write_aside(folder / name, content, 0o644)
    answer(
        {"folder": str(folder)},
        f"written to {folder}: serve it over https; a phone that opened it once needs no network",
        json=json,
    )


def _page_files() -> dict[str, bytes]:
    """The page's files by name; the service worker keeps them under their hash: a new page replaces them."""
    source = files("edge.credentials.own_pass").joinpath("holder_page")
    content = {item.name: item.read_bytes() for item in source.iterdir()}
    version = hashlib.sha256(b"".join(content[name] for name in sorted(content))).hexdigest()[:12]
    return content | {_WORKER: content[_WORKER].replace(b"VERSION", version.encode())}


@app.command(name="list")
def list_passes(*, json: Json = False, folder: SiteFolder = HERE) -> None:
    """List the passes that were issued here.

    Example: gatepost pass list
    """
    passes = site_admin_in(folder).store.passes()
    if json:
        objects(_listed(item) for item in passes)
        return
    identity = Column("pass", min_width=2 * PASS_ID_BYTES, no_wrap=True)
    table = Table(identity, "subject", "issued (UTC)", "until (UTC)", "state")
    for item in passes:
        table.add_row(item.id, item.subject_id, _minute(item.issued), _minute(item.valid_until), _state(item))
    console().print(table)


@key_app.command(name="show")
def key_command(*, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Show the public key that this site's passes are verified with (PEM).

    Example: gatepost pass key show
    """
    pem = public_pem(site_admin_in(folder).keys.passes.public_key()).decode()
    answer({"key": pem}, pem.removesuffix("\n"), json=json)


@app.command
def revoke(
    pass_id: Annotated[str, Parameter(name="PASS", help="The pass's id.")],
    /,
    *,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Revoke a pass; the gates learn it with the next registry.

    Example: gatepost pass revoke 0123456789abcdef
    """
    name = pass_id.lower()
    site_admin_in(folder).store.revoke_pass(name)
    answer({"pass": name}, f"{name} is revoked; gatepost registry build tells the gates", json=json)


def _listed(item: IssuedPass) -> dict[str, Any]:
    fields = plain(item)
    return {"pass": fields.pop("id"), "subject": fields.pop("subject_id"), **fields, "state": _state(item)}


def _minute(moment: str | None) -> str:
    """A time of the store as people read it."""
    return "" if moment is None else f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M}"


def _state(item: IssuedPass) -> str:
    if item.revoked:
        return "revoked"
    until = None if item.valid_until is None else datetime.fromisoformat(item.valid_until)
    return "expired" if until is not None and until <= datetime.now(UTC) else "issued"


def _names(gates: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.strip() for item in gates for name in item.split(",") if name.strip())


def _holder_key(text: str) -> bytes:
    try:
        return holder_key_of(text.strip("\r\n"))
    except CredentialError as error:
        raise ConfigurationError(error.what, where="--holder-key", remedy=error.remedy) from None


def _issue(
    admin: SiteAdmin, request: PassRequest, out: Path | None, *, page: str | None = None, json: bool
) -> None:
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise ConfigurationError("a code is written as .png or .svg", where=str(out))
    if out is not None and not out.parent.is_dir():
        # Before it is issued, so that no pass is noted that nobody has.
        raise ConfigurationError("could not be written: there is no such folder", where=str(out))
    issued = issue_pass(admin, request, datetime.now(UTC))
    shown = issued.text if page is None else f"{page}#{quote(issued.text, safe='')}"
    if out is not None:
        write_code(shown, out)
    if json:
        objects([_described(issued, out)])
        return
    if out is None:
        print_code(shown, sys.stdout)
        print(shown)
    else:
        print(f"written to {out}")
    print(f"pass {issued.claims.pass_id} for {issued.claims.subject_id}")


def _described(issued: SignedPass, out: Path | None) -> dict[str, Any]:
    claims = issued.claims
    return {
        "pass": claims.pass_id,
        "subject": claims.subject_id,
        "site": claims.site,
        "kind": claims.kind,
        "issued": claims.issued,
        "valid_from": claims.valid_from,
        "valid_until": claims.valid_until,
        "gates": claims.gates,
        "once": claims.once,
        "face_bound": claims.face_commitment is not None,
        "on_phone": claims.holder_key is not None,
        "text": issued.text,
        "file": written(out),
    }
