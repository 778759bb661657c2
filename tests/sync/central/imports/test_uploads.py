"""An uploaded list: shown before anything changes, applied as shown or planned anew, gone after a day."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from edge.decision import Subject
from edge.errors import RegistryError
from sync.central.accounts.actor import command_line_actor
from sync.central.audit.audit import entries
from sync.central.changes.applying import hold_sites
from sync.central.changes.submitting import Applied, WaitingSet
from sync.central.configuration import ChangesSection
from sync.central.imports.core.import_plan import Protected
from sync.central.imports.core.shown_plan import ShownChange
from sync.central.imports.tables import upload
from sync.central.imports.uploads import (
    LASTS,
    PlannedAnew,
    Upload,
    UploadDone,
    apply_upload,
    drop_upload,
    keep_upload,
    plan_again,
    take_offers,
    upload_at,
    uploads,
)
from sync.central.people.erasing import erase_rows
from sync.central.people.subjects import put_subject, subjects_of
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.registry.publishing_loop import PublishingLoop
from sync.central.store import Store, StoreError
from tests.sync.waiting import until_it_waits
from tests.sync.wire.examples import AT

SITE = "green-court"
HE = command_line_actor("He Jing")
NO_LIMITS = ChangesSection()
LIST = "id,name,address,status\na,Ai,6-1-1,\nb,Bo,6-1-2,yellow\nc,Chen,8栋2单元1,\nd,,6-1-3,pink\n"


@pytest.fixture
def site(store: Store) -> Store:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("b", "Bo", "6-1-9"), AT)
        put_subject(connection, SITE, Subject("z", "Zhu"), AT)
    return store


def uploaded(
    store: Store, text: str = LIST, take: Sequence[Protected] = (), limits: ChangesSection = NO_LIMITS
) -> Upload:
    number = keep_upload(store, HE, SITE, "list.csv", text.encode(), take, AT, limits)
    return found(store, number)


def found(store: Store, number: int, now: int = AT + 1) -> Upload:
    with store.reading() as connection:
        kept = upload_at(connection, EVERYWHERE, number, now)
    assert kept is not None
    return kept


def people(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        return {record.id: record.address for record in subjects_of(connection, SITE)}


def test_a_plan_says_what_would_change_and_changes_nothing(site: Store) -> None:
    kept = uploaded(site)
    plan = kept.plan
    counts = (plan.rows, plan.bad_rows, plan.added, plan.changed, plan.unchanged, plan.not_named)
    assert counts == (4, 2, 1, 1, 0, 1)
    assert plan.changes == (
        ShownChange("a", "6-1-1", "", None, "resident"),
        ShownChange("b", "6-1-2", "address", "6-1-9", "6-1-2"),
    )
    assert [(item.line, item.column, item.offer) for item in plan.problems] == [
        (4, "address", "8/2/1"),
        (5, "status", None),
    ]
    assert [item.field for item in plan.kept] == ["status"], "a status stays unless it is taken"
    assert people(site) == {"b": "6-1-9", "z": ""}


def test_offers_are_taken_one_by_one_and_the_list_is_planned_with_them(site: Store) -> None:
    kept = uploaded(site)
    with site.writing() as connection:
        taken = take_offers(connection, kept, [(4, "address"), (5, "status"), (77, "id")])
    assert (taken.fixes, taken.left_wrong) == (frozenset({(4, "address")}), 1)
    again = plan_again(site, taken, AT, NO_LIMITS)
    assert (again.plan.bad_rows, again.plan.added) == (1, 2)


def test_wrong_rows_are_left_out_only_where_that_was_said(site: Store) -> None:
    kept = uploaded(site)
    with pytest.raises(StoreError, match="2 rows of the list are wrong"):
        apply_upload(site, HE, kept, AT + 2, ChangesSection(), only_good=False)
    assert people(site) == {"b": "6-1-9", "z": ""}
    done = apply_upload(site, HE, kept, AT + 2, ChangesSection(), only_good=True)
    assert isinstance(done, UploadDone)
    assert isinstance(done.result, Applied)
    assert people(site) == {"a": "6-1-1", "b": "6-1-2", "z": ""}
    with site.reading() as connection:
        assert upload_at(connection, EVERYWHERE, kept.number, AT + 3) is None
        acts = [entry.act for entry in entries(connection, EVERYWHERE)]
    assert "import_list" in acts


def test_what_changed_since_the_plan_was_shown_is_planned_anew_and_nothing_applied(site: Store) -> None:
    kept = uploaded(site)
    with site.writing() as connection:
        put_subject(connection, SITE, Subject("a", "Ai", "7-7-7"), AT + 2)
    anew = apply_upload(site, HE, kept, AT + 3, ChangesSection(), only_good=True)
    assert isinstance(anew, PlannedAnew)
    assert (anew.upload.plan.added, anew.upload.plan.changed) == (0, 2)
    assert people(site)["a"] == "7-7-7"
    assert isinstance(
        apply_upload(site, HE, anew.upload, AT + 4, ChangesSection(), only_good=True), UploadDone
    )
    assert people(site)["a"] == "6-1-1"


def test_more_changes_than_one_person_may_make_wait_for_a_second(site: Store) -> None:
    kept = uploaded(site, "id,status\nb,red\nz,red\n", [Protected.STATUS], ChangesSection(people=1))
    assert kept.plan.statuses == 2
    assert [(item.count, item.bound) for item in kept.plan.grounds] == [(2, 1)], "it is said before"
    done = apply_upload(site, HE, kept, AT + 2, ChangesSection(people=1), only_good=False)
    assert isinstance(done, UploadDone)
    assert isinstance(done.result, WaitingSet)


def test_a_person_who_is_erased_while_an_import_begins_is_not_brought_back(site: Store) -> None:
    kept = uploaded(site)
    with ThreadPoolExecutor(1) as pool:
        with site.writing() as connection:
            hold_sites(connection, [SITE])
            erase_rows(connection, SITE, "b")
            began = pool.submit(apply_upload, site, HE, kept, AT, NO_LIMITS, only_good=True)
            until_it_waits(connection, began)
        with pytest.raises(StoreError, match="imported or dropped meanwhile"):
            began.result()
    assert set(people(site)) == {"z"}


def test_a_list_is_gone_after_a_day_or_when_it_is_dropped_or_applied(site: Store) -> None:
    first, second = uploaded(site), uploaded(site)
    with site.writing() as connection:
        assert [item.number for item in uploads(connection, EVERYWHERE, AT)] == [second.number, first.number]
        assert upload_at(connection, EVERYWHERE, first.number, AT + LASTS) is None
        assert upload_at(connection, Sight(), first.number, AT) is None
        assert uploads(connection, Sight(), AT) == []
        drop_upload(connection, HE, first, AT + 1)
    with pytest.raises(StoreError, match="imported or dropped meanwhile"):
        plan_again(site, first, AT, NO_LIMITS)
    with pytest.raises(StoreError, match="imported or dropped meanwhile"):
        apply_upload(site, HE, first, AT, ChangesSection(), only_good=True)
    keep_upload(site, HE, SITE, "list.csv", LIST.encode(), (), AT + LASTS, NO_LIMITS)
    with site.reading() as connection:
        assert len(uploads(connection, EVERYWHERE, AT)) == 1, "the day of the second is over"


def test_a_list_whose_day_is_over_goes_by_itself(site: Store) -> None:
    """It names people, so it is not only hidden: the loop of every process deletes it."""

    def held() -> int:
        with site.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(upload)).scalar_one()

    uploaded(site)
    now = [AT + LASTS - 1]
    loop = PublishingLoop(site, None, lambda: now[0], lambda: None)
    loop.look()
    assert held() == 1
    now[0] += 1
    loop.look()
    assert held() == 0


def test_an_erasure_takes_the_lists_that_may_name_the_person(site: Store) -> None:
    kept = uploaded(site)
    with site.writing() as connection:
        erase_rows(connection, SITE, "b")
        assert upload_at(connection, EVERYWHERE, kept.number, AT) is None


def test_what_is_no_list_and_no_site_leave_nothing_behind(site: Store) -> None:
    with pytest.raises(RegistryError, match="columns"):
        keep_upload(site, HE, SITE, "list.csv", b"name\nx\n", (), AT, NO_LIMITS)
    with pytest.raises(StoreError, match="no site"):
        keep_upload(site, HE, "nowhere", "list.csv", LIST.encode(), (), AT, NO_LIMITS)
    with site.reading() as connection:
        assert uploads(connection, EVERYWHERE, AT) == []
