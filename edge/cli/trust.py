"""`gatepost trust`: whose health certificates count at this site, and which are revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.lists import LIST_LIFETIME, IssuerListAdmin
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.errors import ConfigurationError
from edge.support.files import read_bounded

app = cyclopts.App(name="trust", help="Keep the issuers of health certificates, and what is revoked.")

_MOST_REVOKED_BYTES = 32 << 20


@app.command(name="import")
def import_issuers(*files: Path, site: SiteFolder = HERE) -> None:
    """Believe the issuers in FILES: certificates (PEM, DER), JWK sets, the EU's and the SHC's directories.

    A card issuer's revocation list (`/.well-known/crl/….json`) is taken too. The signature line above a
    published list is not checked: fetch it from its publisher.
    """
    admin = IssuerListAdmin(site_admin_in(site))
    for file in files:
        kept = admin.add(file)
        print(f"{file}: kept as {kept.name}")
        if kept.left_out:
            print(f"{file}: {kept.left_out} entries cannot be read, and are left out")
    print("gatepost trust publish tells the gates")


@app.command(name="list")
def list_sources(*, site: SiteFolder = HERE) -> None:
    """Show the files whose issuers are believed."""
    for path in IssuerListAdmin(site_admin_in(site)).sources():
        print(f"{path.name}  {path.stat().st_size} bytes")


@app.command
def remove(name: str, *, site: SiteFolder = HERE) -> None:
    """Believe the issuers of the file NAME no more."""
    IssuerListAdmin(site_admin_in(site)).remove(name)
    print(f"removed {name}; gatepost trust publish tells the gates")


@app.command
def revoke(
    *identifiers: str,
    file: Annotated[Path | None, Parameter(help="ids or their hashes, one a line")] = None,
    site: SiteFolder = HERE,
) -> None:
    """Revoke certificates by their ids (UVCI, in any spelling), or by the truncated hash in the journal."""
    listed = [] if file is None else _lines(file)
    count = IssuerListAdmin(site_admin_in(site)).revoke([*identifiers, *listed])
    print(f"{count} more revoked; gatepost trust publish tells the gates")


@app.command
def publish(
    *,
    expires_in: Annotated[timedelta, Parameter(help="7d, 12h: when the lists are degraded")] = LIST_LIFETIME,
    site: SiteFolder = HERE,
) -> None:
    """Sign both lists under their next versions, for gates that hold a registry of this site."""
    told = IssuerListAdmin(site_admin_in(site)).publish(datetime.now(UTC), expires_in)
    print(f"issuers version {told.issuers_version}: {told.issuers} entries")
    print(
        f"revocations version {told.revocations_version}: {told.revoked} entries, "
        f"the change since the last: {told.changed} bytes"
    )


def _lines(path: Path) -> list[str]:
    try:
        text = read_bounded(path, _MOST_REVOKED_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(error), where=str(path), remedy="name a text file") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
