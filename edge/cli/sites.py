"""Which site a command is about."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from edge.admin.site_admin import SiteAdmin, open_site_admin

HERE = Path()
SiteFolder = Annotated[
    Path,
    Parameter(
        name="--folder",
        env_var="GATEPOST_FOLDER",
        help="The site's folder; by default the current one.",
    ),
]


def site_admin_in(folder: Path) -> SiteAdmin:
    """The administration of the site in `folder`; raises ConfigurationError."""
    return open_site_admin(folder)


def instant(admin: SiteAdmin, value: datetime | None) -> datetime | None:
    """A time without a zone in the site's."""
    return None if value is None else admin.local_time(value)
