"""Fetches the lists about health certificates, and puts them into the gate's inbox.

Sync verifies only that the bytes are those that central offers; the gate verifies each list's own signature.
What was put is remembered beside the pieces, so that a restart fetches nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from edge.credentials.trust_lists import MOST_SIGNED_LIST_BYTES
from edge.registry.format import CHUNK_BYTES, Blob
from edge.registry.lists import CHANGES, ISSUERS, REVOCATIONS
from edge.signing.cose import MessageRefusal, MessageRefused
from edge.support.decoding import Undecodable, json_of
from edge.support.due import NEVER
from edge.support.files import READABLE_BY_GROUP, list_bounded, read_bounded, write_aside
from sync.agent.core import FetchPace, OutstandingChunks
from sync.agent.registry_chunks import RegistryChunks, WantedObject
from sync.wire import ListOffer, RegistryChunk, RegistryLists, RegistryWant

_MOST_NOTE_BYTES = 4_096
_MOST_NAMES = 10_000


class _Put(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The versions that were put into the inbox last."""

    issuers: int = 0
    revocations: int = 0


class ListFetcher:
    """Fetches what central offers into the folder `inbox`; pieces are kept in `spool`."""

    def __init__(self, spool: Path, inbox: Path, pace: FetchPace | None = None) -> None:
        self._spool = spool
        self._inbox = inbox
        self._pace = pace or FetchPace()
        self._offered: tuple[ListOffer, ...] = ()
        self._put = self._read_put()
        self._chunks: RegistryChunks | None = None
        self._next_ask = float("-inf")

    @property
    def versions(self) -> dict[str, int]:
        """The version of each list that was put into the gate's inbox last, of those that were."""
        put = {ISSUERS: self._put.issuers, REVOCATIONS: self._put.revocations}
        return {name: version for name, version in put.items() if version}

    def handle_offer(self, message: RegistryLists) -> None:
        """Note what central offers. Raises MessageRefused for a list larger than the gate reads."""
        for offer in message.lists:
            if offer.size > MOST_SIGNED_LIST_BYTES:
                raise MessageRefused(
                    MessageRefusal.INVALID,
                    f"{offer.name} of {offer.size} bytes, more than a gate reads",
                )
        self._offered = message.lists

    def handle_chunk(self, message: RegistryChunk, now: float) -> None:
        """Take in a chunk of the list that is being fetched; any other is none of this."""
        fetched = self._chunks
        if fetched is None or message.object != fetched.wanted.blob.sha256:
            return
        try:
            if fetched.add(message.index, message.data) and not fetched.missing:
                self._finish(fetched)
        except OSError:
            self._chunks, self._next_ask = None, now + self._pace.ask_again_after

    def next_want(
        self, now: float, held: Callable[[], int], outstanding: OutstandingChunks
    ) -> RegistryWant | None:
        """The chunks to ask for at `now` on the link of `outstanding`; None: nothing, or not yet."""
        if now < self._next_ask:
            return None
        try:
            self._choose()
        except OSError:
            self._next_ask = now + self._pace.ask_again_after
            return None
        fetched = self._chunks
        if fetched is None:
            return None
        name = fetched.wanted.blob.sha256
        chunks = outstanding.next(name, fetched.missing, now, self._pace)
        if not chunks:
            return None
        self._next_ask = now + len(chunks) * CHUNK_BYTES / self._pace.bytes_a_second
        return RegistryWant(name, chunks, held())

    def next_due(self, now: float, outstanding: OutstandingChunks) -> float:
        """When `next_want` has something to ask for although nothing arrives; inf: never."""
        if now < self._next_ask:
            return self._next_ask
        return NEVER if self._chunks is None else outstanding.next_due(self._pace)

    # --- inside ----------------------------------------------------------------------------

    def _choose(self) -> None:
        """Choose the list to fetch; one that is no longer on offer is given up."""
        wanted = self._best()
        if wanted is None:
            self._chunks = None
        elif self._chunks is None or self._chunks.wanted.blob.sha256 != wanted.sha256:
            blob = Blob(wanted.sha256, wanted.size, wanted.chunks)
            bare = WantedObject(wanted.name, b"", b"", b"", wanted.version, blob)
            self._chunks = RegistryChunks(self._spool, bare)
            if not self._chunks.missing:
                self._finish(self._chunks)

    def _best(self) -> ListOffer | None:
        """The next list that the gate lacks: changes that lead on from what it has, before the whole.

        Central's newest word counts, also for a lower version than was put last, which a key that is no
        longer central's may have offered: the gate judges by itself which is newer.
        """
        held = self.versions
        by_name = {offer.name: offer for offer in self._offered}
        for name in (ISSUERS, REVOCATIONS):
            offer = by_name.get(name)
            if offer is not None and not (self._inbox / name).exists():
                return offer  # also where the gate's card was changed
        issuers = by_name.get(ISSUERS)
        if issuers is not None and issuers.version != held.get(ISSUERS):
            return issuers
        for offer in self._offered:
            if offer.base and offer.base == held.get(REVOCATIONS) and offer.version > offer.base:
                return offer
        whole = by_name.get(REVOCATIONS)
        newest = max((offer.version for offer in self._offered if offer.name != ISSUERS), default=0)
        has_it = whole is None or whole.version <= held.get(REVOCATIONS, -1) <= newest
        return None if has_it else whole

    def _finish(self, fetched: RegistryChunks) -> None:
        """Put a whole list into the gate's inbox, and remove what it supersedes."""
        wanted = fetched.wanted
        self._inbox.mkdir(parents=True, exist_ok=True)
        write_aside(self._inbox / wanted.name, fetched.content(), READABLE_BY_GROUP)
        if wanted.name == ISSUERS:
            self._put = msgspec.structs.replace(self._put, issuers=wanted.version)
        else:
            self._put = msgspec.structs.replace(self._put, revocations=wanted.version)
            self._remove_superseded(() if wanted.name == REVOCATIONS else self._offered)
        write_aside(self._spool / "put.json", msgspec.json.encode(self._put))
        self._chunks = None
        with suppress(OSError):
            fetched.discard()

    def _remove_superseded(self, kept: Collection[ListOffer]) -> None:
        """Remove the changes of the revocations from the gate's inbox, but for those of `kept`."""
        names = {offer.name for offer in kept}
        for path in list_bounded(self._inbox, CHANGES, _MOST_NAMES):
            if path.name not in names:
                path.unlink()

    def _read_put(self) -> _Put:
        try:
            return json_of(read_bounded(self._spool / "put.json", _MOST_NOTE_BYTES), _Put)
        except (OSError, Undecodable):
            return _Put()
