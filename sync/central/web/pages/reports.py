"""Reports: those that there are, one that is made or being made, its files, and those that come again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.responses import Response

from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.exports.core import root_of, said_in
from sync.central.exports.formats import FileFormat
from sync.central.newer import OpenWords
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.reports.asking import ask_for, end_for, schedule_for
from sync.central.reports.core import Kind, Report
from sync.central.reports.files import file_of
from sync.central.reports.keeping import KeptReport, ReportHead, ReportState, kept_at, report_at, reports
from sync.central.reports.schedules import schedules
from sync.central.units import SECOND
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.report_asking import asking_of, place_in
from sync.central.web.report_view import days_in_words, view_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
KINDS = OpenWords(
    {
        Kind.SINGLE: N_("Days of your choice"),
        Kind.DAILY: N_("Yesterday"),
        Kind.WEEKLY: N_("Last week"),
        Kind.MONTHLY: N_("Last month"),
    }
)
COMES = OpenWords({Kind.DAILY: N_("each day"), Kind.WEEKLY: N_("each week"), Kind.MONTHLY: N_("each month")})
_SHOWN = 50
_LONGEST_ADDRESSES = 6_000
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"


@PAGES.get("/reports", act=Act.REPORT)
def listed(visit: VisitOf, before: Annotated[str, Query(max_length=400)] = "") -> Response:
    key = key_of(before, int)
    with visit.store.reading() as connection:
        found = reports(connection, visit.sight, visit.now, before=key, count=_SHOWN + 1)
        places = place_tree(connection, visit.sight)
        again = schedules(connection, visit.sight)
    today = datetime.fromtimestamp(visit.now / SECOND, visit.zone).date()
    older = f"/reports?before={cursor_of(found[_SHOWN - 1].number)}" if len(found) > _SHOWN else None
    return visit.page(
        "reports/list.html",
        title=visit.gettext("Reports"),
        rows=[(head, _days(visit, head)) for head in found[:_SHOWN]],
        older=older,
        newest="/reports" if before else None,
        schedules=again,
        places=places,
        place_names=names_in_sight(places),
        everywhere=visit.sight.everywhere,
        kinds=KINDS,
        comes=COMES,
        first=today - timedelta(days=7),
        last=today - timedelta(days=1),
        can_sign=visit.services.key is not None,
    )


@PAGES.post("/reports", act=Act.REPORT)
def asked(
    visit: VisitOf,
    kind: Annotated[Kind, Form()],
    place: Annotated[str, Form(max_length=20)] = "",
    first: Annotated[date | None, Form()] = None,
    last: Annotated[date | None, Form()] = None,
) -> Response:
    """Have a report made, of some days, or of the last day, week or month that is over."""
    with visit.act() as connection:
        where = place_in(connection, visit.sight, place)
        number = ask_for(connection, asking_of(visit), where, kind, (first, last))
    return visit.go(f"/reports/{number}")


@PAGES.get("/reports/{number}", act=Act.REPORT)
def one(visit: VisitOf, number: int) -> Response:
    head, kept = _seen(visit, number)
    values: dict[str, Any] = {"head": head, "days": _days(visit, head), "comes": COMES}
    if kept is None:
        if visit.is_fragment:
            return visit.fragment("reports/waiting.html", **values)
        return _page(visit, "reports/being_made.html", number, **values)
    signed = said_in(kept.proof)
    names = visit.site_names({*kept.report.asked.sites, *(each.site for each in signed.covered)})
    if visit.is_fragment:  # it was waited for
        return Response(status_code=200, headers={"hx-refresh": "true"})
    return _page(
        visit,
        "reports/report.html",
        number,
        **values,
        view=view_of(kept.report, names),
        names=names,
        root=root_of(signed).hex(),
        covered=signed.covered,
        named=_may_name(visit, kept.report),
        zone=head.zone,
    )


@PAGES.get("/reports/{number}/pdf", act=Act.REPORT)
def paper(visit: VisitOf, number: int) -> Response:
    """Its paper: figures only."""
    return _file(f"report-{number}.pdf", _made(visit, number).paper, "application/pdf")


@PAGES.get("/reports/{number}/xlsx", act=Act.REPORT)
def sheet(visit: VisitOf, number: int) -> Response:
    """Every figure as a workbook; who opened by hand is in it by their ids."""
    return _figures(visit, number, FileFormat.XLSX, _SHEET)


@PAGES.get("/reports/{number}/parquet", act=Act.REPORT)
def columns(visit: VisitOf, number: int) -> Response:
    """Every figure as Parquet."""
    return _figures(visit, number, FileFormat.PARQUET, _PARQUET)


@PAGES.get("/reports/{number}/proof", act=Act.REPORT)
def proof(visit: VisitOf, number: int) -> Response:
    """What the centre signed about it."""
    return _file(f"report-{number}.proof", _made(visit, number).proof, "application/octet-stream")


@PAGES.post("/reports/schedules", act=Act.REPORT)
def scheduled(
    visit: VisitOf,
    kind: Annotated[Kind, Form()],
    addresses: Annotated[str, Form(max_length=_LONGEST_ADDRESSES)],
    place: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Have a report made again and again, and sent."""
    with visit.act() as connection:
        where = place_in(connection, visit.sight, place)
        schedule_for(connection, asking_of(visit), where, kind, addresses)
    return visit.go("/reports")


@PAGES.post("/reports/schedules/{number}/end", act=Act.REPORT)
def ended(visit: VisitOf, number: int) -> Response:
    """Have no more of these made."""
    with visit.act() as connection:
        if not end_for(connection, visit.actor, visit.sight, number, visit.now):
            raise NotFound
    return visit.go("/reports")


# --- inside --------------------------------------------------------------------------------


def _days(visit: Visit, head: ReportHead) -> str:
    return days_in_words(visit.language, head.kind, head.first, head.last)


def _page(visit: Visit, template: str, number: int, **values: Any) -> Response:
    title = visit.gettext("Report %(number)s", number=number)
    crumbs = ((visit.gettext("Reports"), "/reports"), (f"{number}", None))
    return visit.page(template, title=title, crumbs=crumbs, **values)


def _seen(visit: Visit, number: int) -> tuple[ReportHead, KeptReport | None]:
    with visit.store.reading() as connection:
        head = report_at(connection, visit.sight, number, visit.now)
        if head is None:
            raise NotFound
        return head, kept_at(connection, number) if head.state is ReportState.MADE else None


def _made(visit: Visit, number: int) -> KeptReport:
    _, kept = _seen(visit, number)
    if kept is None:
        raise NotFound
    return kept


def _figures(visit: Visit, number: int, kind: FileFormat, media: str) -> Response:
    kept = _made(visit, number)
    if not _may_name(visit, kept.report):
        raise NotFound
    return _file(f"report-{number}.{kind.value}", file_of(kept.report, kind), media)


def _may_name(visit: Visit, report: Report) -> bool:
    """Whether they may see who opened by hand: at every site that the report is of."""
    with visit.store.reading() as connection:
        return visit.actor.sight(Act.SEE_PERSON).has_sites(connection, report.asked.sites)


def _file(name: str, data: bytes, media: str) -> Response:
    return Response(data, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})
