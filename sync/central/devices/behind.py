"""Since when a gate is behind with its registry: what every reader of that goes by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sync.central.tables import device, publication, site_version

_holds = sa.func.coalesce(device.c.registry_version, 0)
_next_at = (
    sa.select(sa.func.min(site_version.c.at))
    .where(site_version.c.site == device.c.site, site_version.c.version > _holds)
    .scalar_subquery()
)
_first = sa.func.coalesce(_next_at, publication.c.at)

behind_since: sa.ColumnElement[Any] = sa.case(
    (publication.c.version <= _holds, sa.null()),
    (_first < device.c.enrolled_at, device.c.enrolled_at),
    else_=_first,
)
"""A column beside `device` and its site's `publication`: when the first version after the one that the gate
holds was published, and not before it was enrolled; null where it is not behind. The newest version's time
would begin anew with each publication: a gate at a busy site would never be behind for long.
"""
