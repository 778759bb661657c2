"""What a gate writes down has a cause by its phrase, wherever it was said."""

from __future__ import annotations

import inspect

import pytest

from edge.runtime.housekeeping import GateServices
from sync.updates.core import TrialReport, cause_of, objections
from sync.updates.core.causes import UpdateCause
from tests.sync.updates.lab import differs

CAUSES = [
    (
        "https://u: its metadata has expired: the repository is frozen",
        UpdateCause.FROZEN,
    ),
    ("0.2.0 did not work here: 0.2.0 did not show within 420 s that it works", UpdateCause.FAILED_BEFORE),
    ("0.2.0 did not show that it works in 3 starts of the computer", UpdateCause.NOT_WORKING),
    ("systemctl restart gatepost-gate.service took longer than 180 s", None),
    ("", None),
]


@pytest.mark.parametrize(("why", "cause"), CAUSES)
def test_a_text_of_a_gates_has_a_cause(why: str, cause: UpdateCause | None) -> None:
    assert cause_of(why) is cause


def test_what_others_say_has_the_phrases_that_are_looked_for() -> None:
    report = TrialReport("0.2.0", differing=1, differ=(differs(7, "face_matched", "face_unknown"),))
    [said] = objections(None, report, ())
    assert cause_of(said) is UpdateCause.OTHERWISE
    assert UpdateCause.NO_UPDATER in inspect.getsource(GateServices.request_update)
