"""One-time passes that two offline gates let through."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.decision import ClockTrust
from edge.journal.format import START, Entry
from edge.journal.format.chain import link
from edge.signing.cose import encode_value
from sync.central.journals.findings import FindingKind
from sync.central.journals.journals import store_batch
from sync.central.journals.passes import uses_in
from sync.central.store import Store
from sync.wire import batch_of
from tests.sync.wire.examples import AT, DEVICE, EPOCH


def passage(
    body: dict[str, object],
    epoch: bytes = EPOCH,
    kind: str = "access_decided",
    after: Entry | None = None,
) -> Entry:
    return link(
        epoch=epoch,
        gate="main",
        sequence=1 if after is None else after.sequence + 1,
        at=AT,
        trust=ClockTrust.TRUSTED,
        monotonic=1.0,
        kind=kind,
        body=encode_value(body),
        previous=START if after is None else after.hash,
    )


def shown(pass_id: str, outcome: str = "grant", *, once: bool = True) -> dict[str, object]:
    return {"decision": {"outcome": outcome}, "evidence": {"code": {"pass_id": pass_id, "once": once}}}


def test_a_one_time_pass_let_through_at_two_gates_surfaces_at_central(store: Store) -> None:
    with store.writing() as connection:
        first = store_batch(connection, DEVICE, batch_of([passage(shown("a1"))], 0), AT)
        again = store_batch(connection, DEVICE, batch_of([passage(shown("a1"))], 0), AT)
        other = store_batch(connection, "gp-0002", batch_of([passage(shown("a1"), bytes(16))], 0), AT)
    assert first.findings == again.findings == ()
    assert [(item.device, item.kind) for item in other.findings] == [("gp-0002", FindingKind.REUSED)]
    assert f"used at {DEVICE}, sequence 1" in other.findings[0].detail
    assert other.acknowledgement.sequence == 1, "both are stored"


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        ("a1.entry.1", "a1.entry.1", [FindingKind.REUSED]),  # two entrances, each without a link
        ("a1.entry.1", "a1.entry.2", []),
        ("a1.entry.1", "a1.exit.1", []),  # in at one gate, and out at another
    ],
)
def test_one_use_of_a_number_at_two_gates_surfaces_too(
    store: Store, here: str, there: str, found: list[FindingKind]
) -> None:
    def typed(use: str) -> dict[str, object]:
        code = {"pass_id": "a1", "once": True, "uses": 2, "use": use}
        return {"decision": {"outcome": "grant"}, "evidence": {"code": code}}

    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of([passage(typed(here))], 0), AT)
        other = store_batch(connection, "gp-0002", batch_of([passage(typed(there), bytes(16))], 0), AT)
    assert [item.kind for item in other.findings] == found


def refusal(grant: Entry, why: str) -> Entry:
    body: dict[str, object] = {"reference": str(grant.sequence), "why": why}
    return passage(body, grant.epoch, "lane_grant_refused", grant)


@pytest.mark.parametrize(
    ("why", "found"),
    [("interlock", []), ("locked_again", [FindingKind.REUSED]), ("fire", [FindingKind.REUSED])],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_what_the_lane_refused_before_anything_opened_is_no_use(
    store: Store, why: str, found: list[FindingKind], at_once: bool
) -> None:
    first = passage(shown("a1"))
    refused = refusal(first, why)
    again = passage(shown("a1"), first.epoch, after=refused)
    batches = [[first, refused, again]] if at_once else [[first], [refused], [again]]
    with store.writing() as connection:
        stored = [
            store_batch(connection, DEVICE, batch_of(batch, batch[0].sequence - 1), AT) for batch in batches
        ]
        other = store_batch(connection, "gp-0002", batch_of([passage(shown("a1"), bytes(16))], 0), AT)
    assert [item.kind for batch in stored for item in batch.findings] == found
    assert [item.kind for item in other.findings] == [FindingKind.REUSED], "it opened here in the end"


def used_elsewhere(store: Store) -> list[FindingKind]:
    with store.writing() as connection:
        other = store_batch(connection, "gp-0002", batch_of([passage(shown("a1"), bytes(16))], 0), AT)
    return [item.kind for item in other.findings]


@pytest.mark.parametrize(("why", "found"), [("interlock", []), ("locked_again", [FindingKind.REUSED])])
def test_a_refusal_that_comes_before_its_grant_counts_too(
    store: Store, why: str, found: list[FindingKind]
) -> None:
    first = passage(shown("a1"))
    refused = refusal(first, why)
    with store.writing() as connection:
        for entry in (refused, first):
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), AT)
    assert used_elsewhere(store) == found


def test_what_a_refusal_of_another_history_gave_back_is_used(store: Store) -> None:
    first = passage(shown("a1"))
    stopped = passage({}, kind="gate_stopped", after=first)
    refused = passage({"reference": "1", "why": "interlock"}, kind="lane_grant_refused", after=stopped)
    ours = [passage({"n": 1}, kind="gate_stopped", after=first)]
    ours.append(passage({}, kind="gate_stopped", after=ours[0]))
    with store.writing() as connection:
        for batch in ([first], [refused], ours):  # the refusal comes early, and is of no chain that comes
            store_batch(connection, DEVICE, batch_of(batch, batch[0].sequence - 1), AT)
    assert used_elsewhere(store) == [FindingKind.REUSED]


def test_a_use_is_found_by_its_event_and_not_among_all_of_its_site(store: Store) -> None:
    by_event = "DELETE FROM pass_use WHERE chain = 1 AND sequence IN (1, 2)"
    with store.reading() as connection:
        if store.is_on_server:  # it would read an empty table whole
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if store.is_on_server else "EXPLAIN QUERY PLAN "
        plan = " ".join(str(row) for row in connection.execute(sa.text(explain + by_event)))
    assert "pass_use_event" in plan


@pytest.mark.parametrize(
    "entry",
    [
        passage(shown("a1", "deny")),
        passage(shown("a1", once=False)),
        passage({"decision": {"outcome": "grant"}, "evidence": None, "note": '"once":true'}),
        passage({"decision": "grant", "evidence": {"code": {"once": True}}}),
        passage(shown("a1"), kind="gate_started"),
    ],
)
def test_what_let_no_one_time_pass_through_is_no_use_of_one(entry: Entry) -> None:
    assert list(uses_in([entry])) == []
