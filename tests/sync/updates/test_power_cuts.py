"""The power is cut after each step of an exchange: a gate works at the next start, and the exchange ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.updates.core.standing import MOST_STARTS
from sync.updates.place import name_by, read_standing
from tests.sync.updates.lab import NET, NEW, OLD, Gate, PowerCut, Publisher, Systemd, gate_in


class Cuts:
    """Cuts the power after the step of number `at`; notes the steps that came before."""

    def __init__(self, at: int | None = None) -> None:
        self._at = at
        self.steps: list[str] = []

    def __call__(self, step: str) -> None:
        self.steps.append(step)
        if len(self.steps) - 1 == self._at:
            raise PowerCut(step)


FAULTS = ["", "does not start", "probe lost"]
SUCCESS = [
    "leftovers removed",
    "verified",
    "model laid",
    "folder made",
    "unpacked",
    "named",
    "unpacking noted",
    "old version confirmed",
    "exchange noted",
    "exchanged",
    "gate restarted",
    "others restarted",
    "new version confirmed",
    "end noted",
]
BACK = ["going back noted", "went back", "old gate restarted", "end noted"]
STEPS = {
    "": SUCCESS,
    "does not start": [*SUCCESS[: SUCCESS.index("exchanged") + 1], *BACK],
    "probe lost": [*SUCCESS[: SUCCESS.index("gate restarted") + 1], *BACK],
}


@pytest.fixture(scope="module")
def fetched(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Gate:
    gate = gate_in(tmp_path_factory.mktemp("gate"), Publisher(published))
    gate.fetch()
    return gate


def copy_of(fetched: Gate, folder: Path, fault: str) -> Gate:
    shutil.copytree(fetched.folder, folder, symlinks=True)
    place = type(fetched.place)(
        folder / "versions",
        folder / "state",
        type(fetched.place.fetched)(folder / "fetched"),
        folder / "r" / "r.json",
        folder / "units",
        models=folder / "models",
    )
    return Gate(folder, fetched.publisher, Systemd(place, {NEW: fault}))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_steps_are_these(fetched: Gate, tmp_path: Path, fault: str) -> None:
    gate, cuts = copy_of(fetched, tmp_path / "gate", fault), Cuts()
    gate.apply(cuts)
    assert cuts.steps == STEPS[fault]


@pytest.mark.parametrize(
    ("fault", "at"), [(fault, at) for fault in FAULTS for at in range(len(STEPS[fault]))],
    ids=lambda value: str(value) or "works",
)  # fmt: skip
def test_a_power_cut_after_any_step_leaves_a_gate_that_works(
    fetched: Gate, tmp_path: Path, fault: str, at: int
) -> None:
    gate = copy_of(fetched, tmp_path / "gate", fault)
    with pytest.raises(PowerCut):
        gate.apply(Cuts(at))
    gate.starts()
    gate.apply()  # what the start has gone on later; or the next time that somebody asks
    expected = OLD if fault else NEW
    assert (gate.in_force, gate.systemd.running) == (expected, expected)
    assert gate.place.named_by(gate.place.confirmed) == expected
    standing = read_standing(gate.place)
    assert standing.exchange is None
    assert standing.ended is not None
    assert standing.ended.how is (UpdateEnd.WENT_BACK if fault else UpdateEnd.INSTALLED)
    assert gate.apply() is None
    assert gate.net.read_bytes() == NET
    if fault:
        assert list(standing.failed) == [NEW]


@pytest.mark.parametrize("restarts", ["before", "after"])
@pytest.mark.parametrize("step", BACK)
def test_the_power_may_be_cut_on_the_way_back_while_systemd_starts_the_gate_again(
    fetched: Gate, tmp_path: Path, step: str, restarts: str
) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "does not start")
    gate.systemd.restarts = restarts
    with pytest.raises(PowerCut):
        gate.apply(Cuts(STEPS["does not start"].index(step)))
    gate.starts()
    gate.apply()
    assert (gate.in_force, gate.systemd.running) == (OLD, OLD)
    assert gate.systemd.starts[-1] == (OLD, OLD)


@pytest.mark.parametrize("cuts", range(1, 4))
def test_the_power_may_be_cut_again_while_it_goes_on(fetched: Gate, tmp_path: Path, cuts: int) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "probe lost")
    for at in range(cuts):
        with pytest.raises(PowerCut):
            gate.apply(Cuts(SUCCESS.index("exchanged") if at == 0 else 0))
        gate.starts()
    gate.apply()
    assert (gate.in_force, gate.systemd.running) == (OLD, OLD)


def test_a_version_that_never_shows_that_it_works_is_taken_back_at_a_start(
    fetched: Gate, tmp_path: Path
) -> None:
    """A computer that hangs, or is switched off, before the exchange is confirmed, again and again."""
    gate = copy_of(fetched, tmp_path / "gate", "does not start")
    with pytest.raises(PowerCut):
        gate.apply(Cuts(SUCCESS.index("exchanged")))
    for start in range(1, MOST_STARTS + 1):
        gate.starts()
        assert gate.in_force == (OLD if start == MOST_STARTS else NEW)
    assert gate.systemd.running == OLD
    said = gate.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert said.why == f"did not show that it works in {MOST_STARTS} starts of the computer"


def test_units_that_systemd_read_too_early_are_read_again_at_a_start(fetched: Gate, tmp_path: Path) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "")
    gate.starts()
    assert gate.systemd.done == ["daemon-reload if stale"]


def test_a_version_that_a_card_lost_is_replaced_at_the_next_start(fetched: Gate, tmp_path: Path) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "")
    gate.apply()
    name_by(gate.place, gate.place.confirmed, OLD)
    shutil.rmtree(gate.place.folder_of(NEW))
    gate.starts()
    assert (gate.in_force, gate.systemd.running) == (OLD, OLD)


def _dpkg_brings(gate: Gate, version: str, *links: Path) -> None:
    """What a package's scripts do: `links` name its version, and the one before it goes."""
    (gate.place.versions / version / "bin").mkdir(parents=True)
    (gate.place.versions / version / "bin" / "gatepost").touch()
    for link in links:
        name_by(gate.place, link, version)
    shutil.rmtree(gate.place.versions / OLD)


@pytest.mark.parametrize("starts", [0, 1, MOST_STARTS + 1])
def test_a_package_installed_in_the_middle_of_an_exchange_stays_in_force(
    fetched: Gate, tmp_path: Path, starts: int
) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "does not start")
    with pytest.raises(PowerCut):
        gate.apply(Cuts(SUCCESS.index("exchanged")))
    _dpkg_brings(gate, "0.3.0", gate.place.confirmed, gate.place.current)
    for _ in range(starts):
        gate.starts()
    ended = gate.apply()
    assert isinstance(ended, SoftwareUpdateEnded)
    assert (ended.how, gate.in_force) == (UpdateEnd.REFUSED, "0.3.0")
    assert "0.3.0 was installed meanwhile" in ended.why


@pytest.mark.parametrize("starts", [0, MOST_STARTS + 1])
def test_a_version_is_taken_back_to_the_package_that_replaced_the_one_before(
    fetched: Gate, tmp_path: Path, starts: int
) -> None:
    gate = copy_of(fetched, tmp_path / "gate", "does not start")
    with pytest.raises(PowerCut):
        gate.apply(Cuts(SUCCESS.index("exchanged")))
    _dpkg_brings(gate, "0.1.5", gate.place.confirmed)
    for _ in range(starts):
        gate.starts()
    gate.apply()
    assert (gate.in_force, gate.systemd.running) == ("0.1.5", "0.1.5")
