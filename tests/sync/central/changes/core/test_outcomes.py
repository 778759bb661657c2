"""What changes come to: one after the other, on the records that are held."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.decision import HomeIsolation, Status, StatusRecord, Subject
from edge.registry.format import SealedTemplate
from sync.central.changes.core.change import (
    Change,
    EraseSubject,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
)
from sync.central.changes.core.lines import lines_of, summary_of
from sync.central.changes.core.outcomes import ImpossibleChange, outcome

SITE = "green-court"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
GREEN = StatusRecord(Status.GREEN, "lab", "negative", "pcr", NOW)
RED = replace(GREEN, value=Status.RED)
ANN = Subject("ann", "Ann", status=GREEN)
AWAY = HomeIsolation("clinic", NOW)
FACE = SealedTemplate("ann", 1, "sface", b"sealed")


def test_changes_of_one_person_follow_each_other() -> None:
    made = outcome({"ann": ANN}, [SetStatus(SITE, "ann", RED), SetIsolation(SITE, "ann", AWAY)])
    assert made.records == {"ann": replace(ANN, status=RED, isolation=AWAY)}
    assert made.statuses == (("ann", RED),)


def test_a_status_that_is_set_again_is_in_the_history_again_and_one_that_a_record_keeps_is_not() -> None:
    assert outcome({"ann": ANN}, [SetStatus(SITE, "ann", GREEN)]).statuses == (("ann", GREEN),)
    assert outcome({"ann": ANN}, [PutSubject(SITE, replace(ANN, name="An"))]).statuses == ()


def test_somebody_who_is_erased_and_known_again_has_nothing_of_before() -> None:
    changes: list[Change] = [
        SetStatus(SITE, "ann", RED),
        PutTemplates(SITE, "ann", (FACE,)),
        EraseSubject(SITE, "ann"),
    ]
    made = outcome({"ann": ANN}, [*changes, PutSubject(SITE, ANN)])
    assert (made.gone, made.revoked, made.templates) == (("ann",), ("ann",), {})
    assert made.records == {"ann": ANN}, "written again, though it is the record that was held"
    assert made.statuses == (("ann", GREEN),)


@pytest.mark.parametrize(
    "change",
    [
        SetStatus(SITE, "bo", RED),
        SetIsolation(SITE, "bo", None),
        EraseSubject(SITE, "bo"),
        PutTemplates(SITE, "bo"),
    ],
)
def test_a_change_of_somebody_unknown_is_refused(change: SetStatus) -> None:
    with pytest.raises(ImpossibleChange, match="no subject 'bo' at 'green-court'"):
        outcome({"ann": ANN}, [change])


def test_somebody_whom_only_the_gates_know_can_be_revoked() -> None:
    assert outcome({}, [RevokeSubject(SITE, "bo")]).revoked == ("bo",)


def test_lines_say_the_field_what_it_is_and_what_it_becomes() -> None:
    changes: list[Change] = [
        PutSubject(SITE, replace(ANN, name="An", status=RED)),
        PutSubject(SITE, Subject("bo", status=RED)),
        SetStatus(SITE, "ann", RED),
        PutSubject(SITE, ANN),
        EraseSubject(SITE, "ann"),
    ]
    lines = list(lines_of(changes, {(SITE, "ann"): ANN}))
    assert [(line.number, line.subject, line.field) for line in lines] == [
        (1, "ann", "name"),
        (1, "ann", "status"),
        (2, "bo", "record"),
        (2, "bo", "status"),
        (3, "ann", "status"),
        (5, "ann", "record"),
    ]
    assert (lines[0].before, lines[0].after) == ("Ann", "An")
    assert summary_of(iter(lines))[0] == ("status", "green", "red", 2)
