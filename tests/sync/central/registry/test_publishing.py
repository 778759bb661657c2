"""Publishing at the centre: who did, what was collected, which policy counts, who is revoked at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.credentials.known.numbers import kept_digest
from edge.decision import Subject
from edge.errors import ConfigurationError, RegistryError
from edge.registry.format import RecordKind
from edge.signing.cose import microseconds
from sync.central.accounts.actor import Actor, Via, command_line_actor
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.tables import account, account_grant
from sync.central.audit.audit import entries
from sync.central.changes.core.change import Change, EraseSubject, PutPolicy, PutSubject, RevokeSubject
from sync.central.changes.deciding import approve
from sync.central.changes.policies import kept_policies
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.changes.tables import change_set
from sync.central.changes.waiting import examined
from sync.central.configuration import ChangesSection
from sync.central.places.sight import EVERYWHERE
from sync.central.registry.archive import MissingVersion, content_at
from sync.central.registry.publishing import preview_of, publish_site
from sync.central.registry.publishing_loop import PublishingLoop
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import sites_to_revoke_at
from sync.central.registry.versions import (
    SiteVersion,
    collected_at,
    collected_since,
    holdings_of,
    states_of,
    versions_of,
)
from sync.central.store import Store
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.visits import Inviting, invite, salt_of
from tests.sync.central.registry.desk import SITE, Desk

WANG = Actor(1, "wang", (RoleGrant(Role.ADMINISTRATOR),), Via.SESSION)
CHEN = Actor(2, "chen", (RoleGrant(Role.REGISTRAR),), Via.SESSION)
MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LOCKED = '[gates.main]\nmode = "locked"\n'


@dataclass
class Office:
    """A desk that publishes, two accounts, and the loop of the process that publishes."""

    desk: Desk
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = microseconds(self.desk.now)
        with self.desk.store.writing() as connection:
            for number, name in ((1, "wang"), (2, "chen")):
                row = {"number": number, "name": name, "display": name, "handle": name.encode(), "made_at": 1}
                connection.execute(sa.insert(account).values(**row))
            grant = {"account": 2, "role": "registrar", "at": 1}
            connection.execute(sa.insert(account_grant).values(**grant))

    def submit(self, *changes: Change) -> object:
        with self.desk.store.writing() as connection:
            return submit(connection, WANG, changes, why="as asked", now=self.at, limits=ChangesSection())

    def put_policy(self, text: str) -> None:
        made = self.submit(PutPolicy(SITE, text))
        assert isinstance(made, WaitingSet)
        with self.desk.store.writing() as connection:
            seen = examined(connection, made.number).seen
            approve(connection, CHEN, made.number, why="checked", seen=seen, now=self.at)

    def publish(self) -> int:
        desk = self.desk
        desk.now += timedelta(minutes=1)
        return publish_site(desk.store, desk.section, desk.publisher, SITE, desk.now, actor=WANG).version

    def loop(self, after: float | None = None) -> PublishingLoop:
        section = replace(self.desk.section, publish_after=after)
        return PublishingLoop(self.desk.store, section, lambda: self.at, lambda: self.told.append("told"))


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(Desk(tmp_path, store))


def of(office: Office, read: Callable[[sa.Connection], object]) -> object:
    with office.desk.store.reading() as connection:
        return read(connection)


# --- what is collected, and who published ---------------------------------------------------------


def test_changes_are_collected_until_a_version_has_them(office: Office) -> None:
    office.submit(PutSubject(SITE, Subject("ann")), PutSubject(SITE, Subject("bo")))
    with office.desk.store.reading() as connection:
        [item] = collected_at(connection, SITE)
        assert (item.actor, item.kind, item.count) == ("wang", "put_subject", 2)
        assert collected_since(connection) == {SITE: office.at}
    first = office.publish()
    with office.desk.store.reading() as connection:
        assert collected_at(connection, SITE) == []
        assert collected_since(connection) == {}
        [version] = versions_of(connection, SITE)
        assert (version.version, version.actor, version.people, version.policy) == (first, "wang", 2, 1)
        [noted] = entries(connection, EVERYWHERE, act="publish")
        assert (noted.name, noted.about.id) == ("wang", str(first))
        [state] = states_of(connection, EVERYWHERE)
        assert (state.version, state.collected, state.gates, state.up_to_date) == (first, 0, 2, 0)
        assert [item.gate for item in holdings_of(connection, SITE, first)] == ["main", "rear"]
    assert office.publish() == first, "nothing was changed"
    assert len(entries_of(office)) == 1


def entries_of(office: Office) -> list[object]:
    with office.desk.store.reading() as connection:
        return [*entries(connection, EVERYWHERE, act="publish")]


def test_a_preview_says_what_the_next_version_contains(office: Office) -> None:
    office.submit(*(PutSubject(SITE, Subject(name)) for name in ("ann", "bo", "chen")))
    first = office.publish()
    office.submit(PutSubject(SITE, Subject("ann", "Ann")), PutSubject(SITE, Subject("dai")))
    office.submit(EraseSubject(SITE, "bo"))
    desk = office.desk
    seen = preview_of(desk.store, desk.section, desk.publisher, SITE, office.at)
    assert (seen.version, seen.people, seen.new, seen.changed, seen.gone) == (first + 1, 3, 1, 1, 1)
    assert (seen.policy_changed, seen.reverts) == (False, ())
    office.put_policy(LOCKED)
    assert preview_of(desk.store, desk.section, desk.publisher, SITE, office.at).policy_changed


# --- numbers of visits ----------------------------------------------------------------------------

COUNTS = '[gates.main]\nmode = "face_or_code"\n[numbers]\ncount = true\n'


@pytest.mark.parametrize("counts", [True, False])
def test_a_visits_number_is_published_soon_where_gates_take_numbers(office: Office, counts: bool) -> None:
    if counts:
        office.desk.write_policy(COUNTS)
    first = office.publish()
    office.at += 5 * MINUTE
    with office.desk.store.writing() as connection:
        wanted = WantedVisit("Li Si", office.at, office.at + 60 * MINUTE, by_code=True)
        made = invite(connection, SITE, wanted, Inviting("wang"), office.at)
        salt = salt_of(connection, SITE)
    loop = office.loop(after=60)
    assert loop.look() == (), "not at once"
    office.at += MINUTE
    assert loop.look() == ((SITE,) if counts else ())
    assert loop.look() == (), "once"
    records = office.desk.publisher.records(SITE)
    numbers = {key[1:] for key in records if key[0] == RecordKind.NUMBER}
    assert numbers == ({kept_digest(made.code or "", salt)} if counts else set())
    assert office.desk.publisher.newest(SITE) == first + counts


def test_a_version_of_before_the_clock_was_set_back_holds_up_no_number(office: Office) -> None:
    office.desk.write_policy(COUNTS)
    office.desk.now += timedelta(days=1)
    office.publish()
    office.desk.now -= timedelta(days=1)
    with office.desk.store.writing() as connection:
        wanted = WantedVisit("Li Si", office.at, office.at + HOUR, by_code=True)
        invite(connection, SITE, wanted, Inviting("wang"), office.at)
    office.at += 2 * MINUTE
    loop = office.loop(after=60)
    assert loop.look() == (SITE,)
    assert loop.look() == (), "once"


# --- the policy that counts -----------------------------------------------------------------------


def test_the_folders_policy_is_kept_with_each_edit_until_one_is_approved(office: Office) -> None:
    office.publish()
    office.desk.write_policy('[gates.main]\nmode = "code"\n')
    office.publish()
    office.put_policy(LOCKED)
    office.publish()
    with office.desk.store.reading() as connection:
        kept = kept_policies(connection, SITE)
    assert [(item.number, item.asked_by, item.approved_by) for item in kept] == [
        (3, "wang", "chen"),
        (2, "policy.toml", ""),
        (1, "policy.toml", ""),
    ]
    assert office.desk.publisher.newest(SITE) == 3


def test_an_edit_of_the_folder_after_an_approval_is_refused_and_not_ignored(office: Office) -> None:
    office.publish()
    office.put_policy(LOCKED)
    version = office.publish()
    office.desk.write_policy('[gates.main]\nmode = "free"\n')
    with pytest.raises(RegistryError, match="policy 2 counts, which chen approved"):
        office.publish()
    assert office.desk.publisher.newest(SITE) == version
    (office.desk.section.sites / SITE / "policy.toml").unlink()
    assert office.publish() == version, "without the file the approved one counts"


def test_a_policy_that_cannot_be_read_is_named(office: Office) -> None:
    office.desk.write_policy("mode = [")
    with pytest.raises(ConfigurationError, match=r"policy\.toml"):
        office.publish()


# --- revoked at once ------------------------------------------------------------------------------


def test_somebody_revoked_in_a_console_is_on_the_signed_list_within_a_round(office: Office) -> None:
    office.submit(PutSubject(SITE, Subject("ann")), PutSubject(SITE, Subject("bo")))
    version = office.publish()
    office.submit(RevokeSubject(SITE, "ann"))
    assert office.loop().look() == (SITE,)
    listed = office.desk.publisher.revoked(SITE)
    assert listed is not None
    assert (listed.subjects, listed.base) == (("ann",), version)
    assert office.told == ["told"]
    assert of(office, sites_to_revoke_at) == frozenset()
    assert office.loop().look() == ()
    assert office.publish() == version + 1


def test_a_revocation_that_cannot_be_signed_waits_and_is_said_once(office: Office) -> None:
    office.submit(PutSubject(SITE, Subject("ann")))
    office.publish()
    office.submit(RevokeSubject(SITE, "ann"))
    key = office.desk.section.registry_key.rename(office.desk.folder / "away")
    loop = office.loop()
    assert (loop.look(), loop.look()) == ((), ())
    assert of(office, sites_to_revoke_at) == frozenset({SITE})
    key.rename(office.desk.section.registry_key)
    assert loop.look() == (SITE,)


# --- by itself ------------------------------------------------------------------------------------


def test_it_publishes_by_itself_when_the_pause_is_over_and_not_before(office: Office) -> None:
    office.submit(PutSubject(SITE, Subject("ann")))
    loop = office.loop(after=60.0)
    office.at += MINUTE - 1
    assert loop.look() == ()
    office.at += 1
    assert loop.look() == (SITE,)
    [version] = versions_of_site(office)
    assert version.actor == "gatepost"
    office.at += 10 * MINUTE
    assert loop.look() == ()


@pytest.mark.parametrize("ahead", [HOUR, 70 * 365 * DAY])
def test_what_changed_before_the_clock_was_set_back_is_published_and_does_not_wait(
    office: Office, ahead: int
) -> None:
    office.at += ahead
    office.submit(PutSubject(SITE, Subject("ann")))
    office.at -= ahead
    assert office.loop(after=60.0).look() == (SITE,)


def versions_of_site(office: Office) -> list[SiteVersion]:
    with office.desk.store.reading() as connection:
        return [*versions_of(connection, SITE)]


def test_it_never_publishes_by_itself_what_would_be_reverted_nor_untold(
    office: Office,
) -> None:
    office.submit(PutSubject(SITE, Subject("ann")))
    office.publish()
    office.submit(RevokeSubject(SITE, "ann"))
    office.loop().look()
    office.submit(PutSubject(SITE, Subject("ann")))
    office.at += 10 * MINUTE
    assert office.loop().look() == (), "no pause is configured"
    assert office.loop(after=60.0).look() == (), "somebody who was revoked would be known again"


def test_what_waited_too_long_lapses_in_every_process(office: Office) -> None:
    made = office.submit(PutPolicy(SITE, LOCKED))
    assert isinstance(made, WaitingSet)
    office.at = made.lapses_at
    PublishingLoop(office.desk.store, None, lambda: office.at, lambda: None).look()
    with office.desk.store.reading() as connection:
        assert connection.execute(sa.select(change_set.c.state)).scalar_one() == "lapsed"


def test_the_command_line_publishes_in_a_name(office: Office) -> None:
    desk = office.desk
    publish_site(desk.store, desk.section, desk.publisher, SITE, desk.now, actor=command_line_actor("root"))
    [version] = versions_of_site(office)
    assert version.actor == "root"


def test_two_who_publish_at_once_make_one_version_after_the_other(office: Office) -> None:
    """Two processes over one database and one folder: whoever is second sees what the first has published."""
    desk = office.desk
    desk.put(Subject("li-na"))
    first = desk.publish()
    barrier = Barrier(2)

    def publish(name: str) -> int:
        publisher = publisher_of(desk.section)
        desk.put(Subject(name))
        barrier.wait()
        now = desk.now + timedelta(minutes=1)
        return publish_site(desk.store, desk.section, publisher, SITE, now).version

    with ThreadPoolExecutor(2) as pool:
        versions = sorted(pool.map(publish, ["chen-yu", "zhou-ting"]))
    with desk.store.reading() as connection:
        kept = [item.version for item in versions_of(connection, SITE, count=9)]
        newest = content_at(connection, SITE, kept[0])
    assert versions[-1] == kept[0]
    assert kept == sorted({first.version, *versions}, reverse=True)
    assert not isinstance(newest, MissingVersion)
    assert {"li-na", "chen-yu", "zhou-ting"} <= newest.subjects().keys()
