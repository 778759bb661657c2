"""Fetches a gate's registry: asks for what is new, verifies it early, and stages it in the gate's inbox.

Sync decides nothing for the gate. It knows the public root keys, so that it refuses junk before that costs
bandwidth or disk; it holds no key that could sign an entry, and the gate verifies everything again. `now` is
monotonic, in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from edge.decision import WallTime
from edge.registry.format import (
    CHUNK_BYTES,
    BundleRefusal,
    BundleRefused,
    Head,
    Root,
    Trusted,
    UrgentRevocations,
    assemble_urgent_revocations,
    bundle,
    changes,
    newest_root,
    refuse_if_expired,
    verify_head,
    verify_urgent_revocations,
)
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.status import RegistryStatus, StatusReader
from edge.support.due import NEVER
from edge.support.files import write_aside
from sync.agent.core import FetchPace, OutstandingChunks
from sync.agent.held_roots import file_of_roots, held_roots
from sync.agent.registry_chunks import RegistryChunks, WantedObject
from sync.agent.registry_folders import RegistryFolders
from sync.wire import (
    Announcement,
    Held,
    RegistryChunk,
    RegistryLists,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    RegistryWant,
    fingerprint,
)

RegistryMessage = Announcement | RegistryChunk


_STEPPED_BACK = timedelta(minutes=1)
"""If the clock is set back by this much, an expired manifest may be valid again."""


class RegistryFetcher:
    """Fetches one gate's registry. `refused` counts what was refused, by stable code."""

    def __init__(
        self,
        folders: RegistryFolders,
        trust: Trusted,
        wall: Callable[[], WallTime],
        pace: FetchPace | None = None,
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._folders = folders
        self._status = StatusReader(folders.held)
        self._trust = trust
        self._wall = wall
        self._pace = pace or FetchPace()
        self._roots, self._root = held_roots(folders.spool, trust)
        self._known: dict[type, Announcement] = {}  # the newest of each kind that was accepted
        if self._roots:
            self._known[RegistryRoot] = RegistryRoot(self._roots)
        self._last_manifest = b""  # the newest manifest as it arrived: it may have to wait for its root
        self._newest: tuple[Head, bytes] | None = None
        self._chunks: RegistryChunks | None = None
        self._progress_at = 0.0
        self._next_ask = 0.0
        self._store_again_at = 0.0
        self._staged: tuple[bytes, WantedObject, float] | None = None
        self._refused_by_gate: list[WantedObject] = []
        self._cleared: int | None = None
        self._revocations: UrgentRevocations | None = None
        self._revocations_key = b""
        self._signed_revocations = b""
        self._revocations_staged_at = 0.0
        self._expired_at: WallTime | None = None  # when the newest manifest was refused as expired

    @property
    def root(self) -> Root | None:
        """The newest verified root, or None."""
        return self._root

    def root_in(self, chain: bytes) -> Root | None:
        """The newest verified root once `chain` is known too; None if the chain does not count."""
        try:
            return newest_root(chain, self._trusted())[1]
        except BundleRefused:
            return None

    def held(self) -> Held:
        """What the gate reports to hold, and the fingerprint of what was accepted here."""
        status = self.status()
        return Held(
            status.version,
            status.root_version,
            status.urgent_revocations,
            fingerprint=fingerprint(self._known.values()),
        )

    # --- what arrives ------------------------------------------------------------------------

    def handle_message(self, message: RegistryMessage, now: float) -> None:
        """Handle one message from central. A refused one is counted and changes nothing."""
        try:
            match message:
                case RegistryRoot(signed=signed):
                    self._handle_roots(signed, now)
                case RegistryManifest(signed=signed):
                    self._handle_manifest(signed)
                case RegistryUrgent(signed=signed):
                    self._handle_revocations(signed, now)
                case RegistryLists():
                    pass  # known by its fingerprint; ListFetcher fetches them
                case RegistryChunk():
                    self._handle_chunk(message, now)
        except BundleRefused as error:
            self.refused[error.refusal.value] += 1
        except OSError:
            self._could_not_store(now)
        else:
            if not isinstance(message, RegistryChunk):
                self._known[type(message)] = message

    def _handle_roots(self, chain: bytes, now: float) -> None:
        chosen, root = newest_root(chain, self._trusted())
        if self._root is None or root.version > self._root.version:
            self._roots, self._root = chosen, root
            self._folders.spool.mkdir(parents=True, exist_ok=True)
            write_aside(file_of_roots(self._folders.spool), chosen)
            self._judge_again(now)

    def _judge_again(self, now: float) -> None:
        """Judge by a new root what waited for it, and what was accepted before: its key may count no more."""
        accepted, waiting = self._newest, self._last_manifest
        self._newest = None
        for signed in dict.fromkeys((b"" if accepted is None else accepted[1], waiting)):
            if signed:
                with self._refusals_counted():
                    self._handle_manifest(signed)
        if self._signed_revocations:
            with self._refusals_counted():
                self._handle_revocations(self._signed_revocations, now)

    @contextmanager
    def _refusals_counted(self) -> Iterator[None]:
        try:
            yield
        except BundleRefused as error:
            self.refused[error.refusal.value] += 1

    def _handle_manifest(self, signed: bytes) -> None:
        self._last_manifest, self._expired_at = signed, None
        if not self._roots:
            return
        head, wall = verify_head(self._roots, signed, self._trusted()), self._wall()
        self._expired_at = wall
        refuse_if_expired(head, wall)
        self._expired_at = None
        if self._newest is not None:
            newest = self._newest[0]
            older = head.manifest.version < newest.manifest.version
            if older and head.root.version <= newest.root.version:
                raise BundleRefused(
                    BundleRefusal.OLDER,
                    f"version {head.manifest.version} is older than {newest.manifest.version}",
                )
        self._newest = head, signed

    def _handle_revocations(self, signed: bytes, now: float) -> None:
        self._signed_revocations = signed
        if not self._roots:
            return
        data = assemble_urgent_revocations(self._roots, signed)
        listed, key_id = verify_urgent_revocations(data, self._trusted())
        held, signed_anew = self._revocations, key_id != self._revocations_key
        if held is not None and listed.number < held.number and not signed_anew:
            raise BundleRefused(
                BundleRefusal.OLDER, f"revocation list {listed.number} is older than {held.number}"
            )
        if listed != held or signed_anew:
            self._folders.stage(URGENT_REVOCATIONS_NAME, [data])
            self._revocations, self._revocations_key, self._revocations_staged_at = listed, key_id, now

    def _handle_chunk(self, message: RegistryChunk, now: float) -> None:
        fetched = self._chunks
        if fetched is None or message.object != fetched.wanted.blob.sha256:
            return  # the answer to an earlier want
        if not fetched.add(message.index, message.data):
            raise BundleRefused(
                BundleRefusal.FORGED, f"chunk {message.index} does not have the hash in the manifest"
            )
        self._progress_at = now
        if not fetched.missing:
            self._finish(fetched, now)

    # --- what is asked for ---------------------------------------------------------------------

    def next_want(self, now: float, outstanding: OutstandingChunks) -> RegistryWant | None:
        """The chunks to ask for at `now` on the link of `outstanding`; None: nothing, or not yet."""
        if now < self._store_again_at:
            return None
        status = self.status()
        try:
            self._retry(status, now)
            self._choose_object(status, now)
        except OSError:
            self._could_not_store(now)
        fetched = self._chunks
        if fetched is None or now < self._next_ask:
            return None
        chunks = outstanding.next(fetched.wanted.blob.sha256, fetched.missing, now, self._pace)
        if not chunks:
            return None
        self._next_ask = now + len(chunks) * CHUNK_BYTES / self._pace.bytes_a_second
        return RegistryWant(fetched.wanted.blob.sha256, chunks, status.version)

    def next_due(self, now: float, outstanding: OutstandingChunks) -> float:
        """When `next_want` has something to do although nothing arrives and the gate writes nothing; inf:
        never.
        """
        stalled = self._pace.stalled
        dues = [self._store_again_at, self._revocations_staged_at + stalled]
        if self._staged is not None:
            dues.append(self._staged[2] + stalled)
        if self._chunks is not None:
            dues += [self._next_ask, self._progress_at + stalled, outstanding.next_due(self._pace)]
        return min((at for at in dues if at > now), default=NEVER)

    def _retry(self, status: RegistryStatus, now: float) -> None:
        """Retry a manifest that a wrong clock refused, and stage revocations that the gate lost. Raises
        OSError.
        """
        wall, expired_at, listed = self._wall(), self._expired_at, self._revocations
        if expired_at is not None and wall.at < expired_at.at - _STEPPED_BACK:
            self.handle_message(RegistryManifest(self._last_manifest), now)
        lost = listed is not None and status.version > 0 and status.urgent_revocations < listed.number
        if lost and now >= self._revocations_staged_at + self._pace.stalled:
            self._revocations_staged_at = now
            self._folders.stage(
                URGENT_REVOCATIONS_NAME, [assemble_urgent_revocations(self._roots, self._signed_revocations)]
            )

    def status(self) -> RegistryStatus:
        """What the gate reports to hold."""
        return self._status.read() or RegistryStatus(self._trust.site, self._trust.gate)

    def _choose_object(self, status: RegistryStatus, now: float) -> None:
        """Choose the object to fetch. A snapshot in progress is not given up for each newer version."""
        if self._waits_for_the_gate(status, now):
            return
        wanted, fetched = self._best_offer(status), self._chunks
        self._clear_where_up_to_date(status)
        if fetched is not None and fetched.wanted != wanted:
            whole = fetched.wanted.name == self._folders.inbox.name
            overtaken = wanted is None or wanted.name == CHANGES_NAME
            if whole and not overtaken and now < self._progress_at + self._pace.stalled:
                return
            self._drop_chunks()
        if wanted is not None and self._chunks is None:
            self._chunks = RegistryChunks(self._folders.spool, wanted)
            self._progress_at = now
            if not self._chunks.missing:
                self._finish(self._chunks, now)

    def _clear_where_up_to_date(self, status: RegistryStatus) -> None:
        """Where the gate holds the newest version, nothing older stays in spool or inbox: a process that was
        ended between staging and clearing left a file there that may know somebody whom a version erased.
        """
        newest = None if self._newest is None else self._newest[0].manifest.version
        if newest is not None and status.version == newest != self._cleared:
            self._folders.clear()
            self._cleared = newest

    def _waits_for_the_gate(self, status: RegistryStatus, now: float) -> bool:
        """Whether the gate has not answered yet for the file that was staged last."""
        if self._staged is None:
            return False
        sha256, wanted, since = self._staged
        if status.refused is not None and status.refused.sha256 == sha256.hex():
            self._refused_by_gate = [*self._refused_by_gate[-7:], wanted]
            self.refused["by_the_gate"] += 1
        elif status.version != wanted.version:
            superseded = self._newest is not None and self._newest[0].manifest.version > wanted.version
            if not superseded or now < since + self._pace.stalled:
                return True
        else:
            self._folders.clear_inbox()
        self._staged = None
        return False

    def _best_offer(self, status: RegistryStatus) -> WantedObject | None:
        """The changes from what the gate holds, unless there are none or it refused them; else the
        snapshot.
        """
        if self._newest is None or not self._is_newer(self._newest[0], status):
            return None
        head, signed = self._newest
        offered = head.manifest.offer_from(status.version) if status.version else None
        ways = [(CHANGES_NAME, changes.MAGIC, offered)] if offered is not None else []
        ways.append((self._folders.inbox.name, bundle.MAGIC, head.manifest.snapshot))
        for name, magic, blob in ways:
            wanted = WantedObject(name, magic, head.roots, signed, head.manifest.version, blob)
            if wanted not in self._refused_by_gate:
                return wanted
        return None  # the gate has refused both; a newer version may be better

    def _is_newer(self, head: Head, status: RegistryStatus) -> bool:
        manifest = head.manifest
        if (manifest.version, manifest.set_sha256.hex()) == (status.version, status.set_sha256):
            return False
        return manifest.version > status.version or head.root.version > status.root_version

    # --- inside ----------------------------------------------------------------------------

    def _finish(self, fetched: RegistryChunks, now: float) -> None:
        """Move a complete object into the gate's inbox, where the gate verifies it again."""
        sha256 = self._folders.stage(fetched.wanted.name, fetched.file())
        self._staged = sha256, fetched.wanted, now
        self._chunks = None
        fetched.discard()

    def _could_not_store(self, now: float) -> None:
        """On a full or failing disk, free what was fetched and wait before fetching it again."""
        self.refused["not_stored"] += 1
        self._drop_chunks()
        self._store_again_at = now + self._pace.ask_again_after

    def _drop_chunks(self) -> None:
        if self._chunks is not None:
            with suppress(OSError):
                self._chunks.discard()
        self._chunks = None

    def _trusted(self) -> Trusted:
        return replace(self._trust, roots=self._roots)
