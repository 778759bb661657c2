"""`gatepost central template-key`: exchange the key of a site's faces, where a centre publishes for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from msgspec import UNSET

from edge.cli.answers import Json, answer
from edge.cli.files_to_read import Reads
from edge.cli.template_key import Again, Days, read_for
from edge.errors import ConfigurationError, GatepostError, RegistryError
from edge.registry.exchange import ExchangeStep, next_step
from edge.registry.format import KEY_BYTES, KeyRing, id_of_template_key, recipient_id
from edge.registry.key_offers import OFFER, offer_of, read_offer
from edge.registry.keys import read_public_sealing_key
from edge.support.counted import counted
from sync.ca.site_secrets import keep_sealing_key, sealing_keys_of_devices, set_template_keys, site_secrets
from sync.central.audit.audit import About, note
from sync.central.configuration import PublishingSection
from sync.central.registry.publishing import WouldRevert, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.store import Store
from sync.central.template_keys.resealing import Sealed, seal_site_anew
from sync.central.template_keys.standing import (
    CentreKeyStanding,
    devices_of,
    end_earlier,
    forget_earlier,
    is_in_force,
    is_published,
    put_in_force,
    standing_at_centre,
)
from sync.cli.central_adoption import BROKER_LIST, revoke_at_once
from sync.cli.central_context import AUTHORITY, CentralFile, SiteId, Whose, ago, opened, section_of, whose
from sync.transport.clock import wall

template_key_app = cyclopts.App(
    name="template-key", help="The key that seals a site's faces, and its registry for its gates."
)
Authority = Annotated[
    Path,
    Reads("gatepost central ca init"),
    Parameter(help="The authority's folder: it has the site's template key."),
]


@dataclass(frozen=True)
class _Place:
    """Where all of a site's keys are, for one call."""

    store: Store
    section: PublishingSection
    authority: Path
    site: str

    def ring(self) -> KeyRing:
        return site_secrets(self.authority, self.site).template_keys

    def given(self) -> Mapping[str, bytes]:
        """The sealing keys of the devices in service."""
        with self.store.reading() as connection:
            there = devices_of(connection, self.site)
        kept = sealing_keys_of_devices(self.authority, self.site)
        return {name: key for name, key in kept.items() if name in there}

    def standing(self) -> CentreKeyStanding:
        with self.store.reading() as connection:
            return standing_at_centre(connection, self.section, self.site, dict(self.given()))


@template_key_app.command
def exchange(
    site: SiteId,
    /,
    *,
    lost: Annotated[
        tuple[str, ...], Parameter(help="A device that was lost: revoked, and given no key; may be repeated.")
    ] = (),
    recipient: Annotated[
        tuple[str, ...],
        Parameter(help="DEVICE=FILE, what its `gatepost gate sealing-key show` says; may be repeated."),
    ] = (),
    days: Days = 30.0,
    again: Again = False,
    authority: Authority = AUTHORITY,
    broker_list: Annotated[Path, Parameter(help="The broker's copy of the revocations.")] = BROKER_LIST,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Exchange SITE's template key: another key, every face sealed anew, a registry published.

    Gates take the key from that registry, each sealed to itself, and read both for a while; a lost device is
    revoked and gets none. Interrupted anywhere, people still pass; call it again then, and it goes on. As
    root, where the authority is: central itself never has the key. Exit 1 where a part was not reached.

    Example: gatepost central template-key exchange green-court --lost green-court.main
    """
    said, code = list[str](), 0
    with opened(config) as store:
        place = _Place(store, section_of(config), authority, site)
        place.ring()  # who cannot read the keys is told before anything is revoked
        for name in lost:
            lines, failed = revoke_at_once(config, authority, broker_list, name, actor, site)
            said, code = [*said, *lines], max(code, failed)
        try:
            _note_recipients(place, recipient)
            step = _step(place, lost, again=again)
            if step is ExchangeStep.BEGIN:
                until = datetime.now(UTC) + read_for(days)
                set_template_keys(authority, site, place.ring().exchanged(token_bytes(KEY_BYTES), until))
            sealed = Sealed() if step is ExchangeStep.DONE else _finish(place)
        except OSError as error:
            raise _not_written(error) from None
        said += [_SAID[step], *_about(sealed)]
        version, more = _publish(place, actor)
        said += more
        code = max(code, 0 if version else 1)
        _note(place, actor, step)
        fields = {"state": step.value, "version": version, "templates": sealed.templates}
        _tell(place, said, fields, json=json)
    return code


@template_key_app.command
def show(
    site: SiteId, /, *, authority: Authority = AUTHORITY, json: Json = False, config: CentralFile = None
) -> int:
    """Show how SITE's template key stands, and which gates read it. Exit 1 while one does not.

    Example: gatepost central template-key show green-court
    """
    with opened(config) as store:
        place = _Place(store, section_of(config), authority, site)
        _tell(place, [], {}, json=json)
        return 1 if place.standing().missing else 0


@template_key_app.command
def retire(
    site: SiteId,
    /,
    *,
    now: Annotated[bool, Parameter(help="Though not every gate has said that it reads the new one.")] = False,
    authority: Authority = AUTHORITY,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Retire the earlier template keys of SITE: erase them here, and at each gate by the next registry.

    Once every gate has said that it reads the new one, or its time is over.

    Example: gatepost central template-key retire green-court
    """
    with opened(config) as store:
        place = _Place(store, section_of(config), authority, site)
        standing, ring = place.standing(), place.ring()
        if not is_in_force(place.section, site, id_of_template_key(ring.current)) or not standing.since:
            raise ConfigurationError(
                "no exchange of the template key is finished here",
                where=site,
                remedy=f"gatepost central template-key exchange {site}",
            )
        over = standing.until is None or datetime.now(UTC) >= standing.until
        if standing.missing and not over and not now:
            raise ConfigurationError(
                f"{counted(len(standing.missing), 'gate')} has not said that it reads the new key: "
                f"{', '.join(standing.missing[:10])}",
                where=site,
                remedy=f"wait until {standing.until:%Y-%m-%d %H:%M} UTC, or --now: then each is adopted anew",
            )
        try:
            with store.writing() as connection:
                sealed = seal_site_anew(connection, site, ring.every)
            end_earlier(place.section, site)
            version, said = _publish(place, actor)
            if version:
                forget_earlier(place.section, site, version, ring)
                set_template_keys(authority, site, ring.without_earlier())
                said = ["the earlier keys are erased here, and by this version at the gates", *said]
        except OSError as error:
            raise _not_written(error) from None
        _note(place, actor, None)
        _tell(place, [*_about(sealed), *said], {"version": version}, json=json)
    return 0 if version else 1


# --- inside --------------------------------------------------------------------------------


def _step(place: _Place, lost: tuple[str, ...], *, again: bool) -> ExchangeStep:
    """What is to be done. A lost device that the running exchange did not give its key begins no other."""
    ring, offered = place.ring(), read_offer(place.section.sites / place.site / OFFER)
    name = id_of_template_key(ring.current)
    current = is_in_force(place.section, place.site, name)
    kept = sealing_keys_of_devices(place.authority, place.site)
    reached = offered.recipients if current and offered is not UNSET else frozenset[bytes]()
    return next_step(
        under_way=bool(ring.earlier),
        finished=current and is_published(place.section, place.site),
        named=not any(recipient_id(kept[device]) in reached for device in lost if device in kept),
        again=again,
    )


def _finish(place: _Place) -> Sealed:
    """Put the newest key in force, then seal by it what the database has."""
    ring, site = place.ring(), place.site
    if not is_in_force(place.section, site, id_of_template_key(ring.current)):
        offer = offer_of(ring, site, set(place.given().values()), datetime.now(UTC))
        put_in_force(place.section, site, ring, offer)
    with place.store.writing() as connection:
        return seal_site_anew(connection, site, ring.every)


def _note_recipients(place: _Place, recipients: tuple[str, ...]) -> None:
    """Keep the sealing keys that were brought by hand."""
    with place.store.reading() as connection:
        there = devices_of(connection, place.site)
    for text in recipients:
        device, _, file = text.partition("=")
        if device not in there or not file:
            raise ConfigurationError(
                f"{device!r} is no device in service of {place.site}" if file else "names no file",
                where=f"--recipient {text}",
                remedy="DEVICE=FILE: gatepost central gate list; at the gate: gatepost gate sealing-key show",
            )
        keep_sealing_key(place.authority, place.site, device, read_public_sealing_key(Path(file)))


def _publish(place: _Place, actor: str) -> tuple[int, list[str]]:
    """The version that says what is in force, and what is to be told; 0: none was published."""
    publisher = publisher_of(place.section)
    try:
        made = publish_site(
            place.store, place.section, publisher, place.site, datetime.now(UTC), actor=whose(actor)
        )
    except WouldRevert as error:
        return 0, [*error.lines, str(error), f"publish it: gatepost central registry publish {place.site}"]
    except GatepostError as error:
        return 0, [f"not published: {error}", f"gatepost central registry publish {place.site}"]
    return made.version, [f"version {made.version} is published"]


def _note(place: _Place, actor: str, step: ExchangeStep | None) -> None:
    what = "retire_template_key" if step is None else "exchange_template_key"
    if step is not ExchangeStep.DONE:
        with place.store.writing() as connection:
            note(connection, whose(actor), what, About("site", place.site, place.site), wall())


def _tell(place: _Place, said: list[str], fields: Mapping[str, object], *, json: bool) -> None:
    standing, now = place.standing(), wall()
    gates = [
        {"device": gate.device, "version": gate.version, "reads": gate.reads, "given": gate.given}
        for gate in standing.gates
    ]
    answer(
        {
            "site": place.site,
            **fields,
            "key": standing.key,
            "earlier": list(standing.earlier),
            "until": standing.until,
            "gates": gates,
        },
        *said,
        *_lines(standing, now),
        json=json,
    )


def _lines(standing: CentreKeyStanding, now: int) -> Iterator[str]:
    yield f"template key {standing.key}"
    if standing.until is not None:
        until = f"{standing.until:%Y-%m-%d %H:%M} UTC"
        yield f"  earlier, still read until {until}: {', '.join(standing.earlier)}"
    for gate in standing.gates:
        state = "reads it" if gate.reads else f"holds version {gate.version}"
        if not gate.reads and standing.since:
            state += f", needs {standing.since}"
        if not gate.given and standing.since and not gate.reads:
            state += ", and has no sealing key here: --recipient, or gate invite --replace"
        yield f"  {gate.device:<28} {state}; seen {ago(gate.last_seen, now)}"


def _about(sealed: Sealed) -> Iterator[str]:
    if sealed.templates or sealed.requests or sealed.changes:
        yield (
            f"sealed anew: {counted(sealed.templates, 'template')}, {counted(sealed.requests, 'request')}, "
            f"{counted(sealed.changes, 'waiting change')}"
        )
    if sealed.closed:
        who = ", ".join(sorted(set(sealed.closed))[:10])
        yield f"no key opens {counted(len(sealed.closed), 'template')}, which stay as they are: {who}"


def _not_written(error: OSError) -> RegistryError:
    return RegistryError(
        f"could not be written: {error.strerror or error}",
        where=str(error.filename or "the centre's folders"),
        remedy="as root, with room on the disk; call it again: it goes on where it was",
    )


_SAID = {
    ExchangeStep.BEGIN: "another template key is in force",
    ExchangeStep.GO_ON: "the exchange that was cut off goes on",
    ExchangeStep.DONE: "nothing was left to seal",
}
