"""The gate's own copy: swapped whole, never older, and the last good one when a card fails."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import ClockTrust, Subject, WallTime
from edge.errors import RegistryError
from edge.registry.format import (
    BundleRefusal,
    ObjectKind,
    Registry,
    changes,
    forgotten,
    open_object,
    parts_of,
    subject_key,
    template_key,
)
from edge.registry.format.framing import split_whole
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.rollback_state import read_rollback_state, write_rollback_state
from tests.edge.registry.gate_disk import Gate, next_changes
from tests.edge.registry.repository import NOW, SEAL_KEY, SITE, Repository, new_key
from tests.examples import LONG


@pytest.fixture
def gate(tmp_path: Path, repository: Repository) -> Gate:
    return Gate(tmp_path / "gate", repository)


def test_what_arrives_is_held_over_a_restart(gate: Gate) -> None:
    assert gate.poll() == (), "nothing has arrived"
    gate.install(gate.repository.bundle())
    assert gate.poll() == (), "the same file is looked at once"
    gate.restart()
    assert gate.version == 1


def test_an_older_bundle_is_refused_even_after_ours_was_deleted(gate: Gate) -> None:
    gate.install(gate.repository.bundle(version=5))
    for file in gate.held.glob("*.bundle"):
        file.unlink()
    gate.restart()
    assert gate.offer(gate.repository.bundle(version=4)) is BundleRefusal.OLDER
    assert gate.version == 0


def test_the_same_version_is_taken_up_again_where_the_card_lost_it(gate: Gate) -> None:
    gate.install(gate.repository.bundle(version=5))
    (gate.held / "current.bundle").unlink()
    gate.restart()
    assert gate.version == 0
    [taken] = gate.poll()
    assert isinstance(taken, Registry)
    assert gate.version == 5


def test_a_damaged_copy_falls_back_to_the_last_good_one(gate: Gate) -> None:
    for _ in range(2):
        gate.install(gate.repository.bundle())
    current = gate.held / "current.bundle"
    current.write_bytes(current.read_bytes()[:-10])
    [finding] = gate.restart()
    assert gate.version == 1
    assert "current.bundle" in finding


@pytest.mark.parametrize("junk", [b"", b"noise", b"x" * 5000])
@pytest.mark.parametrize("name", ["registry.bundle", CHANGES_NAME, URGENT_REVOCATIONS_NAME])
def test_junk_in_the_inbox_changes_nothing(gate: Gate, junk: bytes, name: str) -> None:
    gate.install(gate.repository.bundle(version=3))
    assert gate.offer(junk, name) is BundleRefusal.UNREADABLE
    assert gate.poll() == ()
    assert gate.version == 3


# --- changes -------------------------------------------------------------------------------------


def test_changes_are_followed_again_at_every_start(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    for _ in range(3):
        gate.install(next_changes(gate.repository), CHANGES_NAME)
    before = gate.store.held
    assert gate.restart() == ()
    assert gate.version == 4
    assert gate.store.held == before


def test_changes_without_a_registry_ask_for_the_whole(gate: Gate) -> None:
    gate.repository.publish()
    assert gate.offer(next_changes(gate.repository), CHANGES_NAME) is BundleRefusal.OTHER_BASE


def test_changes_that_were_taken_up_are_no_news_after_a_restart(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(next_changes(gate.repository), CHANGES_NAME)
    gate.inbox.unlink()
    gate.restart()
    assert gate.poll() == ()


def test_many_changes_become_one_bundle_that_is_the_one_central_would_send(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    for _ in range(40):
        gate.install(next_changes(gate.repository), CHANGES_NAME)
    current = (gate.held / "current.bundle").read_bytes()
    assert current == gate.repository.published[33].bundle
    assert len(list(gate.held.glob("*.changes"))) <= 40
    gate.restart()
    assert gate.version == 41


def test_a_damaged_file_of_changes_serves_the_version_before_it(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    for _ in range(3):
        gate.install(next_changes(gate.repository), CHANGES_NAME)
    damaged = sorted(gate.held.glob("*.changes"))[1]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    [finding] = gate.restart()
    assert damaged.name in finding
    assert gate.version == 2
    gate.install(gate.repository.bundle())
    assert gate.version == 5


def test_after_a_damaged_bundle_the_one_before_it_is_brought_up_to_date_by_its_changes(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(next_changes(gate.repository), CHANGES_NAME)
    gate.install(gate.repository.bundle())
    (gate.held / "current.bundle").write_bytes(b"damaged")
    gate.restart()
    assert gate.version == 2


def test_a_damaged_bundle_never_takes_the_place_of_the_last_good_one(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card damaged the newest bundle, and the power fails while the next one is put in its place."""
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.bundle())
    for step in range(1, 30):
        (gate.held / "current.bundle").write_bytes(b"damaged")
        gate.restart()
        assert gate.version == 1
        gate.put(gate.repository.bundle())
        with cut_at(step, monkeypatch):
            try:
                gate.poll()
            except PowerCut:
                gate.restart()
                assert gate.version in {1, gate.repository.version}
            else:
                break
        (gate.held / "incoming.bundle").unlink(missing_ok=True)


# --- roots ---------------------------------------------------------------------------------------


def test_a_bundle_of_a_revoked_key_serves_no_more_even_as_the_last_good_one(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.repository.registry_key = new_key()
    gate.repository.rotate()
    gate.install(gate.repository.bundle())
    (gate.held / "current.bundle").unlink()
    [finding] = gate.restart()
    assert gate.version == 0
    assert "not trusted" in finding


def test_a_gate_that_knows_the_rotation_refuses_the_old_keys_word_after_a_restart(gate: Gate) -> None:
    old, old_roots = gate.repository.registry_key, list(gate.repository.documents)
    gate.install(gate.repository.bundle())
    gate.repository.registry_key = new_key()
    gate.repository.rotate()
    gate.install(gate.repository.bundle())
    gate.restart()
    gate.repository.documents = old_roots
    assert gate.offer(gate.repository.bundle(version=50, key=old)) is BundleRefusal.UNSIGNED
    assert gate.version == 2


# --- urgent revocations ---------------------------------------------------------------------------------


def test_what_is_revoked_counts_no_more_at_once_and_after_a_restart(gate: Gate) -> None:
    [key_id] = gate.install(gate.repository.bundle()).pass_keys
    data = gate.repository.revoke(1, 1, passes=("cd" * 8,), subjects=("subject-1",), keys=(key_id,))
    for registry in (gate.install(data, URGENT_REVOCATIONS_NAME), gate.store.in_force()):
        assert registry is not None
        assert sorted(registry.subjects) == ["subject-0", "subject-2"]
        assert {template.subject_id for template in registry.templates} == {"subject-0", "subject-2"}
        assert registry.revoked_passes == {"ab" * 8, "cd" * 8}
        assert registry.pass_keys == {}
        gate.restart()


def test_changes_go_on_from_the_signed_set_whatever_was_revoked(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(1, 5, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    registry = gate.install(next_changes(gate.repository), CHANGES_NAME)
    assert registry.version == 2
    assert "subject-1" not in registry.subjects, "version 2 is not yet beyond the base of the list"


def test_a_registry_beyond_the_base_of_the_list_speaks_for_itself(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(1, 1, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    assert "subject-1" in gate.install(gate.repository.bundle()).subjects


def test_an_older_list_of_revocations_is_refused(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    old = gate.repository.revoke(1, 1)
    gate.install(gate.repository.revoke(2, 1, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    gate.restart()
    assert gate.offer(old, URGENT_REVOCATIONS_NAME) is BundleRefusal.OLDER
    (gate.held / "revoked.list").unlink()
    gate.restart()
    assert gate.offer(old, URGENT_REVOCATIONS_NAME) is BundleRefusal.OLDER


def test_revocations_of_another_site_or_an_untrusted_key_are_refused(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    elsewhere = gate.repository.revoke(1, 1, site="red-court", subjects=("subject-1",))
    assert gate.offer(elsewhere, URGENT_REVOCATIONS_NAME) is BundleRefusal.OTHER_SITE
    gate.repository.registry_key = new_key()
    forged = gate.repository.revoke(1, 1, subjects=("subject-1",))
    assert gate.offer(forged, URGENT_REVOCATIONS_NAME) is BundleRefusal.UNSIGNED


# --- a disk that fails, a cable that is pulled ---------------------------------------------------


class PowerCut(BaseException):
    """Everything stops here."""


@contextmanager
def cut_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stop at the `step`th write, rename, sync or removal. The list says which ones there were."""
    done: list[str] = []

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def counting(*values: object, **options: object) -> object:
            reads = name == "open" and not int(str(values[1])) & os.O_CREAT
            if reads:
                return call(*values, **options)
            if len(done) == step:
                raise PowerCut
            done.append(name)
            return call(*values, **options)

        return counting

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", counted("fsync", os.fsync))
        for name in ("replace", "unlink"):
            patched.setattr(Path, name, counted(name, getattr(Path, name)))
        patched.setattr(os, "open", counted("open", os.open))
        yield done


def contents(registry: Registry | None) -> object:
    return None if registry is None else (registry.version, registry.set_sha256, registry.subjects)


@pytest.mark.longer
@pytest.mark.parametrize("kind", ["bundle", "changes", "rotation", "compaction"])
def test_a_power_cut_at_any_step_leaves_the_old_or_the_new_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    steps, seen = 0, set()
    while True:
        gate = Gate(tmp_path / f"{steps}", Repository())
        gate.install(gate.repository.bundle())
        for _ in range(32 if kind == "compaction" else 1):
            gate.install(next_changes(gate.repository), CHANGES_NAME)
        if kind == "rotation":
            gate.repository.registry_key = new_key()
            gate.repository.rotate()
        old = contents(gate.store.held)
        if kind in {"bundle", "rotation"}:
            gate.put(gate.repository.bundle())
        else:
            gate.put(next_changes(gate.repository), CHANGES_NAME)
        cut = False
        with cut_at(steps, monkeypatch) as done:
            try:
                gate.poll()
            except PowerCut:
                cut = True
        gate.restart()
        after = contents(gate.store.held)
        gate.poll()
        new = contents(gate.store.held)
        assert gate.version == gate.repository.version, "the next look finishes the work"
        assert after in (old, new), f"after {done}"
        seen.add(after == new)
        if not cut:
            break
        steps += 1 if LONG else 2
    assert steps > 5
    assert seen == {True, False}


def test_a_disk_that_is_full_is_said_and_tried_again(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.install(gate.repository.bundle())
    gate.put(gate.repository.bundle())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for _ in range(2):
            with pytest.raises(RegistryError, match="No space left"):
                gate.poll()
    assert gate.version == 1
    assert len(gate.poll()) == 1
    assert gate.version == 2


def test_an_expired_file_is_refused_by_name(gate: Gate) -> None:
    late = replace(NOW, at=NOW.at + timedelta(days=60))
    gate.wall = late
    assert gate.offer(gate.repository.bundle()) is BundleRefusal.EXPIRED


def test_without_the_note_of_what_was_seen_what_is_held_still_says_it(gate: Gate) -> None:
    older = gate.repository.bundle()
    gate.install(gate.repository.bundle())
    (gate.held / "rollback.json").write_bytes(b"damaged")
    gate.restart()
    assert gate.offer(older) is BundleRefusal.OLDER


# --- erasure -------------------------------------------------------------------------------------

NAME = b"Li Xiaohong of the third floor"


def kept(gate: Gate) -> dict[str, bytes]:
    """Every file of the gate's folder, opened and unpacked."""
    return {path.name: opened(path) for path in gate.held.iterdir()}


def opened(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".changes":
        *_, part = split_whole(data, changes.MAGIC, (1 << 20, 1 << 20, 1 << 20))
        return zlib.decompress(open_object(part, ObjectKind.CHANGES, SITE, SEAL_KEY))
    if path.suffix == ".bundle":
        return open_object(parts_of(data)[2], ObjectKind.SNAPSHOT, SITE, SEAL_KEY)
    return data


@pytest.mark.parametrize("erased_by", ["bundle", "changes"])
@pytest.mark.parametrize("came_by", ["bundle", "changes"])
def test_whom_a_version_erases_no_file_of_the_gate_knows(gate: Gate, came_by: str, erased_by: str) -> None:
    def publish(way: str, people: tuple[Subject, ...]) -> None:
        repository = gate.repository
        content = replace(repository.content, subjects=people)
        made = repository.publish(content, bases=[repository.version] if way == "changes" else [])
        if way == "changes":
            gate.install(made.file_of_changes(repository.version - 1), CHANGES_NAME)
        else:
            gate.install(made.bundle)

    gate.install(gate.repository.bundle())
    others = gate.repository.content.subjects
    publish(came_by, (*others, Subject("li-xiaohong", name=NAME.decode())))
    publish("changes", (*gate.repository.content.subjects, Subject("another")))
    assert any(NAME in data for data in kept(gate).values())
    publish(erased_by, (*others, Subject("another")))
    assert [name for name, data in kept(gate).items() if NAME in data] == []
    held = gate.store.held
    (gate.held / "current.bundle").write_bytes(b"noise")
    assert gate.restart()
    assert gate.store.held == held, "the last good one is there still, twice"


@given(
    st.dictionaries(st.sampled_from(["ann", "bob", "cy"]), st.integers(0, 2)),
    st.dictionaries(st.sampled_from(["ann", "bob", "cy"]), st.integers(0, 2)),
)
def test_forgotten_is_who_is_gone_or_has_no_template_left(
    before: dict[str, int], after: dict[str, int]
) -> None:
    def keys(people: dict[str, int]) -> frozenset[bytes]:
        faces = {template_key(name, number) for name, count in people.items() for number in range(count)}
        return frozenset({subject_key(name) for name in people} | faces)

    expected = {name for name, faces in before.items() if name not in after or (faces and not after[name])}
    assert forgotten(keys(before), keys(after)) == expected


# --- a list of urgent revocations that is lost ----------------------------------------------------------


def lost(gate: Gate, how: str) -> None:
    """What a failing card makes of the list of urgent revocations."""
    listed, older = gate.held / "revoked.list", gate.repository.revoke(1, 9)
    if how == "missing":
        listed.unlink()
    elif how == "an older one":
        listed.write_bytes(older)
    else:
        listed.write_bytes(listed.read_bytes()[:-1] + b"x")
    (gate.folder / URGENT_REVOCATIONS_NAME).unlink(missing_ok=True)


@pytest.mark.parametrize("how", ["missing", "damaged", "an older one"])
def test_a_lost_list_of_revocations_is_reported_and_no_pass_counts_without_it(gate: Gate, how: str) -> None:
    assert gate.install(gate.repository.bundle()).pass_keys
    data = gate.repository.revoke(2, 5, passes=("cd" * 8,), subjects=("subject-1",))
    gate.install(data, URGENT_REVOCATIONS_NAME)
    lost(gate, how)
    assert "list 2 of urgent revocations was held and is lost" in gate.restart()[-1]
    for registry in (gate.store.in_force(), gate.install(gate.repository.bundle())):
        assert registry is not None
        assert registry.pass_keys == {}, "nobody can say which passes were revoked"
        assert sorted(registry.subjects) == ["subject-0", "subject-2"], "and who was taken out stays out"
        assert {template.subject_id for template in registry.templates} == {"subject-0", "subject-2"}
    back = gate.install(data, URGENT_REVOCATIONS_NAME)
    assert back.pass_keys
    assert back.revoked_passes >= {"cd" * 8}
    assert gate.restart() == ()


def test_a_list_that_is_lost_is_missed_by_no_registry_that_speaks_for_itself(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(1, 1, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    gate.install(gate.repository.bundle())
    lost(gate, "missing")
    assert gate.restart() == ()
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys
    assert "subject-1" in registry.subjects


def test_of_a_list_that_an_earlier_version_noted_by_its_number_alone_nothing_is_presumed(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(1, 1), URGENT_REVOCATIONS_NAME)
    seen = read_rollback_state(gate.held)
    assert seen is not None
    write_rollback_state(gate.held, replace(seen, revoked={}))
    gate.install(gate.repository.bundle())
    assert gate.restart() == ()
    lost(gate, "missing")
    gate.restart()
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys == {}


def rotated(gate: Gate, times: int = 1) -> None:
    """The registry key is replaced, and the gate has the next version by the new one."""
    for _ in range(times):
        gate.repository.registry_key = new_key()
        gate.repository.rotate()
    gate.install(gate.repository.bundle())


@pytest.mark.parametrize("how", ["there", "missing"])
def test_a_thiefs_list_of_withdrawals_ends_with_the_first_list_of_the_next_key(gate: Gate, how: str) -> None:
    """Not with the root alone: nobody can tell a thief's list from one that keeps a thief out."""
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(2**60, 2**60, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    if how == "missing":
        lost(gate, how)
    gate.restart()
    rotated(gate)
    registry = gate.store.in_force()
    assert registry is not None
    assert "subject-1" not in registry.subjects
    assert bool(registry.pass_keys) is (how == "there")
    back = gate.install(gate.repository.revoke(1, 1), URGENT_REVOCATIONS_NAME)
    assert back.pass_keys
    assert "subject-1" in back.subjects
    assert gate.restart() == ()


# --- a list whose key was replaced ---------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("base", ["not yet reached", "reached"])
def test_what_was_withdrawn_stays_so_when_the_key_is_replaced_and_that_is_said(
    gate: Gate, base: str, times: int
) -> None:
    [key_id] = gate.install(gate.repository.bundle()).pass_keys
    until = 9 if base == "not yet reached" else 1
    taken = {"passes": ("cd" * 8,), "subjects": ("subject-1",), "keys": (key_id,)}
    data = gate.repository.revoke(4, until, **taken)
    gate.install(data, URGENT_REVOCATIONS_NAME)
    rotated(gate, times)
    for findings in (gate.restart(), gate.restart()):
        [finding] = findings
        assert "list 4 of urgent revocations is signed by a key that the roots no longer name" in finding
        registry = gate.store.in_force()
        assert registry is not None
        assert registry.version == 2
        assert registry.pass_keys == {}, "a withdrawn key never counts again"
        if base == "not yet reached":
            assert "subject-1" not in registry.subjects
            assert registry.revoked_passes >= {"cd" * 8}
    anew = gate.repository.revoke(4, until, **taken)
    assert anew != data
    gate.install(anew, URGENT_REVOCATIONS_NAME)
    assert gate.restart() == (), "the same list by the new key is kept, and nothing is the matter any more"
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys == {}


def test_the_list_of_a_replaced_key_that_is_lost_lets_no_pass_in_until_the_next_comes(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(4, 9, passes=("cd" * 8,)), URGENT_REVOCATIONS_NAME)
    rotated(gate)
    lost(gate, "missing")
    assert "list 4 of urgent revocations was held and is lost" in gate.restart()[-1]
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys == {}
    assert gate.install(gate.repository.revoke(5, 9, passes=("cd" * 8,)), URGENT_REVOCATIONS_NAME).pass_keys


def test_the_list_of_a_replaced_key_does_not_stand_for_the_newer_one_that_is_lost(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    old = gate.repository.revoke(7, 9)
    gate.install(old, URGENT_REVOCATIONS_NAME)
    rotated(gate)
    gate.install(gate.repository.revoke(2, 9, passes=("cd" * 8,)), URGENT_REVOCATIONS_NAME)
    (gate.held / "revoked.list").write_bytes(old)
    (gate.folder / URGENT_REVOCATIONS_NAME).unlink()
    assert any("list 2 of urgent revocations was held and is lost" in finding for finding in gate.restart())
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys == {}


def test_a_replaced_key_takes_nothing_more_away(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    old = gate.repository.registry_key
    rotated(gate)
    gate.repository.registry_key = old
    late = gate.repository.revoke(9, 9, subjects=("subject-1",))
    assert gate.offer(late, URGENT_REVOCATIONS_NAME) is BundleRefusal.UNSIGNED
    gate.restart()
    registry = gate.store.in_force()
    assert registry is not None
    assert "subject-1" in registry.subjects


def test_a_list_by_a_key_whose_root_is_still_on_its_way_is_not_taken_for_lost(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.install(gate.repository.revoke(4, 9), URGENT_REVOCATIONS_NAME)
    gate.repository.registry_key = new_key()
    gate.repository.rotate()
    assert gate.install(
        gate.repository.revoke(1, 9, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME
    ).pass_keys
    assert gate.restart() == ()
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.pass_keys
    assert "subject-1" not in registry.subjects


@pytest.mark.parametrize("then", ["nothing", "a list that names none", "a lost list"])
def test_a_key_that_was_withdrawn_never_counts_again(gate: Gate, then: str) -> None:
    [key_id] = gate.install(gate.repository.bundle()).pass_keys
    gate.install(gate.repository.revoke(1, 1, keys=(key_id,)), URGENT_REVOCATIONS_NAME)
    if then == "a list that names none":
        gate.install(gate.repository.revoke(2, 1), URGENT_REVOCATIONS_NAME)
    if then == "a lost list":
        lost(gate, "missing")
    gate.install(gate.repository.bundle())
    gate.restart()
    registry = gate.store.in_force()
    assert registry is not None
    assert registry.version == 2, "beyond the base of every list"
    assert registry.pass_keys == {}


# --- what was refused in a wrong moment ----------------------------------------------------------


def at(days: int, trust: ClockTrust = ClockTrust.TRUSTED) -> WallTime:
    return WallTime(NOW.at + timedelta(days=days), trust)


def test_what_a_clock_of_2099_found_expired_is_taken_once_the_clock_is_right(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.wall = at(26_000)
    assert gate.offer(gate.repository.bundle()) is BundleRefusal.EXPIRED
    gate.wall = at(26_001)
    assert gate.poll() == (), "time that goes by makes nothing good"
    gate.wall = at(1)
    assert gate.poll() != ()
    assert gate.version == 2
    assert gate.poll() == ()


def test_what_had_expired_stays_refused_when_the_clock_is_right(gate: Gate) -> None:
    gate.wall = at(26_000)
    assert gate.offer(gate.repository.bundle(lifetime=timedelta(days=2))) is BundleRefusal.EXPIRED
    gate.wall = at(5)
    assert gate.poll() == (BundleRefusal.EXPIRED,)
    assert gate.poll() == ()


def test_changes_of_another_base_are_followed_once_that_is_held(gate: Gate) -> None:
    first = gate.repository.bundle()
    data = next_changes(gate.repository)
    assert gate.offer(data, CHANGES_NAME) is BundleRefusal.OTHER_BASE
    assert gate.poll() == ()
    gate.put(first)
    assert len(gate.poll()) == 2
    assert gate.version == 2


def test_what_a_later_root_vouches_for_is_taken_once_that_root_is_held(gate: Gate) -> None:
    gate.install(gate.repository.bundle())
    gate.repository.registry_key = new_key()
    urgent = gate.repository.revoke(1, 9, subjects=("subject-1",))
    assert gate.offer(urgent, URGENT_REVOCATIONS_NAME) is BundleRefusal.UNSIGNED
    gate.repository.rotate()
    gate.install(gate.repository.bundle())
    gate.poll()
    registry = gate.store.in_force()
    assert registry is not None
    assert "subject-1" not in registry.subjects


@pytest.mark.parametrize("claims", [-20_000, 0, 26_000])
def test_an_unsure_clock_takes_nothing_that_had_expired_before_what_is_held_was_signed(
    gate: Gate, claims: int
) -> None:
    gate.wall = at(claims, ClockTrust.UNTRUSTED)
    gate.install(gate.repository.bundle())
    assert gate.offer(gate.repository.bundle(lifetime=timedelta(0))) is BundleRefusal.EXPIRED
    assert gate.version == 1
    gate.install(gate.repository.bundle(lifetime=timedelta(seconds=1)))
