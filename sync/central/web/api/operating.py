"""What is asked of gates, and what they are given."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from edge.commands.core import CommandKind
from edge.signing.cose import instant
from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.commands.requests import (
    LONGEST_ARGUMENT,
    LONGEST_WHY,
    CommandRow,
    commands_of,
    request_command,
)
from sync.central.registry.publishing import publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.versions import SiteVersion, versions_of
from sync.central.store import StoreError
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Count, gates_in_sight
from sync.central.web.visit import Visit

OPERATIONS = Operations()


class CommandAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command, and why. Which there are and what `argument` says: docs/commands.md."""

    kind: CommandKind
    why: Annotated[str, Meta(min_length=1, max_length=LONGEST_WHY)]
    argument: Annotated[str, Meta(max_length=LONGEST_ARGUMENT)] = ""


class Numbered(msgspec.Struct, frozen=True):
    """What was asked for is kept under this number."""

    number: int


@OPERATIONS.get("/api/gates/{device}/commands", act=Act.SEE, answer=Listing[CommandRow])
def list_commands(call: Call, device: str, count: Count = 100) -> Response:
    """The newest commands that were asked for, and what became of each."""
    _see_gate(call, device)
    with call.store.reading() as connection:
        return answer(Listing(commands_of(connection, call.sight, device, count=count)))


@OPERATIONS.post("/api/gates/{device}/commands", act=Act.COMMAND, takes=CommandAsked, answer=Numbered)
def ask_command(call: Call, body: Body, device: str) -> Response:
    """Ask for a command: the daemon signs and sends it at once, or never."""
    _see_gate(call, device)
    asked = taken(body, CommandAsked)
    return done(
        call,
        body,
        lambda connection: Numbered(
            request_command(connection, call.actor, device, asked.kind, asked.argument, asked.why, call.now)
        ),
    )


@OPERATIONS.post("/api/registries/{site}", act=Act.PUBLISH, answer=SiteVersion)
def publish(call: Call, site: str) -> Response:
    """Sign what the site's gates may know as the next version; where nothing changed, the newest stays.

    What would revert something that no one set so is refused: a person accepts that, at the console.
    """
    call.see_site(site)
    section = call.services.section
    if section is None:
        raise StoreError(
            phrase("this process publishes nothing"), remedy=phrase("ask the one that has [registry]")
        )
    publish_site(call.store, section, publisher_of(section), site, instant(call.now), actor=call.actor)
    if call.services.publisher is not None:
        call.services.publisher.notice()
    with call.store.reading() as connection:
        return answer(versions_of(connection, site, count=1)[0])


def _see_gate(call: Visit, device: str) -> None:
    if device not in {item.device for item in gates_in_sight(call)}:
        raise NotFound
