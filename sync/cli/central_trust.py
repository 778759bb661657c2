"""`gatepost central trust`: give gates the lists about health certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.files_to_read import ToRead
from edge.credentials.trust_lists import MOST_SIGNED_LIST_BYTES
from edge.errors import ConfigurationError
from edge.registry.keys import read_public_keys
from edge.signing.cose import keys_of
from edge.support.counted import counted
from edge.support.files import read_bounded
from sync.central.audit.audit import About, note
from sync.central.registry.lists import SiteLists
from sync.central.registry.new_lists import put_lists
from sync.central.registry.section_keys import publisher_of
from sync.cli.central_context import CentralFile, SiteId, Whose, opened, section_of, whose
from sync.transport.clock import wall

trust_app = cyclopts.App(name="trust", help="Whose health certificates count, and which are revoked.")


@trust_app.command
def publish(
    site: SiteId,
    /,
    *files: Annotated[
        Path, ToRead, Parameter(name="FILE", help="A list as gatepost trust build has signed it.")
    ],
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Publish lists of certificate issuers and revocations: the gates of SITE get them within seconds.

    Each is verified as a gate does, by the list keys in the site's lists.pub. Versions only rise.

    Example: gatepost central trust publish green-court registry/lists/revocations.list
    """
    section = section_of(config)
    if not files:
        raise ConfigurationError("which lists?", remedy="name the files that gatepost trust build has signed")
    keys = keys_of(read_public_keys(section.sites / site / "lists.pub"))
    try:
        data = {str(file): read_bounded(file, MOST_SIGNED_LIST_BYTES, follow=True) for file in files}
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(error.filename)) from None
    publisher = publisher_of(section)
    with publisher.lock(site):
        lists = put_lists(SiteLists(section.folder / site), data, keys, datetime.now(UTC)).lists
    with opened(config) as store, store.writing() as connection:
        detail = {item.name: item.version for item in lists}
        note(connection, whose(actor), "publish_lists", About("site", site, site), wall(), detail=detail)
    answer(
        {"site": site, "lists": [{"name": item.name, "version": item.version} for item in lists]},
        *(f"{site}: {item.name} version {item.version}, {counted(item.size, 'byte')}" for item in lists),
        json=json,
    )
