"""Registry down, on the gate's side of the wire: ask for what is new, check it early, stage it for the gate.

Nothing here decides what the gate believes. Sync knows the public root keys, and so refuses junk before it
costs bandwidth or disk; it holds no key that could make an entry, and the gate verifies everything again.
`now` is the monotonic clock's, in seconds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from edge.decision import WallTime
from edge.registry.format import (
    CHUNK_BYTES,
    MOST_CHAIN_BYTES,
    Anchor,
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
    split_chain,
    verify_head,
    verify_urgent_revocations,
)
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.status import RegistryStatus, read_status
from edge.support.files import read_bounded, write_aside
from sync.agent.registry_chunks import RegistryChunks, WantedObject
from sync.wire import (
    Announcement,
    RegistryChunk,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    RegistryWant,
    fingerprint,
)

RegistryMessage = Announcement | RegistryChunk


@dataclass(frozen=True)
class RegistryFolders:
    """`spool` is sync's own; `inbox` the bundle's path that the gate looks at; `held` the gate's folder."""

    spool: Path
    inbox: Path
    held: Path


_STEPPED_BACK = timedelta(minutes=1)
"""A clock that was set back by so much may find what was expired good again."""


@dataclass(frozen=True)
class FetchPace:
    """How sync asks: so many chunks at once, again after so many seconds, no more bytes a second than that.

    After `stalled` seconds without a chunk an object is given up where a newer version is known.
    """

    outstanding: int = 4
    ask_again_after: float = 30.0
    stalled: float = 600.0
    bytes_a_second: float = 2_000_000.0


class OutstandingChunks:
    """The chunks that were asked for on one link, and when. PURE."""

    def __init__(self) -> None:
        self._at: dict[tuple[bytes, int], float] = {}

    def next(self, name: bytes, missing: Iterable[int], now: float, pace: FetchPace) -> tuple[int, ...]:
        """Those of object `name`'s `missing` chunks to ask for now; they count as asked for."""
        again, lacking = now - pace.ask_again_after, list(missing)
        waiting = {(name, index): self._at.get((name, index), again) for index in lacking}
        self._at = {chunk: at for chunk, at in waiting.items() if at > again}
        room = max(0, pace.outstanding - len(self._at))
        chunks = tuple(index for index in lacking if (name, index) not in self._at)[:room]
        self._at.update(dict.fromkeys(((name, index) for index in chunks), now))
        return chunks


class RegistryFetcher:
    """Fetches one gate's registry. `refused` counts what was not believed, by stable code."""

    def __init__(
        self,
        places: RegistryFolders,
        believed: Trusted,
        wall: Callable[[], WallTime],
        pace: FetchPace = FetchPace(),
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._places = places
        self._believed = believed
        self._wall = wall
        self._pace = pace
        self._roots = self._roots_on_disk()
        self._known: dict[type, Announcement] = {}  # the newest of each kind that was not refused
        if self._roots:
            self._known[RegistryRoot] = RegistryRoot(self._roots)
        self._came_last = b""  # the newest manifest as it came: it may have to wait for its root
        self._newest: tuple[Head, bytes] | None = None
        self._parts: RegistryChunks | None = None
        self._progress = 0.0
        self._next_ask = 0.0
        self._staged: tuple[bytes, WantedObject, float] | None = None
        self._refused_by_gate: list[WantedObject] = []
        self._withdrawn: UrgentRevocations | None = None
        self._withdrawn_by = b""
        self._urgent = b""
        self._urgent_staged = 0.0
        self._expired_at: WallTime | None = None  # when the newest manifest was refused for its age

    @property
    def root(self) -> Root | None:
        """Whose word counts, by the newest chain of roots that came and is believed."""
        return newest_root(self._roots, self._believed)[1] if self._roots else None

    # --- what comes ------------------------------------------------------------------------

    def handle_message(self, message: RegistryMessage, now: float) -> None:
        """One message from the wire. What is refused is counted and changes nothing."""
        try:
            match message:
                case RegistryRoot(signed=signed):
                    self._take_roots(signed, now)
                case RegistryManifest(signed=signed):
                    self._take_manifest(signed)
                case RegistryUrgent(signed=signed):
                    self._take_urgent(signed, now)
                case RegistryChunk():
                    self._take_chunk(message, now)
        except BundleRefused as error:
            self.refused[error.refusal.value] += 1
        except OSError:
            self._could_not_store(now)
        else:
            if not isinstance(message, RegistryChunk):
                self._known[type(message)] = message

    def _take_roots(self, chain: bytes, now: float) -> None:
        chosen, _ = newest_root(chain, self._trusted())
        if len(split_chain(chosen)) > (len(split_chain(self._roots)) if self._roots else 0):
            self._roots = chosen
            self._places.spool.mkdir(parents=True, exist_ok=True)
            write_aside(self._places.spool / "roots", chosen)
            # What waited for this root, if anything did.
            if self._came_last:
                self._take_manifest(self._came_last)
            if self._urgent:
                self._take_urgent(self._urgent, now)

    def _take_manifest(self, signed: bytes) -> None:
        self._came_last, self._expired_at = signed, None
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
                raise BundleRefused(BundleRefusal.OLDER, f"version {head.manifest.version} is not the newest")
        self._newest = head, signed

    def _take_urgent(self, signed: bytes, now: float) -> None:
        self._urgent = signed
        if not self._roots:
            return
        data = assemble_urgent_revocations(self._roots, signed)
        listed, key_id = verify_urgent_revocations(data, self._trusted())
        held, signed_anew = self._withdrawn, key_id != self._withdrawn_by
        if held is not None and listed.number < held.number and not signed_anew:
            raise BundleRefused(BundleRefusal.OLDER, f"withdrawals {listed.number} are not the newest")
        if listed != held or signed_anew:
            self._stage(URGENT_REVOCATIONS_NAME, [data])
            self._withdrawn, self._withdrawn_by, self._urgent_staged = listed, key_id, now

    def _take_chunk(self, message: RegistryChunk, now: float) -> None:
        parts = self._parts
        if parts is None or message.object != parts.wanted.blob.sha256:
            return  # an answer to a question of before
        if not parts.add(message.index, message.data):
            raise BundleRefused(BundleRefusal.FORGED, f"chunk {message.index} is not what the manifest says")
        self._progress = now
        if not parts.missing:
            self._finish(parts, now)

    # --- what is asked ---------------------------------------------------------------------

    def question(self) -> RegistryWant:
        """Asks what is newest, and says what is known of it."""
        return RegistryWant(fingerprint(self._known.values()), (), self.status().version)

    def want(self, now: float, asked: OutstandingChunks) -> RegistryWant | None:
        """What to ask for at this moment, on the link that has `asked`; None: nothing, or not yet."""
        status = self.status()
        try:
            self._again(status, now)
            self._choose(status, now)
        except OSError:
            self._could_not_store(now)
        parts = self._parts
        if parts is None or now < self._next_ask:
            return None
        chunks = asked.next(parts.wanted.blob.sha256, parts.missing, now, self._pace)
        if not chunks:
            return None
        self._next_ask = now + len(chunks) * CHUNK_BYTES / self._pace.bytes_a_second
        return RegistryWant(parts.wanted.blob.sha256, chunks, status.version)

    def _again(self, status: RegistryStatus, now: float) -> None:
        """Take what a wrong clock refused, stage withdrawals that the gate has lost; raises OSError."""
        wall, expired_at, listed = self._wall(), self._expired_at, self._withdrawn
        if expired_at is not None and wall.at < expired_at.at - _STEPPED_BACK:
            self.handle_message(RegistryManifest(self._came_last), now)
        lost = listed is not None and status.version > 0 and status.urgent_revocations < listed.number
        if lost and now - self._urgent_staged >= self._pace.stalled:
            self._urgent_staged = now
            self._stage(URGENT_REVOCATIONS_NAME, [assemble_urgent_revocations(self._roots, self._urgent)])

    def status(self) -> RegistryStatus:
        """What the gate says that it holds."""
        return read_status(self._places.held) or RegistryStatus(self._believed.site, self._believed.gate)

    def _choose(self, status: RegistryStatus, now: float) -> None:
        """What is to be fetched. A snapshot on its way is not given up for each newer version."""
        if self._waits_for_the_gate(status, now):
            return
        wanted, parts = self._best(status), self._parts
        if parts is not None and parts.wanted != wanted:
            whole = parts.wanted.name == self._places.inbox.name
            overtaken = wanted is None or wanted.name == CHANGES_NAME
            if whole and not overtaken and now - self._progress < self._pace.stalled:
                return
            self._drop_parts()
        if wanted is not None and self._parts is None:
            self._parts = RegistryChunks(self._places.spool, wanted)
            self._progress = now
            if not self._parts.missing:
                self._finish(self._parts, now)

    def _clear_inbox(self) -> None:
        """The gate keeps what it took; a file that stayed would go on to know whom a version has erased."""
        for name in (self._places.inbox.name, CHANGES_NAME):
            self._places.inbox.with_name(name).unlink(missing_ok=True)

    def _waits_for_the_gate(self, status: RegistryStatus, now: float) -> bool:
        """Whether it has yet to say what became of the file that was staged last."""
        if self._staged is None:
            return False
        sha256, wanted, since = self._staged
        if status.refused is not None and status.refused.sha256 == sha256.hex():
            self._refused_by_gate = [*self._refused_by_gate[-7:], wanted]
            self.refused["by_the_gate"] += 1
        elif status.version != wanted.version:
            superseded = self._newest is not None and self._newest[0].manifest.version > wanted.version
            if not superseded or now - since < self._pace.stalled:
                return True
        else:
            self._clear_inbox()
        self._staged = None
        return False

    def _best(self, status: RegistryStatus) -> WantedObject | None:
        """Changes to what the gate holds, where there are any that it has not refused; else the whole."""
        if self._newest is None or not self._is_news(self._newest[0], status):
            return None
        head, signed = self._newest
        offered = head.manifest.offer_from(status.version) if status.version else None
        ways = [(CHANGES_NAME, changes.MAGIC, offered)] if offered is not None else []
        ways.append((self._places.inbox.name, bundle.MAGIC, head.manifest.snapshot))
        for name, magic, blob in ways:
            wanted = WantedObject(name, magic, head.roots, signed, head.manifest.version, blob)
            if wanted not in self._refused_by_gate:
                return wanted
        return None  # the gate has refused both: a newer version may be better

    def _is_news(self, head: Head, status: RegistryStatus) -> bool:
        manifest = head.manifest
        if (manifest.version, manifest.set_sha256.hex()) == (status.version, status.set_sha256):
            return False
        return manifest.version > status.version or head.root.version > status.root_version

    # --- inside ----------------------------------------------------------------------------

    def _finish(self, parts: RegistryChunks, now: float) -> None:
        """Into the gate's inbox, where it is verified again."""
        sha256 = self._stage(parts.wanted.name, parts.file())
        self._staged = sha256, parts.wanted, now
        self._parts = None
        parts.discard()

    def _stage(self, name: str, pieces: Iterable[bytes]) -> bytes:
        """Put a file into the inbox, whole or not at all; its SHA-256. Raises OSError."""
        target = self._places.inbox.with_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()

        def hashed() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        # The gate is another user of the same group.
        write_aside(target, hashed(), 0o640)
        return digest.digest()

    def _could_not_store(self, now: float) -> None:
        """A full or failing disk: free what was fetched, and do not fetch it again at once."""
        self.refused["not_stored"] += 1
        self._drop_parts()
        self._next_ask = now + self._pace.ask_again_after

    def _drop_parts(self) -> None:
        if self._parts is not None:
            with suppress(OSError):
                self._parts.discard()
        self._parts = None

    def _trusted(self) -> Trusted:
        return replace(self._believed, roots=self._roots)

    def _roots_on_disk(self) -> bytes:
        try:
            chain = read_bounded(self._places.spool / "roots", MOST_CHAIN_BYTES)
            return newest_root(chain, self._believed)[0]
        except (OSError, BundleRefused):
            return b""


def believing(site: str, gate: str, anchor: Anchor) -> Trusted:
    """What sync believes: the public root keys. What was held is the gate's to remember."""
    return Trusted(site, anchor, gate)
