"""What the next version of a site's registry contains: its people from the database, the rest from files."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from edge.calibration.files import read_calibration
from edge.errors import ConfigurationError
from edge.registry.format import MOST_PROBE_BYTES, Content
from edge.registry.keys import read_public_keys
from edge.support.files import read_bounded
from edge.support.phrases import phrase
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import subjects_of, templates_of
from sync.central.registry.site_policy import InForce
from sync.central.visits.numbers import numbers_for_gates

PROBE_PASS = "probe.pass"
"""In a site's folder: the test code that its gates show to themselves."""


def content_of(
    connection: sa.Connection, section: PublishingSection, site: str, policy: InForce, now: int
) -> Content:
    """All of it at `now`, under `policy`. Raises GatepostError where a file of the site's cannot be read."""
    folder = section.sites / site
    counts = policy.policy.numbers.count
    numbers, salt = numbers_for_gates(connection, site, now) if counts else ({}, b"")
    return Content(
        policy=policy.policy,
        subjects=tuple(subjects_of(connection, site)),
        templates=tuple(templates_of(connection, site)),
        pass_keys=_keys(folder / "passes.pub"),
        list_keys=_keys(folder / "lists.pub"),
        calibrations=tuple(
            read_calibration(path) for path in sorted((folder / "calibrations").glob("*.json"))
        ),
        probe_pass=_probe_pass(folder / PROBE_PASS),
        numbers=numbers,
        number_salt=salt,
    )


def _probe_pass(path: Path) -> str:
    """The text in a site's probe pass's file; empty where there is none."""
    try:
        return read_bounded(path, MOST_PROBE_BYTES).decode("ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            phrase("not a probe pass: %(why)s", why=error),
            where=str(path),
            remedy=phrase("gatepost pass probe show --out FILE makes one"),
        ) from None


def _keys(path: Path) -> tuple[bytes, ...]:
    return read_public_keys(path) if path.exists() else ()
