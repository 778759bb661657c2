"""Which of the lists that central offers a gate's sync process fetches, and when it stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.registry.format import blob_of
from edge.registry.lists import ISSUERS, REVOCATIONS
from sync.agent.core.outstanding_chunks import FetchPace, OutstandingChunks
from sync.agent.list_fetcher import ListFetcher
from sync.wire import ListOffer, RegistryChunk, RegistryLists

_MOST_FETCHES = 8
_LAST = 2**63 - 1


def content_of(name: str, version: int) -> bytes:
    return f"{name} {version}".encode()


def offer(version: int, base: int = 0, name: str = REVOCATIONS) -> ListOffer:
    name = f"revocations-{version:010}.delta" if base else name
    blob = blob_of(content_of(name, version))
    return ListOffer(name, version, base, blob.sha256, blob.size, blob.chunks)


def fetched(folder: Path, *offers: ListOffer) -> list[int]:
    """The versions that a process which has just started fetches, one after another."""
    fetcher = ListFetcher(folder / "spool", folder / "inbox", FetchPace())
    fetcher.handle_offer(RegistryLists(offers))
    by_object = {item.sha256: item for item in offers}
    found: list[int] = []
    for turn in range(_MOST_FETCHES):
        want = fetcher.next_want(3_600.0 * turn, lambda: 1, OutstandingChunks())
        if want is None:
            return found
        item = by_object[want.object]
        found.append(item.version)
        fetcher.handle_chunk(RegistryChunk(want.object, 0, content_of(item.name, item.version)), 0.0)
    raise AssertionError(f"without end: {found}")


@pytest.mark.parametrize(
    ("what", "before", "offers", "versions"),
    [
        ("nothing is there", [], [offer(4), offer(7, name=ISSUERS)], [7, 4]),
        ("the whole list and what follows it", [], [offer(4), offer(5, 4), offer(6, 5)], [4, 5, 6]),
        ("it is there already", [offer(4), offer(5, 4)], [offer(4), offer(5, 4)], []),
        ("changes that lead on", [offer(4)], [offer(4), offer(6, 4)], [6]),
        ("changes that were missed", [offer(4)], [offer(6), offer(7, 6)], [6, 7]),
        ("changes of which an earlier one led here", [offer(4)], [offer(6), offer(4, 3), offer(6, 5)], [6]),
        ("changes that follow on nothing", [offer(4)], [offer(4), offer(6, 5)], []),
        ("changes that lead nowhere", [offer(4)], [offer(4), offer(4, 4)], []),
        ("the last version of all, by a stolen key", [offer(_LAST)], [offer(4), offer(5, 4)], [4, 5]),
        (
            "the last version of all the issuers, by a stolen key",
            [offer(_LAST, name=ISSUERS)],
            [offer(7, name=ISSUERS)],
            [7],
        ),
    ],
)
def test_what_central_offers_is_fetched_until_the_gate_has_it(
    tmp_path: Path, what: str, before: list[ListOffer], offers: list[ListOffer], versions: list[int]
) -> None:
    fetched(tmp_path, *before)
    assert fetched(tmp_path, *offers) == versions, what
    assert fetched(tmp_path, *offers) == [], "what was put is remembered"
