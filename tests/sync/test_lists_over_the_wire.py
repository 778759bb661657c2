"""Stories of the lists about health certificates: put at the centre, in force at the gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.trust import Revocations, delta_between, hash_of, revocations
from edge.credentials.trust_lists import SignedRevocations, TrustList, sign_revocations, sign_trust_list
from edge.signing.key_files import public_pem
from tests.keys import ed25519
from tests.logs import log_plainly
from tests.sync.centre import NOW, SITE, Centre
from tests.sync.services import Mosquitto
from tests.sync.test_commands import Gatepost

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")
WEEK = timedelta(days=7)
LIST_KEY = ed25519("list_key")


def listed(version: int, *certificates: str) -> Revocations:
    return revocations((hash_of(item) for item in certificates), version=version)


def signed(old: Revocations, new: Revocations, key: Ed25519PrivateKey = LIST_KEY) -> bytes:
    return sign_revocations(SignedRevocations(NOW, NOW + WEEK, delta_between(old, new)), key)


def whole(new: Revocations, key: Ed25519PrivateKey = LIST_KEY) -> bytes:
    return signed(Revocations(), new, key)


def issuers(version: int) -> bytes:
    return sign_trust_list(TrustList(version, NOW, NOW + WEEK), LIST_KEY)


class Publishing:
    """`gatepost central trust publish`, with lists of this test."""

    def __init__(self, centre: Centre, gatepost: Gatepost) -> None:
        self._centre = centre
        self._gatepost = gatepost

    def put(self, *lists: bytes, code: int = 0) -> str:
        files = []
        for number, data in enumerate(lists):
            files.append(self._centre.folder / f"list-{number}")
            files[-1].write_bytes(data)
        config = ("--config", self._centre.folder / "central.toml")
        return self._gatepost("central", "trust", "publish", SITE, *files, *config, code=code)


@pytest.fixture
def centre(tmp_path: Path, broker: Mosquitto) -> Iterator[Centre]:
    made = Centre(tmp_path, broker)
    (tmp_path / "sites" / SITE / "lists.pub").write_bytes(public_pem(LIST_KEY.public_key()))
    made.site.section = msgspec.structs.replace(made.site.section, lists=tmp_path / "gate/inbox/lists")
    made.site.restarted_gate()
    sync = tmp_path / "sync.toml"
    sync.write_text(f'{sync.read_text()}lists = "gate/inbox/lists"\n')
    made.people(1)
    made.publish()
    yield made
    made.store.close()


@pytest.fixture
def publishing(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Publishing]:
    yield Publishing(centre, Gatepost(monkeypatch, capsys))
    log_plainly()


def held(centre: Centre) -> tuple[int, int]:
    """The versions of the lists in force at the gate."""
    holdings = centre.site.registry_service.holdings()
    return (0, 0) if holdings is None else (holdings.lists.version, holdings.lists.revocations.version)


def is_revoked(centre: Centre, certificate: str) -> bool:
    holdings = centre.site.registry_service.holdings()
    return holdings is not None and certificate in holdings.lists.revocations


def inbox(centre: Centre) -> set[str]:
    return {path.name for path in (centre.folder / "gate/inbox/lists").iterdir()}


def test_a_certificate_that_is_revoked_at_the_centre_is_revoked_at_a_running_gate(
    centre: Centre, publishing: Publishing
) -> None:
    with centre.central(), centre.agent() as agent:
        publishing.put(issuers(1), whole(listed(1, "a")))
        centre.until(agent, lambda: held(centre) == (1, 1))
        assert is_revoked(centre, "a")
        assert not is_revoked(centre, "b")
        publishing.put(whole(listed(2, "a", "b")))
        centre.until(agent, lambda: is_revoked(centre, "b"))
        assert held(centre) == (1, 2)


def test_changes_are_fetched_by_who_can_use_them_and_go_when_the_whole_list_comes(
    centre: Centre, publishing: Publishing
) -> None:
    first, second, third = listed(1, "a"), listed(2, "a", "b"), listed(3, "a", "b", "c")
    with centre.central(), centre.agent() as agent:
        publishing.put(whole(first))
        centre.until(agent, lambda: held(centre) == (0, 1))
        publishing.put(signed(first, second))
        centre.until(agent, lambda: held(centre) == (0, 2))
        publishing.put(signed(second, third), whole(third))
        centre.until(agent, lambda: held(centre) == (0, 3))
        assert "revocations-0000000003.delta" in inbox(centre), "not the whole list for one more"
    fourth, fifth = listed(4, "d"), listed(5, "e")
    publishing.put(whole(fifth), signed(fourth, fifth))
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: held(centre) == (0, 5))
        assert inbox(centre) == {"revocations.list"}, "it did not have version 4"


def test_a_restart_fetches_nothing_twice(centre: Centre, publishing: Publishing) -> None:
    publishing.put(issuers(1), whole(listed(1, "a")))
    with centre.central():
        with centre.agent() as agent:
            centre.until(agent, lambda: held(centre) == (1, 1))
        path = centre.folder / "gate/inbox/lists/revocations.list"
        before = path.stat().st_mtime_ns
        publishing.put(issuers(2))
        with centre.agent() as agent:
            centre.until(agent, lambda: held(centre) == (2, 1))
        assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (whole(listed(3, "b"), ed25519("another")), "not trusted"),
        (whole(listed(1, "b")), "version 1 is not newer than 2"),
        (b"noise", "CBOR"),
        (b"", "CBOR"),
        (bytes(5 << 20), "has more than"),
    ],
    ids=["a strange key", "an older version", "noise", "nothing", "too large"],
)
def test_a_list_that_a_gate_would_refuse_is_not_published(
    publishing: Publishing, bad: bytes, why: str
) -> None:
    assert "revocations.list version 2" in publishing.put(whole(listed(2, "a")))
    said = publishing.put(issuers(1), bad, code=1 if len(bad) < 1 << 20 else 2)
    assert why in said
    again = publishing.put(whole(listed(2, "a")))
    assert "issuers" not in again, "none of those that came with it either"
