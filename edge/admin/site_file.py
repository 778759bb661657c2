"""site.toml: which site it is, and where."""

from __future__ import annotations

import msgspec

from edge.support.names import Identifier


class SiteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """site.toml. `address` is the site's address code, `district` … `city` its place in the five levels."""

    id: Identifier
    name: str = ""
    time_zone: str = "Asia/Shanghai"
    address: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    community: str = ""
