"""Of how many people faces are stored."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.tables import template


def people_with_templates(connection: sa.Connection) -> int:
    """Of how many people templates are held, at all sites together: somebody of two sites is one of each."""
    held = sa.select(template.c.site, template.c.subject).distinct().subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(held)).scalar_one())
