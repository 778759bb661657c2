"""What makes a bundle believed, and every way in which it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision.situation import ClockTrust, WallTime
from edge.registry.bundle import (
    MAGIC,
    BundleRefused,
    Refusal,
    Registry,
    Trusted,
    hold_bundle,
    verify_bundle,
)

if TYPE_CHECKING:
    from tests.edge.registry.conftest import Authority


@pytest.fixture
def now() -> WallTime:
    from datetime import UTC, datetime

    return WallTime(datetime(2026, 3, 2, tzinfo=UTC), ClockTrust.TRUSTED)


def refusal(data: bytes, trusted: Trusted, wall: WallTime) -> Refusal:
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(data, trusted, wall)
    return caught.value.refusal


def test_a_genuine_bundle_is_the_registry_that_was_signed(authority: Authority, now: WallTime) -> None:
    registry = verify_bundle(authority.build(version=7), authority.trusted, now)
    assert isinstance(registry, Registry)
    assert (registry.site, registry.version) == ("green-court", 7)
    assert sorted(registry.subjects) == ["subject-0", "subject-1", "subject-2"]
    assert len(registry.templates) == 3
    assert registry.policy.gates["main"].mode == "face_or_code"
    assert registry.revoked_passes == {"ab" * 8}


def test_another_roots_bundle_is_refused(authority: Authority, now: WallTime) -> None:
    stranger = type(authority)()
    assert refusal(stranger.build(), authority.trusted, now) is Refusal.UNSIGNED


def test_a_registry_key_that_the_root_did_not_name_is_refused(authority: Authority, now: WallTime) -> None:
    thief = type(authority)(root=authority.root)
    forged = thief.build(delegation=authority.delegation())
    assert refusal(forged, authority.trusted, now) is Refusal.UNSIGNED


def test_another_sites_bundle_is_refused_even_from_the_same_root(authority: Authority, now: WallTime) -> None:
    assert refusal(authority.build(site="red-court"), authority.trusted, now) is Refusal.OTHER_SITE
    delegation = authority.delegation(site="red-court")
    assert refusal(authority.build(delegation=delegation), authority.trusted, now) is Refusal.OTHER_SITE


@pytest.mark.parametrize(
    ("held", "offered", "expected"),
    [(5, 4, Refusal.OLDER), (5, 5, Refusal.CHANGED), (5, 6, None), (0, 1, None)],
)
def test_versions_only_rise(
    authority: Authority, now: WallTime, held: int, offered: int, expected: Refusal | None
) -> None:
    trusted = Trusted(authority.site, authority.trusted.root_key, held, 1, bytes(32) if held else b"")
    data = authority.build(version=offered)
    if expected is None:
        assert verify_bundle(data, trusted, now).version == offered
    else:
        assert refusal(data, trusted, now) is expected


def test_an_older_delegation_is_refused(authority: Authority, now: WallTime) -> None:
    trusted = Trusted(authority.site, authority.trusted.root_key, 0, 2)
    assert refusal(authority.build(), trusted, now) is Refusal.OLDER


def test_an_expired_bundle_is_not_taken_up_but_goes_on_to_be_held(
    authority: Authority, now: WallTime
) -> None:
    data = authority.build(lifetime=timedelta(hours=1))
    assert refusal(data, authority.trusted, now) is Refusal.EXPIRED
    assert hold_bundle(data, authority.trusted).version == 1
    unsure = replace(now, trust=ClockTrust.UNTRUSTED)
    assert verify_bundle(data, authority.trusted, unsure).version == 1


def test_a_bundle_cut_anywhere_is_refused(authority: Authority, now: WallTime) -> None:
    data = authority.build()
    for length in [*range(0, len(data), 37), len(data) - 1]:
        assert refusal(data[:length], authority.trusted, now) is Refusal.UNREADABLE
    assert refusal(data + b"x", authority.trusted, now) is Refusal.UNREADABLE


def test_a_part_that_claims_ten_gigabytes_is_refused_unread(authority: Authority, now: WallTime) -> None:
    claim = MAGIC + b"\xff\xff\xff\xff" + bytes(100)
    assert refusal(claim, authority.trusted, now) is Refusal.UNREADABLE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(place=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_no_altered_bit_is_believed(authority: Authority, now: WallTime, place: int, bit: int) -> None:
    data = bytearray(authority.build())
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(BundleRefused):
        verify_bundle(bytes(data), authority.trusted, now)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused_by_name(authority: Authority, now: WallTime, noise: bytes) -> None:
    for data in (noise, MAGIC + noise):
        with pytest.raises(BundleRefused):
            verify_bundle(data, authority.trusted, now)
