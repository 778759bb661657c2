"""At which sites somebody is the same person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.decision import VISITOR_IDS, Subject
from sync.central.devices.devices import put_site
from sync.central.people.identity import known_at
from sync.central.people.subjects import put_subject
from sync.central.store import Store
from sync.central.tables import subject
from tests.sync.wire.examples import AT

NAMES = {"a": "Li Na", "b": "LI NA", "c": "Wang Wei", "d": "Wang Wei", "e": ""}


@pytest.fixture
def five_sites(store: Store) -> Store:
    """The id 101 at five sites: two people at two each, and nobody knows who at one."""
    with store.writing() as connection:
        for name, whose in NAMES.items():
            put_site(connection, SiteFile(name))
            put_subject(connection, name, Subject("101", whose), AT)
    return store


def at(store: Store, site: str, identity: str = "101") -> str:
    with store.reading() as connection:
        return "".join(sorted(known_at(connection, [(site, identity)])[site, identity]))


def test_equal_ids_are_one_person_where_the_records_say_so(five_sites: Store) -> None:
    assert [at(five_sites, name) for name in NAMES] == ["ab", "ab", "cd", "cd", "e"]


def test_a_certificate_joins_whom_names_do_not_and_all_of_them_say_the_same(five_sites: Store) -> None:
    with five_sites.writing() as connection:
        for name in ("b", "c"):
            put_subject(connection, name, Subject("101", NAMES[name], certificates=("ab12",)), AT)
    assert [at(five_sites, name) for name in NAMES] == ["abcd"] * 4 + ["e"]


def test_of_whom_nothing_can_be_read_only_the_own_site_is_known(five_sites: Store) -> None:
    with five_sites.writing() as connection:
        connection.execute(sa.update(subject).where(subject.c.site == "a").values(record=b"{"))
    assert [at(five_sites, name) for name in "abc"] == ["a", "b", "cd"]
    assert at(five_sites, "a", "unknown") == "a"
    assert at(five_sites, "a", f"{VISITOR_IDS}101") == "a"
