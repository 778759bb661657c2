"""Whole stories at one gate, from what the camera saw to what moved and what was written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.decision import HomeIsolation, Mode, Outcome, Reason, Status, StatusRecord
from edge.journal.configuration import WhenFull
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.lane.configuration import LaneDirection
from edge.runtime.access_controller import AccessController
from tests.edge.runtime.conftest import NOON, Bench

HOUR = timedelta(hours=1)


def test_a_face_opens_and_is_written_down_before_the_lane_hears_of_it(bench: Bench) -> None:
    [passage] = bench.show(faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT
    assert passage.decision.subject_id == "ann"
    assert bench.barrier_is_open
    assert passage.entry is not None
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        [entry] = reader.newest(1)
    assert entry == passage.entry
    assert entry.kind == EventKind.ACCESS_DECIDED
    assert entry.content["decision"]["reason"] == "face_matched"
    assert entry.content["evidence"]["face"]["score"] == pytest.approx(1.0, abs=1e-4)
    assert entry.content["registry"] == 1


def test_one_person_is_one_event_however_long_they_stay(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    assert len(bench.show(text, faces=(1,), seconds=6.0)) == 1


def test_a_stranger_is_asked_for_a_pass_and_then_refused(bench: Bench) -> None:
    assert bench.show(faces=(7,), seconds=3.0) == []
    assert any(getattr(report.said, "reason", "") == Reason.FACE_UNKNOWN for report in bench.said)
    [passage] = bench.show(faces=(7,), seconds=6.0)
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.FACE_UNKNOWN)
    assert not bench.barrier_is_open


def test_a_one_time_pass_lets_in_once_also_after_a_restart(bench: Bench) -> None:
    request = PassRequest("visitor:1", True, NOON - HOUR, NOON + HOUR, once=True)
    text = bench.pass_text(request)
    [first] = bench.show(text)
    assert first.decision.outcome is Outcome.GRANT
    bench.leave()
    again = AccessController(
        bench.configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    bench.controller = again
    [second] = bench.show(text)
    assert (second.decision.outcome, second.decision.reason) == (Outcome.DENY, Reason.PASS_USED)


def test_a_denied_one_time_pass_is_not_used_up(bench: Bench) -> None:
    policy = bench.admin.folder / "policy.toml"
    text = policy.read_text()
    pass_text = bench.pass_text(PassRequest("visitor:1", True, NOON - HOUR, NOON + HOUR, once=True))
    policy.write_text(text.replace('mode = "face_or_code"', 'mode = "locked"'))
    bench.publish()
    [denied] = bench.show(pass_text)
    assert denied.decision.reason is Reason.GATE_LOCKED
    bench.leave()
    policy.write_text(text)
    bench.publish()
    [granted] = bench.show(pass_text)
    assert granted.decision.outcome is Outcome.GRANT


def test_a_status_that_was_published_counts_from_the_next_person_on(bench: Bench) -> None:
    store = bench.admin.store
    red = StatusRecord(Status.RED, "district", "positive test", "2020-03", NOON - HOUR)
    store.change(replace(store.get("ann"), status=red))
    bench.publish()
    [passage] = bench.show(faces=(1,))
    assert passage.decision.reason is Reason.STATUS_RED
    assert passage.decision.grounds == red
    assert not bench.barrier_is_open


def test_home_isolation_is_refused_and_alarmed_at_the_exit(bench: Bench) -> None:
    store = bench.admin.store
    store.change(replace(store.get("ann"), isolation=HomeIsolation("district", NOON - HOUR)))
    bench.publish()
    exit_gate = replace(
        bench.configuration,
        gate=replace(bench.configuration.gate, id="out", direction=LaneDirection.EXIT),
    )
    bench.controller = AccessController(
        exit_gate, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    [passage] = bench.show(faces=(1,))
    assert passage.decision.reason is Reason.HOME_ISOLATION
    assert passage.decision.alarm
    bench.leave()
    # Nor does another denial hide it: the gate is locked, and the journal has both.
    bench.controller.decider.ordered = lambda: Mode.LOCKED
    [passage] = bench.show(faces=(1,))
    assert passage.entry is not None
    told = passage.entry.content["decision"]
    assert told["reason"] == "gate_locked"
    assert told["alarms"] == [{"reason": "home_isolation", "rule": "isolation_exit"}]


def test_somebody_removed_is_a_stranger_once_the_registry_came(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    bench.admin.store.remove("ann")
    bench.publish()
    [passage] = bench.show(text, faces=(1,), seconds=0.3)
    assert passage.decision.reason is Reason.SUBJECT_UNKNOWN


def test_a_withdrawn_pass_is_refused_once_the_registry_came(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()
    [passage] = bench.show(text)
    assert passage.decision.reason is Reason.PASS_REVOKED


@pytest.mark.parametrize(
    ("policy", "outcome", "opens"),
    [(WhenFull.DENY, Outcome.DENY, False), (WhenFull.OPEN, Outcome.GRANT, True)],
)
def test_a_full_disk_follows_the_declared_policy_and_goes_on_by_itself(
    bench: Bench, policy: WhenFull, outcome: Outcome, opens: bool
) -> None:
    section = replace(bench.configuration.journal, when_full=policy)
    configuration = replace(bench.configuration, journal=section)
    bench.controller = AccessController(
        configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    connection = bench.journal._connection
    assert connection is not None
    [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    while True:  # SQLite itself says that it is full, as it does on a full disk
        [passage] = bench.show(faces=(1,))
        if passage.entry is None:
            break
        bench.leave()
    assert passage.decision.outcome is outcome
    assert bench.barrier_is_open is opens
    if outcome is Outcome.DENY:
        assert passage.decision.reason is Reason.JOURNAL_UNAVAILABLE
        assert [alarm.reason for alarm in passage.decision.alarms] == [Reason.JOURNAL_UNAVAILABLE]
    assert bench.journal.missed == 1
    bench.leave()
    [later] = bench.show(faces=(2,))
    assert later.decision.outcome is Outcome.GRANT
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        told, passed = reader.newest(2)
        assert list(reader.verify()) == []
    assert (told.kind, told.content["missed"]) == (EventKind.JOURNAL_RECOVERED, 1)
    assert passed == later.entry


def test_at_1970_a_resident_passes_and_the_event_says_that_the_clock_was_unsure(bench: Bench) -> None:
    from datetime import UTC, datetime

    from edge.decision import ClockTrust
    from edge.devices.clock import FixedClock

    unset = FixedClock(datetime(1970, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED)
    bench.clock = unset
    bench.controller = AccessController(
        bench.configuration, unset, bench.journal, bench.lane, bench.registry_service.holdings
    )
    [passage] = bench.show(faces=(1,))
    assert passage.decision.outcome is Outcome.GRANT
    assert passage.entry is not None
    assert passage.entry.trust is ClockTrust.UNTRUSTED


def test_a_clock_that_jumps_a_day_changes_neither_pulse_nor_order(bench: Bench) -> None:
    [first] = bench.show(faces=(1,), seconds=0.3)
    assert bench.barrier_is_open
    bench.clock.step_wall(timedelta(days=-1))
    bench.leave()
    assert not bench.barrier_is_open
    [second] = bench.show(faces=(2,))
    assert first.entry is not None
    assert second.entry is not None
    assert second.entry.sequence == first.entry.sequence + 1
    assert second.entry.previous == first.entry.hash


@pytest.mark.parametrize("first", ["face", "code"])
def test_anyone_who_looks_like_somebody_else_is_asked_for_the_other_and_let_in_with_both(
    bench: Bench, first: str
) -> None:
    bench.admin.store.need_second_factor("ann")
    bench.publish()
    text = bench.pass_text(PassRequest("ann"))
    asked = Reason.SECOND_FACTOR_REQUIRED if first == "face" else Reason.FACE_REQUIRED
    shown = bench.show(faces=(1,), seconds=2.0) if first == "face" else bench.show(text, seconds=2.0)
    assert shown == []
    assert any(getattr(report.said, "reason", "") == asked for report in bench.said)
    [passage] = bench.show(text, faces=(1,), seconds=3.0)
    assert passage.decision.reason is Reason.FACE_AND_CODE_AGREE
    assert bench.barrier_is_open


@pytest.mark.parametrize("first", ["face", "code"])
def test_anyone_who_looks_like_somebody_else_is_refused_with_one_of_the_two(bench: Bench, first: str) -> None:
    bench.admin.store.need_second_factor("ann")
    bench.publish()
    text = bench.pass_text(PassRequest("ann"))
    shown = bench.show(faces=(1,), seconds=9.0) if first == "face" else bench.show(text, seconds=9.0)
    assert [passage.decision.outcome for passage in shown] == [Outcome.DENY]
    assert not bench.barrier_is_open


# --- between the journal and the lane -------------------------------------------------------------


def connection_of(bench: Bench) -> sqlite3.Connection:
    bench.journal.use_of("")  # after an error it is opened again when it is next asked
    connection = bench.journal._connection
    assert connection is not None
    return connection


def break_reads(bench: Bench) -> None:
    """Whatever is asked of the journal's store fails, until it is opened again; as a card does at times."""
    connection_of(bench).set_progress_handler(lambda: 1, 1)


def break_writes(bench: Bench) -> None:
    """As soon as something is to be stored."""
    connection = connection_of(bench)

    def on_statement(statement: str) -> None:
        if statement.startswith("BEGIN"):
            connection.set_progress_handler(lambda: 1, 1)

    connection.set_trace_callback(on_statement)


def one_time_pass(bench: Bench) -> str:
    return bench.pass_text(PassRequest("visitor:1", True, NOON - HOUR, NOON + HOUR, once=True))


def test_the_lane_hears_of_a_grant_after_its_event_was_committed(bench: Bench) -> None:
    """The lane is stepped in the middle of the commit: it would open, had it been told."""
    commits: list[bool] = []

    def on_statement(statement: str) -> None:
        if statement == "COMMIT":
            bench.lane.pump()
            commits.append(bench.barrier_is_open)

    connection_of(bench).set_trace_callback(on_statement)
    [passage] = bench.show(faces=(1,))
    assert passage.entry is not None
    assert commits == [False]
    assert bench.barrier_is_open


def test_a_store_that_cannot_say_whether_a_pass_was_used_lets_nobody_in_by_it(bench: Bench) -> None:
    text = one_time_pass(bench)
    break_reads(bench)
    [passage] = bench.show(text)
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.PASS_USE_UNKNOWN)
    assert passage.entry is not None, "it works again, so it was the question that decided"
    assert not bench.barrier_is_open


def test_a_one_time_pass_opens_nothing_where_its_use_cannot_be_kept_whatever_the_policy(
    bench: Bench,
) -> None:
    section = replace(bench.configuration.journal, when_full=WhenFull.OPEN)
    configuration = replace(bench.configuration, journal=section)
    bench.controller = AccessController(
        configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    text = one_time_pass(bench)
    break_writes(bench)
    [visitor] = bench.show(text)
    assert (visitor.decision.outcome, visitor.entry) == (Outcome.DENY, None)
    assert visitor.decision.reason is Reason.JOURNAL_UNAVAILABLE
    assert not bench.barrier_is_open
    bench.leave()
    break_writes(bench)
    [resident] = bench.show(faces=(1,))
    assert (resident.decision.outcome, resident.entry) == (Outcome.GRANT, None), "the policy holds for others"
