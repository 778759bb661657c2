"""Who withdraws is known by face no more, at once and after a restart, until the registry forgets them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import Subject
from edge.registry.format import Content, hold_bundle
from edge.registry.gallery.gallery import open_gallery
from edge.runtime.recognition import Holdings
from edge.runtime.withholding import Withholding
from tests.edge.registry.repository import ENGINE, POLICY, TEMPLATE_KEY, Repository, sealed, unit_vector

AT = datetime(2026, 3, 3, tzinfo=UTC)
ANN, BOB = Subject("ann"), Subject("bob")


class Registry:
    """A registry in force that changes."""

    def __init__(self) -> None:
        self.repository = Repository()
        self.publish(ann=1, bob=2)

    def publish(self, **faces: int) -> None:
        """The next version, in which each has the templates of these seeds; 0: none."""
        people = {"ann": ANN, "bob": BOB}
        templates = tuple(sealed(people[name], unit_vector(seed)) for name, seed in faces.items() if seed)
        content = Content(POLICY, tuple(people.values()), templates)
        registry = hold_bundle(self.repository.bundle(content=content), self.repository.trusted())
        gallery, findings = open_gallery(registry, (TEMPLATE_KEY,), ENGINE)
        assert findings == ()
        self.held = Holdings(registry, gallery)

    def holdings(self) -> Holdings:
        return self.held


def known(withholding: Withholding, seed: int) -> str | None:
    """Whom the face of `seed` is taken for."""
    holdings = withholding.holdings()
    assert holdings is not None
    match = holdings.gallery.search(unit_vector(seed))
    return match.subject_id if match is not None and match.score > 0.9 else None


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_without_anybody_who_withdrew_the_holdings_are_those_of_the_registry(registry: Registry) -> None:
    assert Withholding(registry.holdings).holdings() is registry.held


def test_who_withdraws_is_known_no_more_at_once_and_after_a_restart(
    registry: Registry, tmp_path: Path
) -> None:
    withholding = Withholding(registry.holdings, tmp_path)
    assert known(withholding, 1) == "ann"
    withholding.leave_out("ann", AT)
    again = Withholding(registry.holdings, tmp_path)
    for each in (withholding, again):
        assert (known(each, 1), known(each, 2)) == (None, "bob")
        assert each.left_out == ("ann",)
        assert each.holdings() is each.holdings(), "it is made once for a registry"


def test_a_newer_registry_that_has_the_face_still_changes_nothing(registry: Registry, tmp_path: Path) -> None:
    withholding = Withholding(registry.holdings, tmp_path)
    withholding.leave_out("ann", AT)
    registry.publish(ann=3, bob=2)
    withholding.tidy()
    assert (known(withholding, 1), known(withholding, 3), withholding.left_out) == (None, None, ("ann",))


def test_once_the_registry_has_no_such_face_the_entry_goes_and_a_new_enrolment_counts(
    registry: Registry, tmp_path: Path
) -> None:
    withholding = Withholding(registry.holdings, tmp_path)
    withholding.leave_out("ann", AT)
    registry.publish(ann=0, bob=2)
    withholding.tidy()
    assert withholding.left_out == ()
    registry.publish(ann=3, bob=2)
    assert known(withholding, 3) == "ann"


def test_who_consents_anew_is_known_by_new_pictures_and_never_by_those_withdrawn(
    registry: Registry, tmp_path: Path
) -> None:
    withholding = Withholding(registry.holdings, tmp_path)
    withholding.leave_out("ann", AT)
    withholding.consented("ann")
    withholding.tidy()
    assert known(withholding, 1) is None, "the old ones are withdrawn all the same"
    registry.publish(ann=3, bob=2)
    assert known(withholding, 3) == "ann"
    withholding.tidy()
    assert withholding.left_out == ()


@pytest.mark.parametrize("data", [b"", b"{", b'{"ann": 3}', b"\xff"])
def test_a_damaged_list_is_set_aside_and_stops_nothing(
    registry: Registry, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "withdrawn.json").write_bytes(data)
    withholding = Withholding(registry.holdings, tmp_path)
    assert known(withholding, 1) == "ann"
    assert (tmp_path / "withdrawn.json.damaged").read_bytes() == data
    withholding.leave_out("ann", AT)
    assert known(withholding, 1) is None


def test_a_gate_without_a_folder_for_it_says_so(registry: Registry) -> None:
    with pytest.raises(OSError, match="no folder"):
        Withholding(registry.holdings).leave_out("ann", AT)
