"""Turns templates into answers: one environment for each language, with what every template may say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from edge.signing.cose import instant
from edge.support.decoding import Undecodable
from sync.central.units import SECOND
from sync.central.web.event_words import EVENTS
from sync.central.web.texts import Language, translations
from sync.central.web.words import FINDINGS, FINDINGS_DO, GATE_WHY, MEANS, REASONS

STATIC = files("sync.central.web") / "static"
_TODAY = {Language.ZH: "HH:mm:ss", Language.EN: "HH:mm:ss"}
_THIS_YEAR = {Language.ZH: "M月d日 HH:mm", Language.EN: "d MMM HH:mm"}
_ANY_YEAR = {Language.ZH: "y年M月d日 HH:mm", Language.EN: "d MMM y HH:mm"}


@cache
def environment(language: Language) -> Environment:
    """The templates in `language`. An unknown name in a template is an error, never an empty place."""
    made = Environment(
        loader=PackageLoader("sync.central.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    spoken = translations(language)
    i18n: Any = made
    i18n.install_gettext_callables(
        spoken.gettext, spoken.ngettext, newstyle=True, pgettext=spoken.pgettext, npgettext=spoken.npgettext
    )
    made.filters |= {"moment": _moment, "age": _age, "iso": _iso, "path": path, "zoned": _zoned}
    made.globals |= {"static": static, "language": language, "languages": tuple(Language)}
    made.globals |= {"reason_words": REASONS, "means_words": MEANS, "event_words": EVENTS}
    made.globals |= {"finding_words": FINDINGS, "finding_remedies": FINDINGS_DO, "why_words": GATE_WHY}
    return made


def rendered(language: Language, template: str, values: Mapping[str, Any]) -> str:
    """The text of a template."""
    return environment(language).get_template(template).render(values)


@cache
def static(name: str) -> str:
    """The address of a static file; with another content it is another address, so browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"


def path(part: object) -> str:
    """One part of an address: whatever a site or a person is called, it stays one part."""
    return quote(str(part), safe="")


# --- times: absolute first, age second -----------------------------------------------------------


@pass_context
def _moment(context: Context, at: int | None, zone: str | None = None) -> str:
    """When it was, in the site's zone: as long as has to be said to be clear today."""
    when = _local(context, at, zone)
    if when is None:
        gettext = translations(context["language"]).gettext
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
    seconds = round((at - int(context["now"])) / SECOND)
    if not seconds:
        return translations(context["language"]).gettext("now")
    return format_timedelta(seconds, add_direction=True, format="short", locale=context["language"].value)


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
