"""Which site a command is about, and who embeds its photographs: shared by the site's commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from edge.admin.site_admin import SiteAdmin, open_site_admin
from edge.admin.times import end_of


def _end_of(_: object, tokens: Sequence[Token]) -> datetime:
    return end_of(tokens[0].value)


Until = Annotated[
    datetime | None, Parameter(converter=_end_of, help="the end, exclusive; of a day that is named: its end")
]
"""A time by which something ends: `2026-11-25` means the end of that day."""

SiteFolder = Annotated[
    Path,
    Parameter(name="--site", env_var="GATEPOST_SITE", help="the site's folder; the current one by default"),
]
HERE = Path()


def site_admin_in(folder: Path) -> SiteAdmin:
    return open_site_admin(folder)


def instant(admin: SiteAdmin, value: datetime | None) -> datetime | None:
    return None if value is None else admin.local_time(value)
