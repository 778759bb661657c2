"""The versions on a disk: what is left over goes, and nothing else; what another user laid stops nothing."""

from __future__ import annotations

from sync.updates.versions import clear_fetched, is_whole, remove_others
from tests.sync.updates.lab import OLD, Gate


def test_other_versions_and_what_was_begun_go_and_nothing_else(gate: Gate) -> None:
    versions = gate.place.versions
    for name in ("0.0.9", ".0.3.0.new", "keep-me"):
        (versions / name).mkdir()
    (versions / "0.0.8").symlink_to(gate.folder)
    remove_others(gate.place, {OLD})
    assert sorted(path.name for path in versions.iterdir()) == ["0.0.8", OLD, "current", "keep-me"]
    assert is_whole(gate.place, OLD)


def test_a_folder_that_the_fetching_user_laid_for_the_package_stops_no_exchange(gate: Gate) -> None:
    gate.place.fetched.package.mkdir()
    gate.place.fetched.ready.write_text("{}")
    clear_fetched(gate.place)
    assert not gate.place.fetched.ready.exists()
