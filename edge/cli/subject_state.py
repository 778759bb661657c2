"""`gatepost subject status`, `isolation`, `second-factor`: what holds for somebody, until it is changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from msgspec.structs import replace

from edge.admin.times import check_order, end_of
from edge.cli.answers import Json, answer
from edge.cli.arguments import Since, SubjectId, Until
from edge.cli.sites import HERE, SiteFolder, instant, site_admin_in
from edge.cli.state_words import StatusWord
from edge.cli.subject import TELL
from edge.decision import HomeIsolation, IsolationException, StatusRecord
from edge.errors import RegistryError

status_app = cyclopts.App(name="status", help="The state of a health code.")
isolation_app = cyclopts.App(name="isolation", help="Orders to stay at home.")
second_factor_app = cyclopts.App(name="second-factor", help="Face and code in one.")

Source = Annotated[str, Parameter(help="Who says so; shown with every denial.")]


@status_app.command(name="set")
def set_status(
    subject_id: SubjectId,
    value: Annotated[StatusWord, Parameter(name="STATUS")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; shown with every denial.")] = "",
    source: Source = "site",
    rule: Annotated[str, Parameter(help="The rule that gave it.")] = "manual",
    since: Since = None,
    until: Until = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Set the state of somebody's health code, with its grounds.

    Example: gatepost subject status set li-na yellow --reason "a contact" --until 2026-12-01
    """
    admin = site_admin_in(folder)
    begins, ends = instant(admin, since) or datetime.now(UTC), instant(admin, until)
    check_order(begins, ends)
    record = StatusRecord(value, source, reason, rule, begins, ends)
    admin.store.change(replace(admin.store.get(subject_id), status=record))
    answer(
        {"subject": subject_id, "status": value, "since": begins, "until": ends},
        f"{subject_id} is {value} from {begins:%Y-%m-%d %H:%M} UTC; {TELL}",
        json=json,
    )


@isolation_app.command(name="set")
def set_isolation(
    subject_id: SubjectId,
    /,
    *,
    source: Source = "site",
    since: Since = None,
    until: Until = None,
    exception: Annotated[
        tuple[str, ...], Parameter(help="'FROM/UNTIL reason', times in ISO 8601; may be repeated.")
    ] = (),
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Order somebody to stay at home: their exit is refused and alarmed.

    Example: gatepost subject isolation set li-na --until 2026-12-01
    """
    admin = site_admin_in(folder)
    begins, ends = instant(admin, since) or datetime.now(UTC), instant(admin, until)
    check_order(begins, ends)
    exceptions = tuple(_exception(text, admin.local_time) for text in exception)
    order = HomeIsolation(source, begins, ends, exceptions)
    admin.store.change(replace(admin.store.get(subject_id), isolation=order))
    answer(
        {"subject": subject_id, "isolation": True, "since": begins, "until": ends},
        f"{subject_id}: isolation ordered; {TELL}",
        json=json,
    )


@isolation_app.command(name="remove")
def remove_isolation(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> None:
    """End somebody's order to stay at home.

    Example: gatepost subject isolation remove li-na
    """
    admin = site_admin_in(folder)
    admin.store.change(replace(admin.store.get(subject_id), isolation=None))
    fields = {"subject": subject_id, "isolation": False}
    answer(fields, f"{subject_id}: isolation lifted; {TELL}", json=json)


@second_factor_app.command(name="set")
def set_second_factor(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Let the gates ask somebody for face and code, since they look like somebody else.

    Example: gatepost subject second-factor set li-na
    """
    _second_factor(subject_id, folder, needed=True, json=json)


@second_factor_app.command(name="remove")
def remove_second_factor(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Let somebody's face or code be enough again.

    Example: gatepost subject second-factor remove li-na
    """
    _second_factor(subject_id, folder, needed=False, json=json)


def _second_factor(subject_id: str, folder: SiteFolder, *, needed: bool, json: bool) -> None:
    site_admin_in(folder).store.need_second_factor(subject_id, needed=needed)
    answer(
        {"subject": subject_id, "second_factor": needed},
        f"{subject_id}: {'face and code' if needed else 'face or code'}; {TELL}",
        json=json,
    )


def _exception(text: str, local_time: Callable[[datetime], datetime]) -> IsolationException:
    """'2026-03-01T08:00/2026-03-01T12:00 hospital' in the site's time."""
    window, _, reason = text.partition(" ")
    since, _, until = window.partition("/")
    try:
        begins, ends = datetime.fromisoformat(since), end_of(until)
    except ValueError:
        raise RegistryError(
            f"{text!r} is not an exception", remedy="write '2026-03-01T08:00/2026-03-01T12:00 hospital'"
        ) from None
    check_order(begins, ends)
    return IsolationException(reason or "declared", local_time(begins), local_time(ends))
