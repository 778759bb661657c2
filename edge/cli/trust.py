"""`gatepost trust`: whose health certificates count at this site, and which are revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.lists import LIST_LIFETIME, IssuerListAdmin
from edge.cli.answers import Json, answer, objects
from edge.cli.arguments import LASTING
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.errors import ConfigurationError
from edge.support.counted import counted
from edge.support.files import read_bounded

app = cyclopts.App(name="trust", help="Keep the issuers of health certificates, and what is revoked.")

_MOST_REVOKED_BYTES = 32 << 20


_TELL = "gatepost trust build tells the gates"


@app.command(name="import")
def import_issuers(
    *files: Annotated[
        Path, ToRead, Parameter(name="FILE", help="Certificates, JWK sets, directories of issuers.")
    ],
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Import issuers to believe: certificates (PEM, DER), JWK sets, the EU's and the SHC's directories.

    A card issuer's revocation list (`/.well-known/crl/….json`) is taken too. The signature line above a
    published list is not checked: fetch it from its publisher.

    Example: gatepost trust import issuers.json
    """
    admin = IssuerListAdmin(site_admin_in(folder))
    for file in files:
        kept = admin.add(file)
        left_out = (f"{file}: {_unread(kept.left_out)}, and left out",) if kept.left_out else ()
        answer(
            {"source": str(file), "file": kept.name, "left_out": kept.left_out},
            f"{file}: kept as {kept.name}",
            *left_out,
            json=json,
        )
    if not json:
        print(_TELL)


def _unread(count: int) -> str:
    return counted(count, "entry cannot be read", "entries cannot be read")


@app.command(name="list")
def list_sources(*, json: Json = False, folder: SiteFolder = HERE) -> None:
    """List the files whose issuers are believed.

    Example: gatepost trust list
    """
    for path in IssuerListAdmin(site_admin_in(folder)).sources():
        size = path.stat().st_size
        answer({"file": path.name, "size": size}, f"{path.name}  {counted(size, 'byte')}", json=json)


@app.command
def remove(
    name: Annotated[str, Parameter(name="FILE", help="The file's name, as trust list shows it.")],
    /,
    *,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Remove a file: its issuers are believed no more.

    Example: gatepost trust remove issuers-0123456789abcdef.json
    """
    IssuerListAdmin(site_admin_in(folder)).remove(name)
    answer({"file": name}, f"removed {name}; {_TELL}", json=json)


@app.command
def revoke(
    *identifiers: Annotated[
        str, Parameter(name="ID", help="UVCIs, in any spelling, or the hashes in the journal.")
    ],
    file: Annotated[Path | None, ToRead, Parameter(help="Ids or their hashes, one a line.")] = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Revoke certificates by their ids, or by the truncated hashes in the journal.

    Example: gatepost trust revoke URN:UVCI:01:AT:1
    """
    if not identifiers and file is None:
        raise ConfigurationError("which certificates?", remedy="name their ids, or a --file of them")
    listed = [] if file is None else _lines(file)
    count = IssuerListAdmin(site_admin_in(folder)).revoke([*identifiers, *listed])
    answer({"count": count}, f"{counted(count, 'more certificate')} revoked; {_TELL}", json=json)


@app.command
def build(
    *,
    expires_in: Annotated[
        timedelta, LASTING, Parameter(help="7d, 12h: when the lists are degraded.")
    ] = LIST_LIFETIME,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Sign both lists under their next versions, for gates that hold a registry of this site.

    Example: gatepost trust build
    """
    told = IssuerListAdmin(site_admin_in(folder)).publish(datetime.now(UTC), expires_in)
    lists = {
        "issuers": (told.issuers_version, told.issuers),
        "revocations": (told.revocations_version, told.revoked),
    }
    if json:
        objects(
            {"list": name, "version": version, "count": count} for name, (version, count) in lists.items()
        )
        return
    for name, (version, count) in lists.items():
        print(f"{name} version {version}: {counted(count, 'entry', 'entries')}")
    print(f"revocations, the change since the last: {counted(told.changed, 'byte')}")


def _lines(path: Path) -> list[str]:
    try:
        text = read_bounded(path, _MOST_REVOKED_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8", where=str(path), remedy="name a text file") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
