"""A request of a gate: kept once, decided by a registrar, answered with the version; a withdrawal at once.

The same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.consent import ConsentAnswer
from edge.decision import Subject
from edge.registry_requests import (
    Choice,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
    bare,
)
from edge.signing.cose import MessageRefused, keys_of
from sync.central.accounts.actor import command_line_actor
from sync.central.audit.audit import entries
from sync.central.changes.core.change import EraseSubject
from sync.central.changes.submitting import Applied, submit
from sync.central.configuration import ChangesSection
from sync.central.enrolments.deciding import accept, refuse
from sync.central.enrolments.intake import FORGOTTEN, REQUESTS_AT_ONCE, EnrolmentIntake
from sync.central.enrolments.requests import MOST_WAITING, MOST_WITHDRAWN_A_DAY, keep, requests, waiting_count
from sync.central.people.consents import consents_of
from sync.central.people.subjects import put_subjects, subject_at, templates_of
from sync.central.places.sight import EVERYWHERE
from sync.central.registry.versions import SiteVersion, newest_change, note_version
from sync.central.store import Store, StoreError
from sync.wire import Channel, ReceivedMessage, SealedMessage, open_message, seal_message
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS
from tests.sync.world import CENTRAL_KEY

SITE = "green-court"
LIMITS = ChangesSection()
CHEN = command_line_actor("Chen")
CENTRAL = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
LI_XIULAN, LI_XIUFANG = Subject("li-xiulan", version=3), Subject("li-xiufang")
ASKED = EnrolmentRequest(
    bytes(16),
    RequestKind.ENROL,
    AT - 60_000_000,
    "li-xiulan",
    "wang",
    version=3,
    engine="engine-1",
    templates=(b"one", b"two", b"three"),
    wording="2026-11",
    language="zh",
    digest=bytes(32),
    paper=b"sealed",
)
WITHDRAWN = EnrolmentRequest(bytes(range(16)), RequestKind.WITHDRAW, AT, "li-xiulan", "wang")


@dataclass
class Centre:
    """A centre that hears one gate."""

    store: Store
    clock: float = 0.0
    now: int = AT

    def __post_init__(self) -> None:
        self.intake = EnrolmentIntake(self.store, CENTRAL_KEY, lambda: self.now, lambda: self.clock, LIMITS)
        with self.store.writing() as connection:
            put_subjects(connection, SITE, (LI_XIULAN, LI_XIUFANG), AT)

    def hears(self, asked: EnrolmentRequest) -> EnrolmentAnswer:
        sealed = seal_message(asked, DEVICE, KEY)
        [answer] = self.intake.handle([open_message(sealed.topic, sealed.data, KEYS)], self.clock)
        return _opened(answer)

    def says(self) -> EnrolmentAnswer:
        """What it answers to the gate that asks what became of its request."""
        return self.hears(bare(ASKED))

    def publishes(self, version: int) -> None:
        with self.store.writing() as connection:
            made = SiteVersion(version, self.now, "Chen", 2, 1)
            note_version(connection, SITE, made, newest_change(connection, SITE), None)

    def accepts(self, identity: bytes = ASKED.id) -> None:
        with self.store.writing() as connection:
            assert isinstance(accept(connection, CHEN, identity, now=self.now, limits=LIMITS), Applied)

    def templates(self) -> list[bytes]:
        with self.store.reading() as connection:
            return [each.sealed for each in templates_of(connection, SITE)]


def _opened(sealed: SealedMessage) -> EnrolmentAnswer:
    message = open_message(sealed.topic, sealed.data, CENTRAL).message
    assert isinstance(message, EnrolmentAnswer)
    return message


@pytest.fixture
def centre(store: Store) -> Centre:
    return Centre(store)


def test_a_request_goes_from_the_gate_through_a_registrar_into_a_version_and_back(centre: Centre) -> None:
    answer = centre.hears(ASKED)
    assert (answer.id, answer.state, answer.version) == (ASKED.id, RequestState.RECEIVED, 0)
    assert centre.templates() == [], "nobody has decided"
    centre.accepts()
    assert centre.templates() == [b"one", b"two", b"three"]
    assert (centre.says().state, centre.says().version) == (RequestState.ACCEPTED, 0)
    centre.publishes(2032)
    assert (centre.says().state, centre.says().version) == (RequestState.ACCEPTED, 2032)
    centre.publishes(2033)
    assert centre.says().version == 2032, "the first that has it"
    with centre.store.reading() as connection:
        [consent] = consents_of(connection, SITE, "li-xiulan")
        assert (consent.wording, consent.staff, consent.at) == ("2026-11", "wang", ASKED.at)
        assert [each.act for each in entries(connection, EVERYWHERE)][:2] == [
            "accept_enrolment",
            "put_templates",
        ]


def test_what_is_said_again_is_kept_once_and_answered_as_it_stands(centre: Centre) -> None:
    centre.hears(ASKED)
    assert centre.hears(ASKED).state is RequestState.RECEIVED
    centre.accepts()
    assert centre.hears(bare(ASKED)).state is RequestState.ACCEPTED
    with centre.store.reading() as connection:
        assert len(requests(connection, EVERYWHERE, waiting=False)) == 1
        assert waiting_count(connection, EVERYWHERE) == 0


def test_a_refusal_goes_back_with_its_reason_and_nothing_changes(centre: Centre) -> None:
    centre.hears(ASKED)
    with centre.store.writing() as connection:
        refuse(connection, CHEN, ASKED.id, "the lease has ended", now=AT)
    answer = centre.says()
    assert (answer.state, answer.reason) == (RequestState.REFUSED, "the lease has ended")
    assert centre.templates() == []
    with centre.store.writing() as connection, pytest.raises(StoreError, match="refused already, by Chen"):
        accept(connection, CHEN, ASKED.id, now=AT, limits=LIMITS)


def test_two_people_who_look_alike_both_need_a_second_factor_from_then_on(centre: Centre) -> None:
    centre.hears(replace(ASKED, alike="li-xiufang", choice=Choice.TWO_PEOPLE))
    centre.accepts()
    with centre.store.reading() as connection:
        people = [subject_at(connection, SITE, name) for name in ("li-xiulan", "li-xiufang")]
    assert [(each.second_factor, each.version) for each in people] == [(True, 3), (True, 1)]


def test_a_withdrawal_waits_for_nobody_and_takes_what_waits_of_them_along(centre: Centre) -> None:
    centre.hears(ASKED)
    centre.accepts()
    again = replace(ASKED, id=bytes([9] * 16), at=AT - 1)
    centre.hears(again)
    assert centre.hears(WITHDRAWN).state is RequestState.ACCEPTED
    assert centre.templates() == []
    assert centre.hears(bare(again)).state is RequestState.REFUSED
    centre.publishes(7)
    assert centre.hears(WITHDRAWN).version == 7
    with centre.store.reading() as connection:
        assert [each.answer for each in consents_of(connection, SITE, "li-xiulan")] == [
            ConsentAnswer.GIVEN,
            ConsentAnswer.WITHDRAWN,
        ]


def test_who_withdrew_after_an_enrolment_was_asked_is_not_enrolled_by_it(centre: Centre) -> None:
    centre.hears(WITHDRAWN)
    centre.hears(ASKED)
    with centre.store.writing() as connection, pytest.raises(StoreError, match="withdrew"):
        accept(connection, CHEN, ASKED.id, now=AT, limits=LIMITS)
    later = replace(ASKED, id=bytes([1] * 16), at=WITHDRAWN.at + 1)
    centre.hears(later)
    centre.accepts(later.id)
    assert len(centre.templates()) == 3


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (replace(ASKED, subject="nobody"), "nobody is 'nobody'"),
        (replace(ASKED, version=4), "version 4 of the record, held is 3"),
        (replace(ASKED, kind=RequestKind.JOIN, templates=()), "brings no templates"),
    ],
)
def test_what_cannot_be_accepted_says_why_and_waits_on(
    centre: Centre, asked: EnrolmentRequest, why: str
) -> None:
    centre.hears(asked)
    with centre.store.writing() as connection, pytest.raises(StoreError, match=why):
        accept(connection, CHEN, ASKED.id, now=AT, limits=LIMITS)
    assert centre.hears(asked).state is RequestState.RECEIVED


def test_a_withdrawal_of_somebody_who_is_not_there_is_answered_so(centre: Centre) -> None:
    answer = centre.hears(replace(WITHDRAWN, subject="nobody"))
    assert (answer.state, "nothing to take away" in answer.reason) == (RequestState.REFUSED, True)


def test_a_request_of_somebody_who_was_erased_is_gone_and_the_gate_is_told(centre: Centre) -> None:
    centre.hears(ASKED)
    with centre.store.writing() as connection:
        submit(connection, CHEN, [EraseSubject(SITE, "li-xiulan")], why="moved", now=AT, limits=LIMITS)
        assert waiting_count(connection, EVERYWHERE) == 0
    answer = centre.hears(bare(ASKED))
    assert (answer.state, answer.reason) == (RequestState.REFUSED, FORGOTTEN)


def numbered(count: int) -> list[EnrolmentRequest]:
    return [replace(ASKED, id=number.to_bytes(16, "big")) for number in range(1, count + 1)]


def test_one_gate_cannot_fill_the_database(centre: Centre) -> None:
    with centre.store.writing() as connection:
        for each in numbered(MOST_WAITING):
            keep(connection, SITE, DEVICE, "main", each, AT)
    with pytest.raises(MessageRefused, match=f"{MOST_WAITING} requests"):
        centre.hears(ASKED)
    assert centre.hears(bare(numbered(1)[0])).state is RequestState.RECEIVED, "what is kept has its place"
    assert centre.hears(WITHDRAWN).state is RequestState.ACCEPTED, "and a withdrawal has room all the same"


def test_a_gate_that_was_taken_over_withdraws_for_so_many_a_day_and_no_more(centre: Centre) -> None:
    withdrawn = replace(WITHDRAWN, paper=b"x" * 1000)
    with centre.store.writing() as connection:
        for number in range(1, MOST_WITHDRAWN_A_DAY + 1):
            asked = replace(withdrawn, id=number.to_bytes(16, "big"), subject=f"s{number}")
            keep(connection, SITE, DEVICE, "main", asked, AT)
    with pytest.raises(MessageRefused, match="in a day"):
        centre.hears(WITHDRAWN)
    assert centre.hears(replace(withdrawn, id=(1).to_bytes(16, "big"))).state, "what is kept has its place"
    centre.now += 24 * 3600 * 1_000_000
    assert centre.hears(WITHDRAWN).state is RequestState.ACCEPTED


def test_one_gate_has_its_share_of_the_centres_time(centre: Centre) -> None:
    for each in numbered(int(REQUESTS_AT_ONCE)):
        centre.hears(each)
    with pytest.raises(MessageRefused, match="share of one gate"):
        centre.hears(ASKED)
    centre.clock += 1.0
    centre.hears(ASKED)


def test_a_request_that_another_device_made_is_not_spoken_of(centre: Centre) -> None:
    centre.hears(ASKED)
    message = ReceivedMessage("gp-0002", Channel.ENROLMENT_REQUEST, bare(ASKED), b"")
    with pytest.raises(MessageRefused, match="another device has this request"):
        centre.intake.handle([message], 0.0)


def test_decided_templates_are_with_the_record_only(centre: Centre) -> None:
    centre.hears(ASKED)
    centre.accepts()
    with centre.store.reading() as connection:
        rows = connection.execute(sa.text("SELECT templates FROM enrolment_request")).scalars()
        assert [b"one" in bytes(row) for row in rows] == [False]
