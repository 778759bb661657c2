"""Times on a page: absolute first, age second; filters of every template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from jinja2 import pass_context
from jinja2.runtime import Context

from edge.signing.cose import instant
from edge.support.decoding import Undecodable
from edge.web.catalogs import SHARED
from edge.web.texts import Language

_SECOND = 1_000_000
_TODAY = {Language.ZH: "HH:mm:ss", Language.EN: "HH:mm:ss"}
_THIS_YEAR = {Language.ZH: "M月d日 HH:mm", Language.EN: "d MMM HH:mm"}
_ANY_YEAR = {Language.ZH: "y年M月d日 HH:mm", Language.EN: "d MMM y HH:mm"}


@pass_context
def _moment(context: Context, at: int | None, zone: str | None = None) -> str:
    """When it was, in the site's zone: as long as has to be said to be clear today."""
    when = _local(context, at, zone)
    if when is None:
        gettext = SHARED.translations(context["language"]).gettext
        return gettext("never") if at is None else gettext("not a time")
    now = _local(context, context["now"], zone) or when
    language: Language = context["language"]
    how = _TODAY if when.date() == now.date() else _THIS_YEAR if when.year == now.year else _ANY_YEAR
    return format_datetime(when, how[language], locale=language.value)


@pass_context
def _zoned(context: Context, at: int | None, zone: str | None = None) -> str:
    """When it was to the second, with date and zone: for a tooltip, a receipt, a paper."""
    when = _local(context, at, zone)
    return "" if when is None else f"{when:%Y-%m-%d %H:%M:%S %Z}"


@pass_context
def _age(context: Context, at: int | None) -> str:
    """How long ago it was, or how soon it will be."""
    if at is None:
        return ""
    seconds = round((at - int(context["now"])) / _SECOND)
    if not seconds:
        return SHARED.translations(context["language"]).gettext("now")
    return format_timedelta(seconds, add_direction=True, format="short", locale=context["language"].value)


@pass_context
def _clock(context: Context, at: datetime) -> str:
    """The hour and minute of a time."""
    return f"{at.astimezone(ZoneInfo(str(context['zone']))):%H:%M}"


@pass_context
def _wall(context: Context, at: int, zone: str | None = None) -> str:
    """The hour and minute that the wall showed: on an axis, or where the day is clear."""
    when = _local(context, at, zone)
    return "" if when is None else f"{when:%H:%M}"


def _iso(at: int | None) -> str:
    """A time for machines: RFC 3339 in UTC."""
    try:
        return "" if at is None else instant(at).astimezone(UTC).isoformat()
    except Undecodable:
        return ""


def _local(context: Context, at: int | None, zone: str | None) -> datetime | None:
    try:
        return None if at is None else instant(at).astimezone(ZoneInfo(zone or str(context["zone"])))
    except (Undecodable, OverflowError):
        return None


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"moment": _moment, "age": _age, "clock": _clock, "iso": _iso, "zoned": _zoned, "wall": _wall}
)
"""By the names that templates use."""
