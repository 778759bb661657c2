"""A report's figures are those of the stored events, on either database, in whatever order they came."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.admin.site_file import SiteFile
from edge.decision import Outcome, Subject
from edge.journal.format import Entry, LaneGrantRefused
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.appeals import AppealedDecision, open_appeal
from sync.central.changes.core.appeal_state import AppealState
from sync.central.changes.tables import appeal
from sync.central.devices.devices import put_site
from sync.central.dispatch.tables import task
from sync.central.exports.core.proof import said_in
from sync.central.people.subjects import put_subject
from sync.central.places.tables import place
from sync.central.reports.core.report import OverrideFigures, Report, Why
from sync.central.reports.core.rows import rows_of
from sync.central.reports.files import proof_of
from sync.central.reports.making import draw
from sync.central.reports.recording import SaidWrong
from sync.central.reports.tables import said_wrong
from sync.central.store import Store, open_store
from sync.central.tables import chain, device
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from tests.events import decided
from tests.examples import tried
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.central.history.examples import archived
from tests.sync.central.reports.examples import ASKED, AT, HAPPENED, SITE, a_day, by_face, let_in
from tests.sync.migrated import MigratedCopies
from tests.sync.wire.examples import DEVICE, EPOCH

NOW = ASKED.days.until + HOUR


def drawn(store: Store) -> Report:
    with store.reading() as connection:
        return draw(connection, ASKED, NOW).report


def only_one_gate(store: Store) -> None:
    """The second device is not there, and the first was heard and owes nothing."""
    with store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id != DEVICE).values(retired_at=2))
        connection.execute(sa.update(device).where(device.c.id == DEVICE).values(last_seen=NOW, waiting=0))


def test_every_figure_is_that_of_the_events(store: Store) -> None:
    only_one_gate(store)
    sent(store, a_day())
    report = drawn(store)
    [day] = [day for day in report.days if day.checks]
    assert (day.day, day.granted, day.denied, day.referred, day.by_hand) == ("2026-03-03", 2, 2, 1, 4)
    assert [(each.reason, each.denied, each.referred) for each in report.reasons] == [
        ("face_unknown", 2, 0),
        ("staff_decides", 0, 1),
    ]
    assert (report.waited.people, report.waited.half, report.waited.nearly_all) == (3, 910, 1410)
    assert report.overrides == (
        OverrideFigures("s-wang", 3, "papers_seen", 2),
        OverrideFigures("", 1, "", 1),
    )
    assert (report.refused.whole.times, report.refused.whole.of) == (2, 5)
    assert (report.mistaken.whole.times, report.mistaken.whole.of) == (1, 2)
    assert report.refused.by_group == (), "five people are too few to be told apart"
    assert [(each.gate, each.checks) for each in report.gates] == [("main", 9)]
    assert report.is_complete
    assert report.before is None


@pytest.mark.parametrize("backwards", [False, True])
def test_what_the_lane_refused_is_a_check_and_nobody_passed(store: Store, *, backwards: bool) -> None:
    only_one_gate(store)
    refused = [
        by_face("li-na"),
        LaneGrantRefused("13", "interlock"),
        let_in(13),
        LaneGrantRefused("15", "locked"),
    ]
    whole = journal([*HAPPENED, *refused])
    for entry in reversed(whole) if backwards else whole:
        sent(store, [entry])
    report = drawn(store)
    [day] = [day for day in report.days if day.checks]
    assert (day.granted, day.denied, day.referred, day.by_hand, day.unopened) == (2, 2, 1, 4, 2)
    assert (day.checks, [each.checks for each in report.gates]) == (11, [11])
    assert (report.mistaken.whole.of, report.refused.whole.of) == (2, 6), "it was decided, and no face let in"
    assert sum(each.times for each in report.overrides) == 4


def test_what_staff_typed_is_in_no_report(store: Store) -> None:
    sent(store, a_day())
    assert "Fieber" not in str(drawn(store))
    assert "Fieber" not in str([*rows_of(drawn(store))])


def test_an_appeal_that_was_corrected_says_that_a_refusal_was_wrong_once(store: Store) -> None:
    sent(store, a_day())
    with store.writing() as connection:
        put_subject(connection, SITE, Subject(id="wu-gang", name="Wu Gang"), AT)
        for about in (2, 11):  # staff had let the first one in already
            number = open_appeal(
                connection,
                command_line_actor("x"),
                SITE,
                "wu-gang",
                "Why?",
                AT + 1,
                AppealedDecision(DEVICE, EPOCH, about),
            )
            corrected = {"state": AppealState.CORRECTED.value}
            connection.execute(sa.update(appeal).where(appeal.c.number == number).values(corrected))
    report = drawn(store)
    assert report.refused.whole.times == 3
    assert (report.appeals.asked, report.appeals.corrected) == (2, 2)


def test_a_gap_lowers_its_day_until_it_is_filled(store: Store) -> None:
    only_one_gate(store)
    whole = a_day()
    sent(store, whole[:4])
    sent(store, whole[8:])
    report = drawn(store)
    [gap] = report.rests_on.missing
    assert (gap.why, gap.first, gap.last) == (Why.GAP, 5, 8)
    assert [day.day for day in report.days if day.lower] == ["2026-03-03"]
    assert not report.is_complete
    sent(store, whole[4:8])
    assert drawn(store).is_complete


def test_a_silent_gate_and_one_that_went_dark_are_named(store: Store) -> None:
    sent(store, a_day())
    with store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == DEVICE).values(last_seen=AT + MINUTE))
    missing = {each.device: each.why for each in drawn(store).rests_on.missing}
    assert missing == {DEVICE: Why.DARK, "gp-0002": Why.SILENT}


def test_a_journal_is_covered_up_to_its_first_gap(store: Store) -> None:
    whole = a_day()
    sent(store, whole[:4])
    sent(store, whole[6:])
    with store.reading() as connection:
        [covered] = draw(connection, ASKED, NOW).covered
    assert (covered.first, covered.last, covered.hash, covered.beyond) == (1, 4, whole[3].hash, 6)


def test_other_days_and_other_sites_are_not_in_it(store: Store) -> None:
    sent(store, journal([(0, decided()), (-8 * 86_400, decided()), (30 * 86_400, decided(Outcome.DENY))]))
    report = drawn(store)
    assert (report.checks, report.before) == (1, 1)
    with store.reading() as connection:
        elsewhere = draw(connection, replace(ASKED, sites=("red-court",)), NOW)
    assert (elsewhere.report.checks, elsewhere.report.rests_on.gates) == (0, 0)


def test_a_clock_that_is_a_day_ahead_is_said(store: Store) -> None:
    sent(store, journal([(86_400, decided())]), now=AT)
    [day] = [day for day in drawn(store).days if day.checks]
    assert day.ahead == 1


def test_what_is_said_of_a_history_that_is_gone_is_gone_too(store: Store) -> None:
    sent(store, a_day())
    with store.writing() as connection:
        number = connection.execute(sa.select(chain.c.number)).scalar_one()
        SaidWrong().displaced(connection, number, [3, 6])
        left = connection.execute(sa.select(said_wrong.c.sequence)).scalars().all()
    assert sorted(left) == [8, 12]


PARTS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), max_size=8)


@settings(max_examples=tried(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=PARTS)
def test_any_order_duplication_and_lateness_give_the_same_report(
    parts: list[tuple[int, int]], migrated: MigratedCopies, tmp_path: Path
) -> None:
    """Parts of a journal in any order, some twice, and at last the whole of it."""
    whole = a_day()
    assert _told(migrated, tmp_path, [whole]) == _told(
        migrated, tmp_path, [*(whole[begin : begin + count] for begin, count in parts), whole]
    )


def _told(migrated: MigratedCopies, folder: Path, batches: list[list[Entry]]) -> bytes:
    from edge.admin.site_file import SiteFile
    from sync.central.devices.devices import enrol_device, put_site
    from tests.sync.wire.examples import KEY

    url = f"sqlite:///{folder}/central.sqlite"
    (folder / "central.sqlite").unlink(missing_ok=True)
    for beside in ("-wal", "-shm"):
        (folder / f"central.sqlite{beside}").unlink(missing_ok=True)
    migrated.fill(url)
    with closing(open_store(url)) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile(SITE, city="Shanghai"))
            enrol_device(connection, DEVICE, (SITE, "main"), KEY.public_key().public_bytes_raw(), 1)
        for batch in batches:
            if batch:
                sent(store, batch)
        return drawn(store).encoded()


# --- what moved into files ------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [AT + 5 * SECOND, AT + 100 * DAY])
def test_a_report_is_the_same_after_events_and_accesses_moved_into_files(
    store: Store, tmp_path: Path, cut: int
) -> None:
    """Some of them, or all."""
    only_one_gate(store)
    sent(store, a_day())
    with store.writing() as connection:
        put_subject(connection, SITE, Subject(id="wu-gang", name="Wu Gang"), AT)
        actor = command_line_actor("x")
        number = open_appeal(
            connection, actor, SITE, "wu-gang", "Why?", AT + 1, AppealedDecision(DEVICE, EPOCH, 11)
        )
        corrected = {"state": AppealState.CORRECTED.value}
        connection.execute(sa.update(appeal).where(appeal.c.number == number).values(corrected))
    before = drawn(store)
    assert (before.refused.whole.times, before.mistaken.whole.times) == (3, 1)
    moved = archived(store, tmp_path, cut, AT + 100 * DAY)
    assert moved.moved, "something moved"
    assert drawn(store) == before


def test_a_file_that_was_altered_is_said_and_lowers_its_day(store: Store, tmp_path: Path) -> None:
    only_one_gate(store)
    sent(store, a_day())
    archived(store, tmp_path)
    [file] = (tmp_path / "accesses").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    report = drawn(store)
    assert [(each.why, each.site) for each in report.rests_on.missing] == [(Why.DAMAGED, SITE)]
    assert (report.rests_on.complete, report.checks) == (0, 0)
    assert [day.day for day in report.days if day.lower] == ["2026-03-03", "2026-03-04"]
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    proof = said_in(proof_of(report, (), b"paper", "he.jing", NOW, key))
    assert proof.silent == (), "a proof that nobody could read would shut the page of the report"


def test_of_a_place_it_is_counted_where_the_report_is_of_all_of_it(store: Store) -> None:
    only_one_gate(store)
    with store.writing() as connection:
        city = connection.execute(sa.select(place.c.number).where(place.c.level == "city")).scalar_one()
        there = {"kind": "limit_stopped", "site": SITE, "place": city, "state": "ended", "severity": 1}
        times = {"since": AT, "due_at": AT, "opened_at": AT, "first_on_way_at": AT + 60 * SECOND}
        connection.execute(sa.insert(task).values(**there, **times))
    assert drawn(store).sent.went == 1
    with store.writing() as connection:
        put_site(connection, SiteFile("other", city="Shanghai"))
    assert drawn(store).sent.went == 0


def test_how_long_it_took_to_send_somebody_is_counted_but_for_silent_alarms(store: Store) -> None:
    only_one_gate(store)
    rows = [("isolation_exit", 60), ("barrier_forced", 142), ("barrier_forced", None), ("duress", 9_000)]
    with store.writing() as connection:
        for kind, seconds in rows:
            went = None if seconds is None else AT + seconds * SECOND
            connection.execute(
                sa.insert(task).values(
                    kind=kind, site=SITE, severity=1, since=AT, due_at=AT, opened_at=AT, state="ended",
                    first_on_way_at=went,
                )
            )  # fmt: skip
    sent_figures = drawn(store).sent
    assert (sent_figures.went, sent_figures.half, sent_figures.most) == (2, 60, 142)
