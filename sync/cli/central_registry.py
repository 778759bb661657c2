"""`gatepost central registry`: publish what the database says, take away what counts no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.errors import ConfigurationError
from edge.support.counted import counted
from sync.central.configuration import PublishingSection, load_configuration
from sync.central.registry.due import due_sites
from sync.central.registry.publishing import Acceptance, WouldRevert, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.store import Store
from sync.cli.central_context import (
    CentralFile,
    SiteId,
    Whose,
    central_file,
    check_site,
    opened,
    section_of,
    whose,
)

registry_app = cyclopts.App(name="registry", help="Publish registries, revoke at once.")


@registry_app.command
def publish(
    site: Annotated[str | None, Parameter(name="SITE", help="The site's id.")] = None,
    /,
    *,
    due: Annotated[
        bool, Parameter(help="Every site that is due, in place of SITE: as the timer does.")
    ] = False,
    accept: Annotated[str, Parameter(help="The code of what is taken back, as publish has shown it.")] = "",
    actor: Annotated[str, Parameter(help="Who accepts it, by name: needed with --accept.")] = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Publish what the database and the site's files say, signed; gates get the changes, or the whole.

    It is compared with what gates were given. Where it would take something back that nobody has set so
    (after a restore from a backup, say), all of it is listed and nothing is published: exit 1.

    With --due each site is published that has changes which no version has, or whose newest version has less
    than two thirds of its time before it.

    Example: gatepost central registry publish green-court
    """
    if due and load_configuration(central_file(config)).registry is None:
        answer({"site": None, "version": None}, "this centre publishes no registry", json=json)
        return 0
    section = section_of(config)
    if due == (site is not None):
        raise ConfigurationError(
            "which site?", where="SITE", remedy="name one, or --due for all that are due"
        )
    if accept and not actor.strip():
        raise ConfigurationError("whose act is it?", where="--accept", remedy="name yourself: --actor NAME")
    accepted = Acceptance(accept, actor.strip()) if accept else None
    with opened(config) as store:
        if site is not None:
            with store.reading() as connection:
                check_site(connection, site)
        now = datetime.now(UTC)
        sites = (site,) if site is not None else due_sites(store, section, now)
        published = [_publish(store, section, each, now, accepted, actor, json=json) for each in sites]
    return 0 if all(published) else 1


def _publish(
    store: Store,
    section: PublishingSection,
    site: str,
    now: datetime,
    accepted: Acceptance | None,
    actor: str,
    *,
    json: bool,
) -> bool:
    """Publish one site; returns whether it was."""
    try:
        manifest = publish_site(
            store, section, publisher_of(section), site, now, accepted, actor=whose(actor)
        )
    except WouldRevert as error:
        fields = {"site": site, "version": None, "would_take_back": list(error.lines)}
        answer({**fields, "remedy": str(error)}, *error.lines, str(error), json=json)
        return False
    answer(
        {
            "site": site,
            "version": manifest.version,
            "until": manifest.expires,
            "size": manifest.snapshot.size,
            "changes": [{"from_version": offer.base, "size": offer.blob.size} for offer in manifest.changes],
        },
        f"{site}: version {manifest.version}, expires {manifest.expires:%Y-%m-%d %H:%M} UTC, "
        f"snapshot {counted(manifest.snapshot.size, 'byte')}",
        *(
            f"changes from version {offer.base}: {counted(offer.blob.size, 'byte')}"
            for offer in manifest.changes
        ),
        json=json,
    )
    return True


@registry_app.command
def revoke(
    site: SiteId,
    /,
    *,
    pass_id: Annotated[tuple[str, ...], Parameter(name="--pass", help="A pass's id; may be repeated.")] = (),
    subject: Annotated[tuple[str, ...], Parameter(help="A person's id; erased here; may be repeated.")] = (),
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Revoke passes and people at once, at the gates of SITE, whatever version they hold.

    Example: gatepost central registry revoke green-court --pass 0123456789abcdef
    """
    if not pass_id and not subject:
        raise ConfigurationError("what is to be revoked?", remedy="name --pass ID or --subject ID")
    with opened(config) as store:
        listed = revoke_urgently(
            store,
            publisher_of(section_of(config)),
            site,
            datetime.now(UTC),
            passes=pass_id,
            subjects=subject,
            actor=whose(actor),
        )
    count, people = len(listed.passes), len(listed.subjects)
    answer(
        {"site": site, "list": listed.number, "version": listed.base, "passes": count, "subjects": people},
        f"{site}: list {listed.number} of what counts no more up to version {listed.base}: "
        f"{counted(count, 'pass', 'passes')}, {counted(people, 'person', 'people')}",
        json=json,
    )
