"""A fingerprint of announcements: the same for the same ones in any order, and another for any other."""

from __future__ import annotations

from itertools import combinations, permutations

from sync.wire import Announcement, RegistryManifest, RegistryRoot, RegistryUrgent, fingerprint

ANNOUNCEMENTS: tuple[Announcement, ...] = (RegistryRoot(b"1"), RegistryUrgent(b"2"), RegistryManifest(b"3"))


def test_the_order_does_not_matter() -> None:
    assert len({fingerprint(order) for order in permutations(ANNOUNCEMENTS)}) == 1


def test_any_other_set_of_announcements_has_another_fingerprint() -> None:
    sets = [some for count in range(4) for some in combinations(ANNOUNCEMENTS, count)]
    sets += [(RegistryRoot(b"12"), RegistryManifest(b"3")), (RegistryRoot(b"1"), RegistryManifest(b"23"))]
    sets += [(RegistryRoot(b"x"),)]
    assert len({fingerprint(some) for some in sets}) == len(sets)
    assert {len(fingerprint(some)) for some in sets} == {32}
