"""`gatepost central registry`: publish what the database says, take away what counts no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.errors import ConfigurationError
from sync.central.registry.contents import (
    Acceptance,
    WouldRevert,
    publish_site,
    publisher_of,
    revoke_at,
)
from sync.cli.central_context import HERE, Config, opened, section_of

registry_app = cyclopts.App(name="registry", help="Publish registries, and withdraw at once.")


@registry_app.command
def publish(
    site: str,
    *,
    accept: Annotated[str, Parameter(help="the code of what is taken back, as publish has shown it")] = "",
    actor: Annotated[str, Parameter(help="who accepts it, by name: needed with --accept")] = "",
    config: Config = HERE,
) -> int:
    """Sign what the database and the site's files say; gates get the changes, or the whole.

    It is compared with what gates were given. Where it would take something back that nobody has set so
    (after a restore from a backup, say), all of it is listed and nothing is published: exit 1.
    """
    section = section_of(config)
    if accept and not actor.strip():
        raise ConfigurationError("whose act is it?", where="--accept", remedy="name yourself: --actor NAME")
    accepted = Acceptance(accept, actor.strip()) if accept else None
    with opened(config) as store:
        try:
            manifest = publish_site(store, section, publisher_of(section), site, datetime.now(UTC), accepted)
        except WouldRevert as error:
            for line in error.lines:
                print(line)
            print(error)
            return 1
    print(f"{site}: version {manifest.version}, expires {manifest.expires:%Y-%m-%d %H:%M} UTC, ", end="")
    print(f"snapshot {manifest.snapshot.size} bytes")
    for offer in manifest.changes:
        print(f"changes from version {offer.base}: {offer.blob.size} bytes")
    return 0


@registry_app.command
def revoke(
    site: str,
    *,
    pass_id: Annotated[tuple[str, ...], Parameter(name="--pass", help="a pass's id; may be repeated")] = (),
    subject: Annotated[tuple[str, ...], Parameter(help="erased here, and unknown at the gates at once")] = (),
    config: Config = HERE,
) -> None:
    """Let passes and people count no more at the gates of SITE, whatever version they hold."""
    if not pass_id and not subject:
        raise ConfigurationError("what is to be withdrawn?", remedy="name --pass ID or --subject ID")
    with opened(config) as store:
        listed = revoke_at(
            store,
            publisher_of(section_of(config)),
            site,
            datetime.now(UTC),
            passes=tuple(name.lower() for name in pass_id),
            subjects=subject,
        )
    print(f"{site}: list {listed.number} of what counts no more up to version {listed.base}: ", end="")
    print(f"{len(listed.passes)} passes, {len(listed.subjects)} people")
