"""Whatever is published, withheld, replayed, forged, rotated or cut off: the gate's promises hold.

A real repository publishes and rotates its keys; a real gate gets any of its files at any time, restarts,
loses power in the middle. The model is what the gate may have believed.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from edge.decision import Subject
from edge.registry.format import Content, Registry
from edge.registry.inbox import CHANGES_NAME
from edge.signing.cose import key_id_of
from tests.edge.registry.gate_disk import Gate
from tests.edge.registry.repository import POLICY, Repository, new_key, public
from tests.edge.registry.test_store import PowerCut, cut_at
from tests.examples import tried


@dataclass(frozen=True)
class File:
    """Something that may be put into the inbox, and what is true of it."""

    name: str
    data: bytes
    version: int
    set_sha256: bytes
    signed_by: bytes


class RegistryMachine(RuleBasedStateMachine):
    files = Bundle("files")
    patch = pytest.MonkeyPatch()

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.repository = Repository(root_keys=[new_key() for _ in range(3)])
        self.gate = Gate(Path(self.scratch.name) / "gate", self.repository)
        self.published: set[tuple[int, bytes]] = set()
        self.revoked: dict[bytes, int] = {}  # keys that were revoked, by the root that did
        self.floor: dict[bytes, int] = {}
        self.stolen: list[Ed25519PrivateKey] = []

    def teardown(self) -> None:
        """However it went: what the repository says in the end is what the gate holds."""
        with self.scratch:
            self.gate.restart()
            whole = self._file(self.repository.publish(), whole=True)
            self._deliver(whole)
            held = self.gate.store.held
            assert held is not None
            assert (held.version, held.set_sha256) == (whole.version, whole.set_sha256)

    # --- the publisher ---------------------------------------------------------------------

    @rule(
        target=files,
        people=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9)),
        whole=st.booleans(),
    )
    def publish(self, people: dict[str, int], whole: bool) -> File:
        subjects = tuple(Subject(name, version=version) for name, version in sorted(people.items()))
        made = self.repository.publish(Content(POLICY, subjects=subjects))
        return self._file(made, whole=whole or not made.changes)

    @rule(target=files, back=st.integers(0, 4))
    def send_an_earlier_version_again(self, back: int) -> File:
        if not self.repository.published:
            return self._file(self.repository.publish(), whole=True)
        chosen = self.repository.published[-1 - back % len(self.repository.published)]
        return self._file(chosen, whole=True)

    @rule()
    def rotate_the_registry_key(self) -> None:
        self.stolen.append(self.repository.registry_key)
        [key] = public(self.repository.registry_key)
        self.repository.registry_key = new_key()
        self.repository.rotate()
        self.revoked[key_id_of(key)] = len(self.repository.documents)

    @rule()
    def rotate_the_policy_key(self) -> None:
        self.repository.policy_key = new_key()
        self.repository.rotate()

    @rule()
    def rotate_the_root(self) -> None:
        self.repository.rotate(root_keys=[new_key() for _ in range(3)])

    # --- the thief -------------------------------------------------------------------------

    @precondition(lambda self: self.stolen)
    @rule(target=files, version=st.integers(1, 99), which=st.integers(0, 9), old_roots=st.booleans())
    def forge(self, version: int, which: int, old_roots: bool) -> File:
        """With a key that was revoked, under the roots of now or those of then."""
        key = self.stolen[which % len(self.stolen)]
        [public_key] = public(key)
        thief = Repository(root_keys=self.repository.root_keys, policy_key=self.repository.policy_key)
        documents = self.repository.documents
        then = self.revoked[key_id_of(public_key)] - 1
        thief.documents = documents[:then] if old_roots else list(documents)
        thief.content = Content(POLICY, subjects=(Subject("thief"),))
        made = thief.publish(version=version, key=key, records=self.repository.records(thief.content))
        return self._file(made, whole=True)

    @rule(file=files, place=st.integers(0, 10**6), bit=st.integers(0, 7))
    def deliver_damaged(self, file: File, place: int, bit: int) -> None:
        data = bytearray(file.data)
        data[place % len(data)] ^= 1 << bit
        before = self.gate.store.held
        self._put(bytes(data), file.name)
        self.gate.poll()
        after = self.gate.store.held
        # A surplus signature of a root may be damaged and the rest still good: then it is the file itself.
        assert after == before or (after is not None and after.set_sha256 == file.set_sha256)
        self._note()

    # --- the gate --------------------------------------------------------------------------

    @rule(file=files)
    def deliver(self, file: File) -> None:
        self._deliver(file)

    @rule(file=files, step=st.integers(0, 12))
    def deliver_and_cut_the_power(self, file: File, step: int) -> None:
        before = self.gate.store.held
        self._put(file.data, file.name)
        with cut_at(step, self.patch), suppress(PowerCut):
            self.gate.poll()
        self.gate.restart()
        after = self.gate.store.held
        assert after == before or (after is not None and after.set_sha256 == file.set_sha256)
        self._note()

    @rule()
    def restart(self) -> None:
        before = self.gate.store.held
        self.gate.restart()
        assert self.gate.store.held == before

    @invariant()
    def what_is_held_was_published_by_a_key_that_counts(self) -> None:
        held = self.gate.store.held
        if held is None:
            return
        assert (held.version, held.set_sha256) in self.published or held.signed_by in self.revoked
        gone = self.revoked.get(held.signed_by)
        assert gone is None or held.root.version < gone, "a key that this very root withdrew"

    @invariant()
    def versions_of_a_key_that_counts_never_fall(self) -> None:
        held = self.gate.store.held
        if held is not None:
            assert held.version >= self.floor.get(held.signed_by, 0)

    # --- inside ----------------------------------------------------------------------------

    def _deliver(self, file: File) -> Any:
        self._put(file.data, file.name)
        found = self.gate.poll()
        self._note()
        return found

    def _put(self, data: bytes, name: str) -> None:
        """This file and no other: what a power cut left in the inbox would be taken up as well."""
        for each in (self.gate.inbox, self.gate.inbox.with_name(CHANGES_NAME)):
            each.unlink(missing_ok=True)
        self.gate.put(data, name)

    def _note(self) -> None:
        held: Registry | None = self.gate.store.held
        if held is not None:
            self.floor[held.signed_by] = max(self.floor.get(held.signed_by, 0), held.version)

    def _file(self, made: Any, *, whole: bool) -> File:
        if made.signed and made.manifest.version == self.repository.version:
            self.published.add((made.manifest.version, made.manifest.set_sha256))
        base = max(made.changes, default=0)
        name = "registry.bundle" if whole else CHANGES_NAME
        data = made.bundle if whole else made.file_of_changes(base)
        [key] = public(self.repository.registry_key)
        return File(name, data, made.manifest.version, made.manifest.set_sha256, key_id_of(key))


RegistryMachine.TestCase.settings = settings(max_examples=tried(50), stateful_step_count=25, deadline=None)
test_the_gates_promises_hold = RegistryMachine.TestCase
