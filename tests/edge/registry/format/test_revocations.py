"""Urgent revocations: they only take away, from any version that a gate holds, and never come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.registry.format import BundleRefusal, BundleRefused, Registry, verify_bundle
from edge.registry.format.revocations import (
    MAGIC,
    UrgentRevocations,
    decode_urgent_revocations,
    encode_urgent_revocations,
    hold_urgent_revocations,
    roots_part,
    signed_part,
    verify_urgent_revocations,
    without,
    without_keys,
    without_passes,
    without_subjects,
)
from edge.signing.cose import key_id_of
from tests.edge.registry.repository import ISSUED, NOW, Repository, new_key, public

NAMES = [f"subject-{number}" for number in range(3)]
PASS_KEY = key_id_of(bytes(32))
LIST_KEY = b"list key"


@pytest.fixture(scope="module")
def site() -> Repository:
    return Repository()


@pytest.fixture(scope="module")
def registry() -> Registry:
    """Version 7: three residents with a template each, a pass key, a list key, and one revoked pass."""
    repository = Repository()
    found = verify_bundle(repository.bundle(version=7), repository.trusted(), NOW)
    return replace(found, list_keys={LIST_KEY: bytes(32)})


def listed(base: int, **taken: Any) -> UrgentRevocations:
    return UrgentRevocations("green-court", 1, base, ISSUED, **taken)


# --- what it takes away ---------------------------------------------------------------------


@pytest.mark.parametrize(("base", "counts"), [(8, True), (7, True), (6, False)])
def test_it_counts_for_registries_up_to_its_base(registry: Registry, base: int, counts: bool) -> None:
    left = without(registry, listed(base, subjects=("subject-1",), passes=("cd" * 8,)))
    assert ("subject-1" in left.subjects) is not counts
    assert any(template.subject_id == "subject-1" for template in left.templates) is not counts
    assert left.revoked_passes == ({"ab" * 8, "cd" * 8} if counts else {"ab" * 8})


@pytest.mark.parametrize("base", [6, 7])
def test_a_revoked_key_never_counts_again(registry: Registry, base: int) -> None:
    left = without(registry, listed(base, keys=(PASS_KEY, LIST_KEY)))
    assert (left.pass_keys, left.list_keys) == ({}, {})


def test_without_a_list_nothing_is_taken_away(registry: Registry) -> None:
    assert without(registry, None) is registry


@given(data=st.data())
def test_it_makes_nobody_known_and_no_pass_valid(registry: Registry, data: st.DataObject) -> None:
    revoked = listed(
        data.draw(st.integers(5, 9)),
        subjects=tuple(data.draw(st.lists(st.sampled_from([*NAMES, "stranger"])))),
        passes=tuple(data.draw(st.lists(st.sampled_from(["ab" * 8, "cd" * 8])))),
        keys=tuple(data.draw(st.lists(st.sampled_from([PASS_KEY, LIST_KEY, b"unknown!"])))),
    )
    left = without(registry, revoked)
    assert left.subjects.items() <= registry.subjects.items()
    assert left.sealed.items() <= registry.sealed.items()
    assert left.pass_keys.items() <= registry.pass_keys.items()
    assert left.list_keys.items() <= registry.list_keys.items()
    assert left.revoked_passes >= registry.revoked_passes
    assert (left.version, left.set_sha256, left.policy) == (
        registry.version,
        registry.set_sha256,
        registry.policy,
    )
    assert without(left, revoked) == left


def test_each_kind_is_taken_away_by_itself(registry: Registry) -> None:
    assert sorted(without_subjects(registry, ["subject-0", "nobody"]).subjects) == ["subject-1", "subject-2"]
    assert without_keys(registry, [PASS_KEY]).list_keys == registry.list_keys
    assert without_keys(registry, [LIST_KEY]).pass_keys == registry.pass_keys
    assert without_passes(registry) == replace(registry, pass_keys={})


# --- who is believed ------------------------------------------------------------------------


def refusal(data: bytes, site: Repository, **highest: Any) -> BundleRefusal:
    with pytest.raises(BundleRefused) as caught:
        verify_urgent_revocations(data, site.trusted(), **highest)
    return caught.value.refusal


def test_a_list_of_the_registry_key_comes_back_whole(site: Repository) -> None:
    data = site.revoke(2, 7, subjects=("subject-1",), passes=("cd" * 8,), keys=(PASS_KEY,))
    found, key_id = verify_urgent_revocations(data, site.trusted())
    assert found == UrgentRevocations("green-court", 2, 7, ISSUED, ("cd" * 8,), ("subject-1",), (PASS_KEY,))
    assert key_id == key_id_of(public(site.registry_key)[0])
    assert data.startswith(MAGIC)
    assert decode_urgent_revocations(encode_urgent_revocations(found)) == found
    assert (roots_part(data), signed_part(data) in data) == (site.roots, True)


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        (lambda data: data[:0], BundleRefusal.UNREADABLE),
        (lambda data: data[:-1], BundleRefusal.UNREADABLE),
        (lambda data: data + b"\0", BundleRefusal.UNREADABLE),
        (lambda data: b"G" + data[1:], BundleRefusal.UNREADABLE),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), BundleRefusal.FORGED),
    ],
)
def test_what_is_no_such_list_is_refused(
    site: Repository, spoilt: Callable[[bytes], bytes], expected: BundleRefusal
) -> None:
    assert refusal(spoilt(site.revoke(2, 7)), site) is expected


def test_another_sites_list_is_refused(site: Repository) -> None:
    assert refusal(site.revoke(2, 7, site="red-court"), site) is BundleRefusal.OTHER_SITE


@pytest.mark.parametrize(("held", "older"), [(1, False), (2, False), (3, True)])
def test_an_older_list_does_not_replace_the_one_held(site: Repository, held: int, older: bool) -> None:
    data, highest = site.revoke(2, 7), {key_id_of(public(site.registry_key)[0]): held}
    if older:
        assert refusal(data, site, highest=highest) is BundleRefusal.OLDER
    else:
        assert verify_urgent_revocations(data, site.trusted(), highest)[0].number == 2


def test_a_key_that_the_root_revoked_signs_no_new_list_and_what_it_revoked_stays_revoked() -> None:
    site = Repository()
    data = site.revoke(1, 7, subjects=("subject-1",))
    site.registry_key = new_key()
    site.rotate()
    known = site.trusted(roots=site.roots)
    with pytest.raises(BundleRefused) as caught:
        verify_urgent_revocations(data, known)
    assert caught.value.refusal is BundleRefusal.UNSIGNED
    assert hold_urgent_revocations(data, known)[0].subjects == ("subject-1",)


def test_a_stranger_revokes_nothing() -> None:
    with pytest.raises(BundleRefused):
        hold_urgent_revocations(Repository().revoke(1, 7), Repository().trusted())
