"""The way back by hand: the older version on disk in force again, or the one that runs stays."""

from __future__ import annotations

import shutil

import pytest

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.updates.applying import ExchangeMeans
from sync.updates.core import Difference, TrialReport, UpdateCause, UpdateError, cause_of
from sync.updates.place import read_standing
from sync.updates.way_back import back
from tests.sync.updates.lab import NEW, OLD, Gate, PowerCut


def goes_back(gate: Gate, version: str = "", cut: str = "") -> SoftwareUpdateEnded:
    def cuts(step: str) -> None:
        if step == cut:
            raise PowerCut(step)

    return back(ExchangeMeans(gate.place, gate.systemd, gate.systemd, gate.now, cuts), version)


@pytest.fixture
def newer(ready: Gate) -> Gate:
    """A gate that has taken the newer version, and has the older one beside it."""
    ready.apply()
    assert ready.in_force == NEW
    return ready


BY_HAND = SoftwareUpdateEnded(2, NEW, OLD, UpdateEnd.WENT_BACK, "taken back by hand")


def test_a_gate_that_never_fetched_goes_back_all_the_same(newer: Gate) -> None:
    """The folder of what is fetched is the fetch's own: nothing else makes it."""
    shutil.rmtree(newer.place.fetched.folder)
    assert goes_back(newer) == BY_HAND
    assert read_standing(newer.place).exchange is None


@pytest.mark.parametrize("named", ["", OLD])
def test_the_older_version_is_in_force_again_and_the_newer_one_not_taken_by_itself(
    newer: Gate, named: str
) -> None:
    """Also where it decides otherwise: that may be why somebody goes back."""
    newer.systemd.reports[NEW] = TrialReport(
        NEW, differing=1, differ=(Difference(1, "grant", "face_matched", "deny", "face_unknown"),)
    )
    assert goes_back(newer, named) == BY_HAND
    assert (newer.in_force, newer.systemd.running) == (OLD, OLD)
    assert newer.place.named_by(newer.place.confirmed) == OLD
    assert cause_of(BY_HAND.why) is UpdateCause.BY_HAND
    newer.systemd.reports.clear()
    newer.fetch()
    refused = newer.apply()
    assert isinstance(refused, SoftwareUpdateEnded)
    assert refused.how is UpdateEnd.REFUSED
    newer.fetch()
    newer.apply(again=True)
    assert newer.in_force == NEW


@pytest.mark.parametrize("fault", ["does not start", "probe lost"])
def test_the_version_that_runs_stays_where_the_older_one_does_not_work(newer: Gate, fault: str) -> None:
    """For example since it does not open what the newer one has written."""
    newer.systemd.faults[OLD] = fault
    said = goes_back(newer)
    assert (said.version, said.before, said.how) == (OLD, NEW, UpdateEnd.WENT_BACK)
    assert said.why != BY_HAND.why
    assert (newer.in_force, newer.systemd.running) == (NEW, NEW)


@pytest.mark.parametrize(
    "step",
    ["old version confirmed", "exchange noted", "exchanged", "gate restarted", "new version confirmed"],
)
def test_a_power_cut_in_the_middle_is_gone_on_with(newer: Gate, step: str) -> None:
    with pytest.raises(PowerCut):
        goes_back(newer, cut=step)
    newer.starts()
    if newer.apply() is None:  # it was not noted yet: asked again
        goes_back(newer)
    assert read_standing(newer.place).ended == BY_HAND
    assert (newer.in_force, newer.systemd.running) == (OLD, OLD)


REFUSED = [
    (NEW, "0.2.0 is not older than 0.2.0"),
    ("0.3.0", "0.3.0 is not older than 0.2.0"),
    ("0.0.9", "0.0.9 does not lie whole on this gate's disk"),
    ("../x", "is no version"),
]


@pytest.mark.parametrize(("version", "why"), REFUSED)
def test_what_is_no_older_version_on_disk_is_refused(newer: Gate, version: str, why: str) -> None:
    with pytest.raises(UpdateError, match=why):
        goes_back(newer, version)
    assert newer.in_force == NEW


def test_where_no_older_version_lies_it_says_how_one_comes_there(newer: Gate) -> None:
    shutil.rmtree(newer.place.folder_of(OLD))
    with pytest.raises(UpdateError, match="no version older than") as caught:
        goes_back(newer)
    assert "gatepost update back VERSION" in str(caught.value.remedy)


def test_it_does_not_meddle_with_an_exchange_that_is_under_way(ready: Gate) -> None:
    def cut(step: str) -> None:
        if step == "exchanged":
            raise PowerCut(step)

    with pytest.raises(PowerCut):
        ready.apply(cut)
    with pytest.raises(UpdateError, match="is being put in force"):
        goes_back(ready)


def test_nothing_is_exchanged_where_nothing_would_recover_from_a_power_cut(newer: Gate) -> None:
    newer.place.recovers.unlink()
    with pytest.raises(UpdateError, match="would not be recovered from"):
        goes_back(newer)
