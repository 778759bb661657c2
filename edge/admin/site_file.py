"""site.toml: which site it is, and where."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from edge.errors import ConfigurationError
from edge.support.names import IDENTIFIER, Identifier
from edge.support.phrases import phrase


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


def check_site(site: SiteFile) -> None:
    """Raises ConfigurationError where the site's id cannot be one, or its time zone is none."""
    check_identifier(site.id)
    if not is_zone(site.time_zone):
        raise ConfigurationError(phrase("there is no time zone %(zone)r", zone=site.time_zone))


def check_identifier(name: str) -> None:
    """Raises ConfigurationError where `name` cannot be the id of a site or a gate."""
    if not IDENTIFIER.fullmatch(name):
        raise ConfigurationError(
            phrase("%(name)r cannot be an id", name=name),
            remedy=phrase("small letters, digits, dots, dashes and underscores"),
        )


def is_zone(name: str) -> bool:
    """Whether this computer knows the time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
