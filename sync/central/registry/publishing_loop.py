"""What the process that publishes does by itself: it revokes whom a console revoked, and publishes what was
changed some time ago; in every process, what waited too long lapses.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import sqlalchemy as sa
import structlog

from edge.errors import GatepostError, words_of
from edge.signing.cose import instant
from sync.central.changes.deciding import lapse
from sync.central.configuration import PublishingSection
from sync.central.imports.uploads import drop_lapsed
from sync.central.registry.publishing import WouldRevert, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.site_policy import policy_in_force
from sync.central.registry.urgent import sign_pending, sites_to_revoke_at
from sync.central.registry.versions import collected_since, versions_of
from sync.central.store import Store
from sync.central.units import SECOND
from sync.central.visits.numbers import sites_with_numbers

_EVERY = 60.0
"""Seconds between two looks where this process does not publish."""


class PublishingLoop:
    """Looks after what waits: `look` does one round. `wall` gives microseconds since 1970 UTC.

    `told` is called after something was published, so that the gates hear of it at once. A site that
    cannot be published is logged once, until something else is wrong with it.
    """

    def __init__(
        self,
        store: Store,
        section: PublishingSection | None,
        wall: Callable[[], int],
        told: Callable[[], None],
    ) -> None:
        self._store = store
        self._section = section
        self._wall = wall
        self._told = told
        self._said: dict[str, str] = {}
        self._log = structlog.get_logger("publisher")

    def run(self, stop: Event) -> None:
        """Look again and again until `stop` is set."""
        every = _EVERY if self._section is None else self._section.look_every
        while not stop.wait(every):
            self.look()

    def look(self) -> tuple[str, ...]:
        """One round; returns the sites at which something was published."""
        try:
            with self._store.writing() as connection:
                lapse(connection, self._wall())
                drop_lapsed(connection, self._wall())
            done = () if self._section is None else self._publish(self._section)
        except Exception as error:  # noqa: BLE001 - a loop that ended would publish nothing any more
            self._say("", words_of(error))
            return ()
        if done:
            self._told()
        return done

    # --- inside ----------------------------------------------------------------------------

    def _publish(self, section: PublishingSection) -> tuple[str, ...]:
        now = self._wall()
        with self._store.reading() as connection:
            revoking = sites_to_revoke_at(connection)
            since = _numbers_since(connection, section, now) | collected_since(connection)
        pause = section.publish_after
        # What changed later than now did so before the clock was set back: it waits no longer.
        due = {site for site, at in since.items() if pause is not None and not 0 <= now - at < pause * SECOND}
        found = sorted(revoking | due)
        return tuple(site for site in found if self._publish_one(section, site, now, whole=site in due))

    def _publish_one(self, section: PublishingSection, site: str, now: int, *, whole: bool) -> bool:
        try:
            publisher = publisher_of(section)
            if whole:
                publish_site(self._store, section, publisher, site, instant(now))
            else:
                sign_pending(self._store, publisher, site, instant(now))
        except WouldRevert as error:
            self._say(site, f"{error.what}: look at it on the page of what is published")
            return False
        except GatepostError as error:
            self._say(site, str(error))
            return False
        self._said.pop(site, None)
        return True

    def _say(self, site: str, why: str) -> None:
        if self._said.get(site) != why:
            self._said[site] = why
            self._log.error("not_published", site=site, error=why)


def _numbers_since(connection: sa.Connection, section: PublishingSection, now: int) -> dict[str, int]:
    """The sites whose visitors got numbers since their newest version, which the gates there take."""
    found = {}
    for site, made_at in sites_with_numbers(connection, now).items():
        last = next(iter(versions_of(connection, site, count=1)), None)
        # A version of later than now was published before the clock was set back: it holds no newer numbers.
        is_newer = last is not None and (made_at > last.at or last.at > now)
        if is_newer and _counts_numbers(connection, section, site):
            found[site] = made_at
    return found


def _counts_numbers(connection: sa.Connection, section: PublishingSection, site: str) -> bool:
    """Whether numbers count at a site; publishing says what is wrong with a policy that cannot be read."""
    try:
        return policy_in_force(connection, section.sites / site, site).policy.numbers.count
    except GatepostError:
        return False
