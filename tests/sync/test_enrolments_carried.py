"""A request from a gate's outbox over the wire to a registrar, and its answer back, by both real ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.decision import Subject
from edge.registry_requests import (
    EnrolmentRequest,
    RequestKind,
)
from edge.signing.cose import keys_of, microseconds
from edge.staff.enrolment.requests import RequestFolder, RequestRecord
from sync.agent.configuration import SyncEnrolmentsSection
from sync.agent.enrolments import SAID_EVERY, EnrolmentCarrier, EnrolmentConversation
from sync.central.accounts.actor import command_line_actor
from sync.central.configuration import ChangesSection
from sync.central.enrolments.deciding import accept
from sync.central.enrolments.intake import EnrolmentIntake
from sync.central.people.subjects import put_subjects, templates_of
from sync.central.registry.versions import SiteVersion, newest_change, note_version
from sync.central.store import Store
from sync.wire import open_message
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS
from tests.sync.world import CENTRAL_KEY

SITE, WHEN = "green-court", datetime(2026, 3, 3, tzinfo=UTC)
CENTRAL = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
ASKED = EnrolmentRequest(
    bytes(range(16)),
    RequestKind.ENROL,
    microseconds(WHEN),
    "li-xiulan",
    "wang",
    3,
    "engine-1",
    (b"one", b"two"),
    "2026-11",
    "zh",
    digest=bytes(32),
    paper=b"sealed",
)
RECORD = RequestRecord(ASKED.id.hex(), ASKED.kind, ASKED.subject, ASKED.staff, WHEN, "", WHEN)


class Both:
    """A gate's folder with its sync process, and a centre: what one says the other hears at once."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store, self.clock = store, 0.0
        self.section = SyncEnrolmentsSection(folder / "out", folder / "answers")
        self.folder = RequestFolder(folder / "kept", self.section.outbox, self.section.answers)
        self.intake = EnrolmentIntake(store, CENTRAL_KEY, lambda: AT, lambda: self.clock, ChangesSection())
        self.link = self.new_link()
        with store.writing() as connection:
            put_subjects(connection, SITE, (Subject("li-xiulan", version=3),), AT)

    def new_link(self) -> EnrolmentConversation:
        self.link = EnrolmentCarrier(DEVICE, KEY, self.section).open_conversation(0.0)
        return self.link

    def speaks(self, *, answer_is_lost: bool = False) -> list[EnrolmentRequest]:
        """One round some minutes later; what the gate said."""
        self.clock += SAID_EVERY
        said = []
        for sealed in self.link.due_messages(self.clock):
            heard = open_message(sealed.topic, sealed.data, KEYS)
            assert isinstance(heard.message, EnrolmentRequest)
            said.append(heard.message)
            for answer in self.intake.handle([heard], self.clock):
                if not answer_is_lost:
                    self.link.handle([open_message(answer.topic, answer.data, CENTRAL)], self.clock)
        return said

    def state(self) -> tuple[str, int]:
        list(self.folder.answered())
        [record] = self.folder.records
        return record.state, record.version


@pytest.fixture
def both(tmp_path: Path, store: Store) -> Both:
    return Both(tmp_path, store)


def test_a_request_is_carried_decided_published_and_known_to_be_so(both: Both) -> None:
    both.folder.leave(RECORD, ASKED)
    assert both.speaks() == [ASKED]
    assert both.state() == ("received", 0)
    assert both.speaks() == [replace(ASKED, templates=(), paper=b"")], "what it carried is gone at the gate"
    with both.store.writing() as connection:
        accept(connection, command_line_actor("Chen"), ASKED.id, now=AT, limits=ChangesSection())
        assert [each.sealed for each in templates_of(connection, SITE)] == [b"one", b"two"]
    both.speaks()
    assert both.state() == ("accepted", 0)
    with both.store.writing() as connection:
        note_version(
            connection, SITE, SiteVersion(7, AT, "Chen", 1, 1), newest_change(connection, SITE), None
        )
    both.speaks()
    assert both.state() == ("accepted", 7)
    assert both.speaks() == [], "nothing is left to ask"
    assert not list(both.section.outbox.iterdir())
    assert not list(both.section.answers.iterdir())


def test_an_answer_that_is_lost_and_a_link_that_breaks_ask_again_and_enrol_once(both: Both) -> None:
    both.folder.leave(RECORD, ASKED)
    for _ in range(3):
        assert both.speaks(answer_is_lost=True) == [ASKED]
        both.new_link()
    both.speaks()
    assert both.state() == ("received", 0)
    restarted = RequestFolder(both.section.outbox.parent / "kept", both.section.outbox, both.section.answers)
    assert [record.state for record in restarted.records] == ["received"]


def test_a_withdrawal_needs_nobody_at_the_centre(both: Both) -> None:
    withdrawn = EnrolmentRequest(bytes(16), RequestKind.WITHDRAW, microseconds(WHEN), "li-xiulan", "wang")
    record = RequestRecord(
        withdrawn.id.hex(), withdrawn.kind, withdrawn.subject, withdrawn.staff, WHEN, "", WHEN
    )
    both.folder.leave(record, withdrawn)
    both.speaks()
    assert both.state() == ("accepted", 0)
