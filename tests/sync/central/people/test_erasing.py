"""An erasure reaches every table that names people, and a new table that does fails here first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from edge.consent import ConsentAnswer
from edge.decision import Status, StatusRecord, Subject
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.caring import close_alarm, snooze_alarm
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.core.life import StepKind
from sync.central.alarms.digesting import digest
from sync.central.alarms.listing import steps_of
from sync.central.audit.audit import About, entries, verify_chain
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.life import WorkerAct
from sync.central.dispatch.tasks import open_task, send_to
from sync.central.dispatch.telling import Saying, tell
from sync.central.people.consents import ConsentRecord, consents_of, note_consent
from sync.central.people.core.consent_form import ConsentForm
from sync.central.people.core.purposes import Grounds, Purpose
from sync.central.people.erasing import HOLDINGS, Fate, erase_rows, tables_knowing
from sync.central.people.looks import looks_at, open_look
from sync.central.people.subjects import put_subject, put_templates
from sync.central.places.sight import EVERYWHERE
from sync.central.schema import metadata
from sync.central.store import Store
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.invitations import invite_by, make_invitation
from sync.central.visits.visits import Inviting, invite
from tests.edge.registry.repository import sealed, unit_vector
from tests.sync.central.dispatch.test_tasks import workers
from tests.sync.statuses import set_status
from tests.sync.waiting import until_it_waits
from tests.sync.wire.examples import AT

SITE = "green-court"
ACTOR = command_line_actor("wang")
LI_NA = Subject("li-na", "Li Na", "3-2-301")
CONSENT = ConsentRecord(ConsentAnswer.GIVEN, "2026-11", "zh", ConsentForm.WITNESSED, "east gate", "Wang", AT)
NAMES_PEOPLE = frozenset({"subject", "subject_id", "host", "person", "member", "resident"})
"""How a column is called that names a person."""


def held(connection: sa.Connection, record: Subject) -> None:
    put_subject(connection, SITE, record, AT)
    put_templates(connection, SITE, record.id, (sealed(record, unit_vector(1)),))
    set_status(
        connection, SITE, record.id, StatusRecord(Status.RED, "lab", "x", "pcr", instant(AT)), "wang", AT
    )
    note_consent(connection, SITE, record.id, CONSENT)
    grounds = Grounds(Purpose.ILLNESS, "B-7", "her neighbour is ill")
    open_look(connection, ACTOR, SITE, record.id, grounds, AT)


def test_every_table_that_names_people_is_in_the_list_of_an_erasure() -> None:
    naming = {
        (table.name, name)
        for table in metadata.tables.values()
        for name in NAMES_PEOPLE & set(table.columns.keys())
    }
    naming.remove(("delivery", "subject"))  # the first line of a message, which names nobody
    naming.remove(("centre_process", "host"))  # a machine
    listed = {(holding.table, holding.column) for holding in HOLDINGS}
    assert naming <= listed, "say in sync/central/people/erasing.py what an erasure does there"


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda holding: f"{holding.table}.{holding.column}")
def test_what_the_list_of_an_erasure_names_is_there(holding: object) -> None:
    [found] = [item for item in HOLDINGS if item == holding]
    columns = set(metadata.tables[found.table].columns.keys())
    assert {found.site, *found.blank} | ({found.column} if found.column else set()) <= columns
    assert bool(found.why) == (found.fate is not Fate.ERASED), "what is kept has a reason, and only that"


def test_an_erased_person_is_in_no_table_and_the_others_stay(store: Store) -> None:
    with store.writing() as connection:
        held(connection, LI_NA)
        held(connection, Subject("wu-bo"))
        before = tables_knowing(connection, SITE, "wu-bo")
        assert {"subject", "template", "status_change", "consent", "look"} <= set(
            tables_knowing(connection, SITE, "li-na")
        )
        counts = erase_rows(connection, SITE, "li-na")
        assert tables_knowing(connection, SITE, "li-na") == ()
        assert tables_knowing(connection, SITE, "wu-bo") == before
        assert consents_of(connection, SITE, "li-na") == []
    assert counts["subject"] == counts["template"] == counts["consent"] == counts["look"] == 1
    assert counts["audit_entry"] == 1


def test_who_looked_stays_and_what_they_said_of_the_person_goes(store: Store) -> None:
    with store.writing() as connection:
        held(connection, LI_NA)
        erase_rows(connection, SITE, "li-na")
        [seen] = looks_at(connection, SITE, "li-na", 0)
        assert (seen.actor, seen.grounds) == ("wang", Grounds(Purpose.ILLNESS, "B-7", ""))
        assert entries(connection, EVERYWHERE, about=About("subject", "li-na", SITE)) == []
        assert verify_chain(connection).broken_at is None


def test_what_was_said_of_an_alarm_about_an_erased_person_is_in_no_table(store: Store) -> None:
    words = "she was feverish"
    cue = Cue(AlarmKind.ISOLATION_EXIT, SITE, None, "order 1", AT, "li-na")
    with store.writing() as connection:
        held(connection, LI_NA)
        digest(connection, [cue], AT)
        kind = cue.kind.value
        number = open_task(connection, Assignment(1, kind, SITE, None, "li-na", AT, 1), AT)
        offer = send_to(connection, EVERYWHERE, number, workers(connection, "Liu")[0], "wang", AT)
        tell(connection, 1, Saying("k", offer, WorkerAct.DONE, 0, "met", words), AT)
        snooze_alarm(connection, ACTOR, 1, 5, words, AT)
        close_alarm(connection, ACTOR, 1, f"met: {words}", AT)
        told = {name for name, text in everything(connection) if words in text}
        assert told == {"task", "task_act", "alarm_step", "audit_entry"}
        erase_rows(connection, SITE, "li-na")
        left = {name for name, text in everything(connection) if words in text or "li-na" in text}
        assert left == {"look"}, "who looked at which record stays to be audited"
        assert verify_chain(connection).broken_at is None
        steps = [each.what for each in steps_of(connection, 1)]
        assert steps == [StepKind.RAISED, StepKind.SNOOZED, StepKind.CLOSED], "that they cared stays"


def everything(connection: sa.Connection) -> list[tuple[str, str]]:
    """Every row of every table, by the table's name."""
    tables = metadata.tables.values()
    return [
        (table.name, repr(tuple(row))) for table in tables for row in connection.execute(sa.select(table))
    ]


def test_a_visit_that_is_made_at_the_moment_of_an_erasure_names_no_host_either(store: Store) -> None:
    until = AT + 3_600_000_000
    with store.writing() as connection:
        held(connection, LI_NA)
        _, token = make_invitation(connection, SITE, "li-na", 1, until, "wang", AT)

    def erase() -> None:
        with store.writing() as connection:
            erase_rows(connection, SITE, "li-na")

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as connection:
            invite_by(connection, token, WantedVisit("Wu Bo", AT, until), AT)
            erased = pool.submit(erase)
            until_it_waits(connection, erased)
        erased.result()
    with store.reading() as connection:
        assert tables_knowing(connection, SITE, "li-na") == ()


def test_a_resident_who_is_erased_is_nobodys_host_and_the_visit_stays(store: Store) -> None:
    with store.writing() as connection:
        held(connection, LI_NA)
        until = AT + 3_600_000_000
        number, _ = make_invitation(connection, SITE, "li-na", 1, until, "wang", AT)
        made = invite(
            connection, SITE, WantedVisit("Wu Bo", AT, until), Inviting("wang", "li-na", number), AT
        )
        erase_rows(connection, SITE, "li-na")
        assert tables_knowing(connection, SITE, "li-na") == ()
        hosts = connection.execute(sa.text("SELECT host FROM visit UNION ALL SELECT host FROM invitation"))
        assert [row.host for row in hosts] == [None, None]
        assert made.number
