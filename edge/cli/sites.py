"""Which site a command is about, and who embeds its photographs: shared by the site's commands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from edge.site.office import SiteOffice, open_office

SiteFolder = Annotated[
    Path,
    Parameter(name="--site", env_var="GATEPOST_SITE", help="the site's folder; the current one by default"),
]
HERE = Path()


def office_in(folder: Path) -> SiteOffice:
    return open_office(folder)


def instant(office: SiteOffice, value: datetime | None) -> datetime | None:
    return None if value is None else office.local_time(value)
