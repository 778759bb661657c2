"""What is done on a person's page: each act on the record that was seen, or it says what changed since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form
from msgspec.structs import replace
from sqlalchemy import Connection
from starlette.responses import Response

from edge.consent import ConsentAnswer
from edge.decision import HomeIsolation, IsolationException, Status, StatusRecord, Subject
from edge.signing.cose import instant
from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.changes.core import (
    Change,
    EraseSubject,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
)
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.people.consents import ConsentRecord, consents_of, note_consent
from sync.central.people.core import ConsentForm
from sync.central.people.looks import open_look_of
from sync.central.people.subjects import held_subjects
from sync.central.store import StoreError
from sync.central.web.form_times import check_order, moment_in, needed, zone_of
from sync.central.web.pages.people import address_of
from sync.central.web.pages.person_forms import RecordChanged, RecordForm, check_seen, checked
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
Text = Annotated[str, Form(max_length=500)]
Seen = Annotated[str, Form(max_length=100_000)]
_MOST_EXCEPTIONS = 64


@PAGES.post("/people/{site}/{id}/status", act=Act.SET_STATUS)
def set_status(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    seen: Seen,
    value: Annotated[Status, Form()],
    source: Text,
    reason: Text,
    rule: Text,
    why: Text,
    since: Text = "",
    until: Text = "",
) -> Response:
    """Set another status; the one before stays in the history."""

    def changes(held: Subject, zone: ZoneInfo) -> Sequence[Change]:
        begins = moment_in(since, zone, phrase("since")) or instant(visit.now)
        ends = moment_in(until, zone, phrase("until"))
        check_order(begins, ends)
        record = StatusRecord(value, source.strip(), reason.strip(), rule.strip(), begins, ends)
        checked(replace(held, status=record))
        return [SetStatus(site, held.id, record)]

    return _change(visit, site, id, seen, why, changes)


@PAGES.post("/people/{site}/{id}/record", act=Act.CHANGE_PERSON)
def change_record(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    form: RecordForm,
    seen: Seen,
    why: Text,
) -> Response:
    def changes(held: Subject, zone: ZoneInfo) -> Sequence[Change]:
        record = form.record(held, zone)
        if record == held:
            raise StoreError(phrase("nothing is different from the record that is held"))
        return [PutSubject(site, record)]

    return _change(visit, site, id, seen, why, changes)


@PAGES.post("/people/{site}/{id}/isolation", act=Act.CHANGE_PERSON)
def order_isolation(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    seen: Seen,
    source: Text,
    why: Text,
    since: Text = "",
    until: Text = "",
) -> Response:
    def changes(held: Subject, zone: ZoneInfo) -> Sequence[Change]:
        begins = moment_in(since, zone, phrase("since")) or instant(visit.now)
        ends = needed(moment_in(until, zone, phrase("until")), phrase("until"))
        check_order(begins, ends)
        ordered = HomeIsolation(source.strip(), begins, ends)
        checked(replace(held, isolation=ordered))
        return [SetIsolation(site, held.id, ordered)]

    return _change(visit, site, id, seen, why, changes)


@PAGES.post("/people/{site}/{id}/isolation/exception", act=Act.CHANGE_PERSON)
def declare_exception(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    seen: Seen,
    reason: Text,
    since: Text,
    until: Text,
    why: Text,
) -> Response:
    """Declare when somebody in isolation may go out, and for what."""

    def changes(held: Subject, zone: ZoneInfo) -> Sequence[Change]:
        if held.isolation is None:
            raise StoreError(phrase("no isolation is ordered"), remedy=phrase("order it first"))
        if len(held.isolation.exceptions) >= _MOST_EXCEPTIONS:
            raise StoreError(
                phrase("%(most)s exceptions are declared already", most=_MOST_EXCEPTIONS),
                remedy=phrase("order it anew"),
            )
        begins = needed(moment_in(since, zone, phrase("from")), phrase("from"))
        ends = needed(moment_in(until, zone, phrase("until")), phrase("until"))
        check_order(begins, ends)
        added = (*held.isolation.exceptions, IsolationException(reason.strip(), begins, ends))
        ordered = replace(held.isolation, exceptions=added)
        checked(replace(held, isolation=ordered))
        return [SetIsolation(site, held.id, ordered)]

    return _change(visit, site, id, seen, why, changes)


@PAGES.post("/people/{site}/{id}/isolation/lift", act=Act.CHANGE_PERSON)
def lift_isolation(visit: VisitOf, site: str, id: str, seen: Seen, why: Text) -> Response:  # noqa: A002
    return _change(visit, site, id, seen, why, lambda held, _: [SetIsolation(site, held.id, None)])


@PAGES.post("/people/{site}/{id}/consent", act=Act.CHANGE_PERSON)
def register_consent(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    wording: Annotated[str, Form(max_length=40)],
    form: Annotated[ConsentForm, Form()],
    place: Annotated[str, Form(max_length=100)],
) -> Response:
    """Keep that somebody consented. The face itself is enrolled at the site's administration."""
    visit.see_site(site)
    with visit.act() as connection:
        held = _open_record(connection, visit, site, id)
        given = ConsentRecord(
            ConsentAnswer.GIVEN, wording, held.language, form, place.strip(), visit.actor.name, visit.now
        )
        note_consent(connection, site, held.id, given)
        about = About("subject", held.id, site)
        detail = {"answer": given.answer, "wording": wording, "form": form}
        note(connection, visit.actor, "consent", about, visit.now, detail=detail)
    return visit.go(f"{address_of(site, id)}#face")


@PAGES.post("/people/{site}/{id}/face/withdraw", act=Act.CHANGE_PERSON)
def withdraw_face(visit: VisitOf, site: str, id: str, seen: Seen, why: Text) -> Response:  # noqa: A002
    """Keep that somebody withdrew, and take the templates; the record with every other way to pass stays."""

    def withdraw(connection: Connection, held: Subject) -> None:
        before = consents_of(connection, site, held.id)
        wording = before[-1].wording if before else ""
        answer = ConsentRecord(
            ConsentAnswer.WITHDRAWN,
            wording,
            held.language,
            ConsentForm.WITNESSED,
            "",
            visit.actor.name,
            visit.now,
        )
        note_consent(connection, site, held.id, answer)

    return _change(
        visit, site, id, seen, why, lambda held, _: [PutTemplates(site, held.id, ())], besides=withdraw
    )


@PAGES.post("/people/{site}/{id}/revoke", act=Act.CHANGE_PERSON)
def revoke(visit: VisitOf, site: str, id: str, seen: Seen, why: Text) -> Response:  # noqa: A002
    """End somebody's right at once, at every gate."""
    return _change(visit, site, id, seen, why, lambda held, _: [RevokeSubject(site, held.id)])


@PAGES.post("/people/{site}/{id}/erase", act=Act.CHANGE_PERSON)
def erase(visit: VisitOf, site: str, id: str, seen: Seen, why: Text) -> Response:  # noqa: A002
    """Erase everything that is known of somebody, here and at every gate."""
    return _change(visit, site, id, seen, why, lambda held, _: [EraseSubject(site, held.id)])


# --- inside ----------------------------------------------------------------------------------


def _nothing(_connection: Connection, _held: Subject) -> None:
    pass


def _change(
    visit: Visit,
    site: str,
    identity: str,
    seen: str,
    why: str,
    changes: Callable[[Subject, ZoneInfo], Sequence[Change]],
    besides: Callable[[Connection, Subject], None] = _nothing,
) -> Response:
    """Submit what `changes` makes of the record that was seen, and go back to its page."""
    visit.see_site(site)
    try:
        with visit.act() as connection:
            held = _open_record(connection, visit, site, identity)
            check_seen(seen, held)
            made = changes(held, zone_of(connection, site))
            besides(connection, held)
            result = submit(
                connection, visit.actor, made, why=why, now=visit.now, limits=visit.services.limits
            )
    except RecordChanged as changed:
        return visit.page(
            "people/changed.html",
            title=visit.gettext("Somebody else changed this record"),
            crumbs=((visit.gettext("People"), "/people"), (identity, address_of(site, identity))),
            status=409,
            between=changed.between,
            here=address_of(site, identity),
        )
    waits = f"?waits={result.number}" if isinstance(result, WaitingSet) else ""
    return visit.go(f"{address_of(site, identity)}{waits}")


def _open_record(connection: Connection, visit: Visit, site: str, identity: str) -> Subject:
    """The record, which this actor has open for a purpose. Raises NotFound; StoreError where it is closed."""
    held = held_subjects(connection, site, [identity]).get(identity)
    if held is None:
        raise NotFound
    if open_look_of(connection, visit.actor, site, identity, visit.now) is None:
        raise StoreError(
            phrase("your look at this record is over"), remedy=phrase("open it again, for a purpose")
        )
    return held
