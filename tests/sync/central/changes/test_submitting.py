"""Changes at once and changes that wait, in a real database of either kind, by one person and by two."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from edge.consent import ConsentAnswer
from edge.decision import HomeIsolation, Status, StatusRecord, Subject
from edge.registry.format import SealedTemplate, subject_key
from sync.central.accounts.actor import Actor, Via, command_line_actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.links import link_by
from sync.central.accounts.tables import account, account_grant
from sync.central.audit.audit import About, entries, verify_chain
from sync.central.changes.core.change import (
    Change,
    EraseSubject,
    PutPolicy,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
    subject_of,
)
from sync.central.changes.core.state import ChangeSetState
from sync.central.changes.deciding import (
    ChangedMeanwhile,
    NotWaiting,
    NotYours,
    approve,
    lapse,
    send_back,
    withdraw,
)
from sync.central.changes.forgetting import forget_in_waiting
from sync.central.changes.policies import kept_policy
from sync.central.changes.submitting import MOST_WAITING, Applied, WaitingSet, submit, would_wait
from sync.central.changes.tables import change_set, lone_change, pending_revocation
from sync.central.changes.waiting import change_set_at, change_sets, examined, waiting_count
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site
from sync.central.newer_needed import OfNewerVersion
from sync.central.people.consents import ConsentRecord, note_consent
from sync.central.people.core.consent_form import ConsentForm
from sync.central.people.subjects import (
    newest_statuses,
    put_subjects,
    status_history,
    subject_at,
    subjects_of,
    templates_of,
)
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError

SITE, YARD = "green-court", "rose-yard"
NOW = 1_772_500_000_000_000
HOUR = 3_600_000_000
TODAY = datetime(2026, 3, 3, tzinfo=UTC)
GREEN = StatusRecord(Status.GREEN, "lab", "negative", "pcr", TODAY)
RED = replace(GREEN, value=Status.RED)
LIMITS = ChangesSection(share=0.005, people=2, erasures=1)
WHY = "the laboratory's list of this morning"
PEOPLE = [Subject(f"p{number}", status=GREEN) for number in range(10)]


@pytest.fixture
def town(store: Store) -> Store:
    """Two sites, ten people at the first, and the accounts of Wang and Chen, made long ago."""
    with store.writing() as connection:
        put_site(connection, SiteFile(YARD))
        put_subjects(connection, SITE, PEOPLE, NOW)
        put_subjects(connection, YARD, PEOPLE[:1], NOW)
        for number, name in enumerate(("wang", "chen", "late"), 1):
            made = NOW + 1 if name == "late" else 1
            connection.execute(
                sa.insert(account).values(
                    number=number, name=name, display=name, handle=name.encode(), made_at=made
                )
            )
            for role in Role:
                connection.execute(sa.insert(account_grant).values(account=number, role=role.value, at=1))
    return store


def somebody(number: int, *roles: Role, at: int | None = None) -> Actor:
    name = ("wang", "chen", "late")[number - 1]
    return Actor(number, name, tuple(RoleGrant(role, at) for role in roles), Via.SESSION)


WANG = somebody(1, Role.REGISTRAR, Role.ADMINISTRATOR)
CHEN = somebody(2, Role.REGISTRAR)


def replace_actor(actor: Actor, via: Via, acts: frozenset[Act]) -> Actor:
    return Actor(actor.account, actor.name, actor.grants, via, acts)


def red(name: str, site: str = SITE) -> SetStatus:
    return SetStatus(site, name, RED)


MANY = [red(f"p{number}") for number in range(5)]


def submitted(
    store: Store, changes: Sequence[Change], actor: Actor = WANG, at: int = NOW, why: str = WHY
) -> Applied | WaitingSet:
    with store.writing() as connection:
        return submit(connection, actor, changes, why=why, now=at, limits=LIMITS)


def waiting(store: Store, changes: Sequence[Change] | None = None, actor: Actor = WANG) -> int:
    made = submitted(store, changes or [*MANY], actor)
    assert isinstance(made, WaitingSet)
    return made.number


def approved(
    store: Store, number: int, actor: Actor = CHEN, at: int = NOW + 1, without: tuple[int, ...] = ()
) -> None:
    with store.writing() as connection:
        seen = examined(connection, number).seen
        approve(
            connection, actor, number, why="checked with the laboratory", seen=seen, now=at, without=without
        )


def red_ones(store: Store, site: str = SITE) -> list[str]:
    with store.reading() as connection:
        found = subjects_of(connection, site)
    return [item.id for item in found if item.status is not None and item.status.value is Status.RED]


def state_of(store: Store, number: int) -> ChangeSetState:
    with store.reading() as connection:
        found = change_set_at(connection, EVERYWHERE, number, NOW)
    assert found is not None
    return found.state


# --- at once ---------------------------------------------------------------------------------


def test_a_small_change_is_done_at_once_in_its_actors_name_and_is_in_the_audit(town: Store) -> None:
    assert isinstance(submitted(town, [red("p1")]), Applied)
    with town.reading() as connection:
        assert subject_at(connection, SITE, "p1").status == RED
        assert newest_statuses(connection, SITE) == {"p1": RED}
        assert [item.actor for item in status_history(connection, SITE, "p1")] == ["wang"]
        [noted] = entries(connection, EVERYWHERE, about=About("subject", "p1", SITE))
        assert (noted.act, noted.account, noted.why) == ("set_status", 1, WHY)
        assert verify_chain(connection).broken_at is None


def test_each_kind_of_change_is_done(town: Store) -> None:
    face = SealedTemplate("new", 1, "sface", b"sealed")
    changes: list[Change] = [
        PutSubject(SITE, Subject("new", "Li Na")),
        PutTemplates(SITE, "new", (face,)),
        SetIsolation(SITE, "p2", None),
        EraseSubject(SITE, "p3"),
    ]
    submitted(town, changes)
    with town.reading() as connection:
        assert subject_at(connection, SITE, "new").name == "Li Na"
        assert templates_of(connection, SITE) == [face]
        assert "p3" not in {item.id for item in subjects_of(connection, SITE)}
        pending = connection.execute(sa.select(pending_revocation.c.subject)).scalars().all()
    assert list(pending) == ["p3"], "whom the gates are to drop at once"


REFUSED: list[tuple[list[Change], Actor, str]] = [
    ([], WANG, "nothing to change"),
    ([red("nobody")], WANG, "no subject 'nobody'"),
    ([red("p1", "nowhere")], WANG, "no site 'nowhere'"),
    ([red("p1"), red("p0", YARD), red("x", YARD)], WANG, "no subject 'x'"),
    ([PutPolicy(SITE, "stale = 5")], WANG, "stale"),
    ([PutPolicy(SITE, "[stale")], WANG, "not TOML"),
    ([PutPolicy(SITE, "unheard_of = 1")], WANG, "unheard_of"),
    ([PutPolicy(SITE, "\n[face]\nmargin = 'x'")], WANG, "line 3"),
    ([PutPolicy(SITE, "#\n" * 200_000)], WANG, "larger than"),
    ([PutPolicy(SITE, ""), red("p1")], WANG, "on its own"),
    ([PutPolicy(SITE, "")], CHEN, "may not do this: put_policy"),
    ([red("p1")], somebody(1, Role.AUDITOR), "may not do this: set_status"),
    ([EraseSubject(SITE, "p1")], somebody(1, Role.OPERATOR), "may not do this: erase_subject"),
]


def test_what_cannot_be_or_may_not_be_is_refused_and_nothing_is_done(town: Store) -> None:
    for changes, actor, says in REFUSED:
        with pytest.raises(StoreError) as refused:
            submitted(town, changes, actor)
        assert says in str(refused.value)
    with town.reading() as connection:
        assert connection.execute(sa.select(change_set)).all() == []
    assert red_ones(town) == red_ones(town, YARD) == []


def test_a_change_without_a_reason_or_with_a_book_is_refused(town: Store) -> None:
    for why in ("", "  ", "x" * 501):
        with pytest.raises(StoreError, match="reason"):
            submitted(town, [red("p1")], why=why)


def test_a_site_out_of_sight_is_one_that_is_not_there(town: Store) -> None:
    with town.reading() as connection:
        yard = place_at(connection, YARD)
    of_yard = somebody(1, Role.REGISTRAR, at=yard)
    assert isinstance(submitted(town, [red("p0", YARD)], of_yard), Applied)
    for changes in ([red("p0")], [red("p0", YARD), red("p0")]):
        with pytest.raises(StoreError, match="there is no site 'green-court'"):
            submitted(town, changes, of_yard)


@pytest.mark.parametrize("act", [Act.IMPORT, Act.CHANGE_PERSON])
@pytest.mark.parametrize("record", [replace(PEOPLE[0], status=RED), Subject("new", status=RED)])
def test_a_record_brings_no_status_that_its_token_may_not_set(town: Store, act: Act, record: Subject) -> None:
    token = replace_actor(WANG, Via.TOKEN, frozenset({Act.SEE, act}))
    with pytest.raises(StoreError, match="wang may not do this: set_status"):
        submitted(town, [PutSubject(SITE, record)], token)
    submitted(town, [PutSubject(SITE, replace(PEOPLE[0], name="Ann"))], token)
    assert red_ones(town) == []


def test_a_record_brings_no_isolation_that_its_token_may_not_order(town: Store) -> None:
    isolated = replace(PEOPLE[0], isolation=HomeIsolation("street", TODAY, TODAY + timedelta(days=7)))
    token = replace_actor(WANG, Via.TOKEN, frozenset({Act.SEE, Act.IMPORT}))
    with pytest.raises(StoreError, match="wang may not do this: set_isolation"):
        submitted(town, [PutSubject(SITE, isolated)], token)


# --- more than one person may change alone -----------------------------------------------------


def test_a_large_change_waits_and_changes_nothing(town: Store) -> None:
    with town.writing() as connection:
        [ground] = would_wait(connection, MANY, now=NOW, limits=LIMITS)
    made = submitted(town, [*MANY])
    assert isinstance(made, WaitingSet)
    assert made.grounds == (ground,)
    assert (ground.why, ground.count, ground.bound, ground.people) == ("share", 5, 2, 10)
    assert made.lapses_at == NOW + 24 * HOUR
    assert red_ones(town) == []
    with town.reading() as connection:
        [found] = change_sets(connection, EVERYWHERE, waiting=True, now=NOW)
        assert (found.actor, found.why, found.counts) == ("wang", WHY, ((SITE, "set_status", 5),))
        assert waiting_count(connection, EVERYWHERE, NOW) == 1
        [noted] = entries(connection, EVERYWHERE, act="ask_change")
        assert noted.about == About("change_set", str(found.number), SITE)


def test_small_changes_add_up_whoever_makes_them_until_the_window_is_over(town: Store) -> None:
    assert isinstance(submitted(town, [red("p0")], WANG), Applied)
    assert isinstance(submitted(town, [red("p1")], CHEN), Applied)
    assert isinstance(submitted(town, [red("p1")], CHEN), Applied), "the same person counts once"
    assert isinstance(submitted(town, [red("p2")], CHEN), WaitingSet)
    assert isinstance(submitted(town, [red("p0", YARD)], CHEN), Applied), "another site has its own share"
    assert isinstance(submitted(town, [red("p2")], CHEN, at=NOW + 24 * HOUR), Applied)
    with town.reading() as connection:
        marks = connection.execute(sa.select(lone_change).where(lone_change.c.site == SITE)).all()
    assert len(marks) == 1, "what counts no more is not kept"


def test_invented_people_make_nobodys_share_larger(town: Store) -> None:
    """At half a percent, 600 more people would allow three at once instead of two."""
    invented = [PutSubject(SITE, Subject(f"new{number}")) for number in range(600)]
    assert isinstance(submitted(town, invented), Applied)
    changes = [red(f"p{number}") for number in range(3)]
    assert isinstance(submitted(town, changes), WaitingSet)
    assert isinstance(submitted(town, changes, at=NOW + 25 * HOUR), Applied), "they are there for a day"


def test_what_two_people_decided_leaves_each_their_own_share(town: Store) -> None:
    approved(town, waiting(town))
    assert isinstance(submitted(town, [red("p8"), red("p9")]), Applied)


def test_one_person_may_be_revoked_at_once_by_one_registrar(town: Store) -> None:
    submitted(town, [red("p0"), red("p1")])
    assert isinstance(submitted(town, [RevokeSubject(SITE, "p2")], CHEN), Applied)
    with town.reading() as connection:
        assert connection.execute(sa.select(pending_revocation.c.subject)).scalars().all() == ["p2"]


def test_the_command_line_is_held_to_the_limits_too(town: Store) -> None:
    assert isinstance(submitted(town, [*MANY], command_line_actor("root")), WaitingSet)


# --- the second person -------------------------------------------------------------------------


def test_a_second_person_approves_and_both_names_are_kept(town: Store) -> None:
    number = waiting(town)
    approved(town, number)
    assert red_ones(town) == ["p0", "p1", "p2", "p3", "p4"]
    with town.reading() as connection:
        assert [item.actor for item in status_history(connection, SITE, "p0")] == ["wang, approved by chen"]
        [noted] = entries(connection, EVERYWHERE, act="approve_change")
        assert (noted.name, noted.detail["asked_by"]) == ("chen", "wang")
        row = connection.execute(sa.select(change_set)).one()
        assert (row.content, row.basis) == (None, None), "what was changed in whom is not kept a second time"
        found = change_set_at(connection, EVERYWHERE, number, NOW)
        assert found is not None
        assert (found.state, found.decided_by, found.decided_why) == (
            ChangeSetState.APPROVED,
            "chen",
            "checked with the laboratory",
        )


def test_a_part_is_approved_without_the_lines_that_are_left_out(town: Store) -> None:
    approved(town, waiting(town), without=(2, 4))
    assert red_ones(town) == ["p0", "p2", "p4"]


def test_nothing_and_lines_that_are_not_there_cannot_be_approved(town: Store) -> None:
    number = waiting(town)
    for without in ((1, 2, 3, 4, 5), (6,), (0,)):
        with pytest.raises(StoreError, match=r"nothing of it is left|there is no line"):
            approved(town, number, without=without)
    assert state_of(town, number) is ChangeSetState.WAITING


MAY_NOT = [
    (WANG, "whoever asked"),
    (somebody(3, Role.REGISTRAR), "made after"),
    (somebody(2, Role.OPERATOR), "an account that may approve"),
    (somebody(2, Role.AUDITOR), "an account that may approve"),
    (command_line_actor("root"), "an account that may approve"),
    (Actor(2, "chen", CHEN.grants, Via.TOKEN, frozenset({Act.SEE})), "an account that may approve"),
]


def test_who_may_not_approve(town: Store) -> None:
    number = waiting(town)
    for actor, says in MAY_NOT:
        with pytest.raises(NotYours, match=says):
            approved(town, number, actor)
    assert red_ones(town) == []
    assert state_of(town, number) is ChangeSetState.WAITING


def test_who_could_have_signed_in_as_the_approver_has_no_approval_from_there(town: Store) -> None:
    number = waiting(town)
    day = 86_400_000_000
    for made_at, may in ((NOW - day, False), (NOW, False), (NOW - 31 * day, True)):
        with town.writing() as connection:
            link_by(connection, WANG, 2, made_at)
        if may:
            approved(town, number)
        else:
            with pytest.raises(NotYours, match="sign-in link"):
                approved(town, number)
    assert state_of(town, number) is ChangeSetState.APPROVED


@pytest.mark.parametrize("name", ["chen", " Chen "])
def test_who_asked_at_the_command_line_does_not_approve_by_their_account(town: Store, name: str) -> None:
    number = waiting(town, actor=command_line_actor(name))
    with pytest.raises(NotYours, match="whoever asked"):
        approved(town, number)
    assert state_of(town, number) is ChangeSetState.WAITING
    approved(town, number, WANG)


def test_a_role_that_was_taken_since_the_page_was_opened_approves_nothing(town: Store) -> None:
    number = waiting(town)
    with town.writing() as connection:
        connection.execute(sa.delete(account_grant).where(account_grant.c.account == 2))
    with pytest.raises(NotYours, match="an account that may approve"):
        approved(town, number)
    assert state_of(town, number) is ChangeSetState.WAITING


def test_an_approver_of_another_place_finds_nothing(town: Store) -> None:
    with town.reading() as connection:
        yard = place_at(connection, YARD)
    of_yard = somebody(2, Role.REGISTRAR, at=yard)
    with town.writing() as connection:
        connection.execute(sa.insert(account_grant).values(account=2, role="registrar", place=yard, at=1))
    both = waiting(town, [*MANY, red("p0", YARD)])
    for number in (waiting(town), both):
        with pytest.raises(StoreError, match=f"there is no change {number}"):
            approved(town, number, of_yard)
    with town.reading() as connection:
        assert change_sets(connection, Sight(frozenset({yard})), waiting=True, now=NOW) == []
        assert change_set_at(connection, Sight(frozenset({yard})), both, NOW) is None, "not even a part of it"
        assert waiting_count(connection, Sight(frozenset({yard})), NOW) == 0


def test_two_approvers_at_once_approve_once(town: Store) -> None:
    number = waiting(town)
    with town.reading() as connection:
        seen = examined(connection, number).seen
    together = Barrier(2)

    def click() -> str:
        together.wait()
        try:
            with town.writing() as connection:
                approve(connection, CHEN, number, why="yes", seen=seen, now=NOW + 1)
        except NotWaiting as refused:
            return refused.what
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(lambda _: click(), range(2)))
    assert ends == ["done", "is approved already, by chen"]
    with town.reading() as connection:
        assert len(status_history(connection, SITE, "p0")) == 1


def test_two_who_change_at_once_share_one_bound(town: Store) -> None:
    together = Barrier(4)

    def change(name: str) -> bool:
        together.wait()
        return isinstance(submitted(town, [red(name)]), Applied)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(change, ["p1", "p2", "p3", "p4"]))
    assert sum(done) == len(red_ones(town)) == 2


def test_what_was_changed_since_it_was_asked_for_is_marked_and_what_changes_under_ones_eyes_is_not_done(
    town: Store,
) -> None:
    number = waiting(town)
    with town.reading() as connection:
        before = examined(connection, number)
    submitted(town, [PutSubject(SITE, replace(PEOPLE[3], name="Li"))], CHEN)
    with town.reading() as connection:
        after = examined(connection, number)
    assert not before.moved
    assert after.moved == {4}
    with pytest.raises(ChangedMeanwhile, match="look at it again"), town.writing() as connection:
        approve(connection, CHEN, number, why="yes", seen=before.seen, now=NOW + 1)
    assert red_ones(town) == []
    approved(town, number)
    with town.reading() as connection:
        person = subject_at(connection, SITE, "p3")
    assert (person.name, person.status) == ("Li", RED), "decided again on what is held then"


def test_somebody_who_is_erased_meanwhile_is_not_brought_back(town: Store) -> None:
    number = waiting(town, [PutSubject(SITE, replace(item, status=RED)) for item in PEOPLE[:5]])
    submitted(town, [EraseSubject(SITE, "p1")], CHEN)
    with town.reading() as connection:
        row = connection.execute(sa.select(change_set).where(change_set.c.number == number)).one()
        assert b"p1" not in row.content
    approved(town, number)
    assert red_ones(town) == ["p0", "p2", "p3", "p4"]


def test_nothing_that_waits_names_whoever_is_erased(town: Store) -> None:
    number = waiting(town, [PutSubject(SITE, replace(item, status=RED)) for item in PEOPLE[:5]])
    submitted(town, [EraseSubject(SITE, "p1")], CHEN)
    with town.reading() as connection:
        row = connection.execute(sa.select(change_set).where(change_set.c.number == number)).one()
        assert (row.content.count(b"p1"), row.basis.count(b"p1")) == (0, 0)
        assert examined(connection, number).moved == set()


def test_why_somebody_was_changed_goes_with_them_and_who_did_it_stays(town: Store) -> None:
    told = "Li of 3-2-301 was at the market"
    alone, both = submitted(town, [red("p1")], why=told), submitted(town, [red("p1"), red("p2")], why=WHY)
    waits = waiting(town, [red(f"p{number}") for number in range(1, 6)])
    submitted(town, [EraseSubject(SITE, "p1")], CHEN, why="asked for it")
    with town.reading() as connection:
        rows = connection.execute(sa.select(change_set.c.number, change_set.c.why, change_set.c.actor)).all()
        kept = {row.number: (row.actor, row.why) for row in rows}
        assert kept[alone.number] == ("wang", "")
        assert kept[both.number] == kept[waits] == ("wang", WHY)
        assert told not in {entry.why for entry in entries(connection, EVERYWHERE)}
        assert verify_chain(connection).broken_at is None


def test_where_all_are_erased_nothing_is_left_to_approve(town: Store) -> None:
    number = waiting(town)
    approved(town, waiting(town, [EraseSubject(SITE, item.id) for item in PEOPLE[:5]]))
    with pytest.raises(StoreError, match="nothing of it is left"):
        approved(town, number)
    assert state_of(town, number) is ChangeSetState.WAITING


def newer(store: Store, number: int, *said: dict[str, object]) -> None:
    """Have a set that waits ask for more, of a kind that only a newer version knows."""
    with store.writing() as connection:
        held = sa.select(change_set.c.content).where(change_set.c.number == number)
        changes = msgspec.json.decode(connection.execute(held).scalar_one())
        changes += [{"type": "zz_newer", "site": SITE} | each for each in said]
        mine = sa.update(change_set).where(change_set.c.number == number)
        connection.execute(mine.values(content=msgspec.json.encode(changes)))


def content_of(store: Store, number: int) -> bytes:
    with store.reading() as connection:
        held = sa.select(change_set.c.content).where(change_set.c.number == number)
        return bytes(connection.execute(held).scalar_one())


def test_what_a_newer_version_asked_for_is_kept_and_not_approved_here(town: Store) -> None:
    number = waiting(town)
    newer(town, number, {"of": {"who": ["p7"]}})
    submitted(town, [EraseSubject(YARD, "p0")], CHEN)
    with town.writing() as connection:
        forget_in_waiting(connection, SITE, (), NOW)  # passes are revoked, and nobody is erased
        with pytest.raises(OfNewerVersion, match=rf"change {number} was written by a newer version"):
            examined(connection, number)
        [shown] = change_sets(connection, EVERYWHERE, waiting=True, now=NOW)
        assert entries(connection, EVERYWHERE, act="drop_newer_changes") == []
    assert b'"of":{"who":["p7"]}' in content_of(town, number), "an erasure elsewhere leaves it"
    with town.writing() as connection:
        send_back(connection, CHEN, number, why="not now", now=NOW + 1)
    assert (shown.number, state_of(town, number)) == (number, ChangeSetState.SENT_BACK)


@pytest.mark.parametrize(
    "said",
    [
        {"subject": "p1"},
        {"of": {"who": ["p1"]}},
        {"by_person": {"p1": {"face": "x"}}},
        {"ref": f"{SITE}/p1"},
        {"site": YARD, "from": f"{SITE}/p1"},
        {"digest": subject_key("p1").hex()},
    ],
)
def test_an_erasure_takes_out_what_only_a_newer_version_knows(town: Store, said: dict[str, object]) -> None:
    number = waiting(town)
    newer(town, number, said, {"of": {"who": ["p7"]}})
    submitted(town, [EraseSubject(SITE, "p1")], CHEN)
    content = content_of(town, number)
    assert b"zz_newer" not in content
    assert b'"p1"' not in content
    with town.reading() as connection:
        [noted] = entries(connection, EVERYWHERE, act="drop_newer_changes")
        left = examined(connection, number).changes
    assert (noted.about, noted.detail) == (About("change_set", str(number), SITE), {"changes": 2})
    assert {subject_of(item) for item in left} == {subject_of(item) for item in MANY} - {"p1"}


def test_two_who_are_erased_at_once_at_two_sites_are_both_taken_out(town: Store) -> None:
    number = waiting(town, [*MANY, red("p0", YARD)])
    together = Barrier(2)

    def erase(site: str) -> None:
        together.wait()
        submitted(town, [EraseSubject(site, "p0")], CHEN)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(erase, (SITE, YARD)))
    with town.reading() as connection:
        left = examined(connection, number).changes
    assert [(item.site, subject_of(item)) for item in left] == [(SITE, f"p{at}") for at in range(1, 5)]


def test_a_face_whose_consent_is_withdrawn_while_it_waits_is_not_taken(town: Store) -> None:
    faces = [
        PutTemplates(SITE, name, (SealedTemplate(name, 1, "sface", b"sealed"),)) for name in ("p1", "p2")
    ]
    number = waiting(town, [*MANY, *faces])
    withdrawal = ConsentRecord(ConsentAnswer.WITHDRAWN, "2026-11", "zh", ConsentForm.SIGNED, "", "Wu", NOW)
    with town.writing() as connection:
        note_consent(connection, SITE, "p1", withdrawal)
        submit(connection, CHEN, [PutTemplates(SITE, "p1", ())], why=WHY, now=NOW, limits=LIMITS)
    approved(town, number)
    with town.reading() as connection:
        assert [item.subject_id for item in templates_of(connection, SITE)] == ["p2"]


def test_what_is_sent_back_withdrawn_or_lapsed_is_not_done_and_stays_so(town: Store) -> None:
    back, drawn, lapsed = (waiting(town) for _ in range(3))
    with town.writing() as connection:
        send_back(connection, CHEN, back, why="which laboratory?", now=NOW + 1)
        withdraw(connection, WANG, drawn, why="a wrong list", now=NOW + 1)
        assert lapse(connection, NOW + 24 * HOUR) == 1
    for number, state in (
        (back, ChangeSetState.SENT_BACK),
        (drawn, ChangeSetState.WITHDRAWN),
        (lapsed, ChangeSetState.LAPSED),
    ):
        assert state_of(town, number) is state
        with pytest.raises(NotWaiting, match=state.value.replace("_", " ")), town.writing() as connection:
            approve(connection, CHEN, number, why="yes", seen="", now=NOW + 2)
    assert red_ones(town) == []
    with town.reading() as connection:
        assert set(connection.execute(sa.select(change_set.c.content)).scalars()) == {None}


def test_it_lapses_between_page_and_click(town: Store) -> None:
    number = waiting(town)
    with pytest.raises(NotWaiting, match="lapsed"):
        approved(town, number, at=NOW + 24 * HOUR)
    with town.writing() as connection:
        assert lapse(connection, NOW + 23 * HOUR) == 0
    assert state_of(town, number) is ChangeSetState.WAITING


def test_only_whoever_asked_withdraws(town: Store) -> None:
    number = waiting(town)
    with pytest.raises(NotYours), town.writing() as connection:
        withdraw(connection, CHEN, number, why="no", now=NOW)


def test_who_fills_the_queue_fills_their_own_only(town: Store) -> None:
    first, *_ = [waiting(town) for _ in range(MOST_WAITING)]
    with pytest.raises(StoreError, match="changes of yours wait already"):
        submitted(town, MANY)
    waiting(town, actor=CHEN)
    waiting(town, actor=command_line_actor("root"))
    with town.writing() as connection:
        withdraw(connection, WANG, first, why="a wrong list", now=NOW)
    waiting(town)


# --- policies ----------------------------------------------------------------------------------


def test_a_policy_waits_and_is_kept_with_both_names(town: Store) -> None:
    number = waiting(town, [PutPolicy(SITE, "[stale]\ndegrade_after = 86400\n")])
    with town.reading() as connection:
        assert kept_policy(connection, SITE) is None
    approved(town, number)
    with town.reading() as connection:
        policy = kept_policy(connection, SITE)
    assert policy is not None
    assert (policy.number, policy.asked_by, policy.approved_by, policy.why) == (1, "wang", "chen", WHY)
    approved(town, waiting(town, [PutPolicy(SITE, "")]))
    with town.reading() as connection:
        second = kept_policy(connection, SITE)
    assert second is not None
    assert (second.number, second.text) == (2, "")


def test_a_policy_is_approved_without_a_line(town: Store) -> None:
    before = "[stale]\ndegrade_after = 86400\n\n[temperature]\nlimit = 37.3\n"
    approved(town, waiting(town, [PutPolicy(SITE, before)]))
    after = before.replace("86400", "3600").replace("37.3", "37.0 # a cold week")
    number = waiting(town, [PutPolicy(SITE, after)])
    for without, says in (((3,), "no line 3"), ((1, 2), "nothing of it is left")):
        with pytest.raises(StoreError, match=says):
            approved(town, number, without=without)
    approved(town, number, without=(1,))
    with town.reading() as connection:
        policy = kept_policy(connection, SITE)
    assert policy is not None
    assert policy.text == before.replace("37.3", "37.0 # a cold week")


def test_a_policy_that_was_replaced_meanwhile_has_to_be_looked_at_again(town: Store) -> None:
    first, second = (waiting(town, [PutPolicy(SITE, f"# {name}\n")]) for name in ("a", "b"))
    with town.reading() as connection:
        seen = examined(connection, second).seen
    approved(town, first)
    with pytest.raises(ChangedMeanwhile), town.writing() as connection:
        approve(connection, CHEN, second, why="yes", seen=seen, now=NOW + 1)


def test_hundreds_of_changes_of_a_site_are_one_entry_with_their_counts(town: Store) -> None:
    submitted(town, [PutSubject(SITE, Subject(f"new{number}")) for number in range(60)])
    with town.reading() as connection:
        [noted] = entries(connection, EVERYWHERE, act="change_many")
    assert noted.detail["put_subject"] == 60
