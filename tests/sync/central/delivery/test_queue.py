"""What waits to be sent: the urgent first, each address in order, never without bound, nothing unsaid."""

from __future__ import annotations

from random import Random

import pytest
import sqlalchemy as sa

from sync.central.delivery.core.messages import (
    Attachment,
    DeliveryOutcome,
    OutgoingMessage,
    Recipient,
    Way,
    fault_of,
)
from sync.central.delivery.core.waits import USUAL, next_try
from sync.central.delivery.queue import (
    MOST_OF_ONE,
    MessageState,
    Try,
    claim_next,
    deliveries_about,
    did_arrive,
    end_late,
    enqueue,
    forget_old,
    give_up,
    has_due,
    record_try,
    take_unsent,
    withdraw,
)
from sync.central.delivery.tables import delivery, delivery_part
from sync.central.store import Store, StoreError
from sync.central.units import DAY, HOUR, MINUTE, SECOND

NOW = 1_790_000_000_000_000
ANNE, BO = Recipient(Way.MAIL, "anne@example.org"), Recipient(Way.MAIL, "bo@example.org")
ALL = tuple(Way)


def message(
    to: Recipient = ANNE, subject: str = "Barrier forced", severity: int = 2, until: int | None = None
) -> OutgoingMessage:
    return OutgoingMessage(
        to, subject, "Market gate 3, 08:40", about="offer 1", severity=severity, until=until
    )


def next_subject(connection: sa.Connection, now: int = NOW) -> str | None:
    found = claim_next(connection, ALL, now)
    return None if found is None else found.message.subject


# --- what may be sent ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (message(Recipient(Way.MAIL, "anne")), "name@example.org"),
        (message(Recipient(Way.MAIL, "a@b.org\r\nBcc: c@d.org")), "no address for mail"),
        (message(Recipient(Way.WEBHOOK, "王")), "no address for webhook"),
        (message(subject=""), "subject has 0"),
        (message(subject="a\nb"), "on one line"),
        (message(severity=4), "severity is 4"),
        (OutgoingMessage(ANNE, "x", "x" * 30_000), "text has 30000"),
        (
            OutgoingMessage(
                ANNE, "x", "x", attachments=(Attachment("a.pdf", "application/pdf", bytes(11 << 20)),)
            ),
            "at most",
        ),
        (
            OutgoingMessage(ANNE, "x", "x", attachments=(Attachment("a\n", "application/pdf", b""),)),
            "name both",
        ),
        (
            OutgoingMessage(
                Recipient(Way.WEBHOOK, "liu"), "x", "x", attachments=(Attachment("a", "a/b", b""),)
            ),
            "by mail only",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(wrong: OutgoingMessage, match: str) -> None:
    assert match in str(fault_of(wrong))


def test_a_wrong_message_is_not_kept(store: Store) -> None:
    with store.writing() as connection, pytest.raises(StoreError, match="cannot be sent"):
        enqueue(connection, message(subject=""), NOW)


# --- the order ----------------------------------------------------------------------------------------


def test_the_urgent_goes_first_and_each_address_in_order(store: Store) -> None:
    with store.writing() as connection:
        for to, subject, severity in ((ANNE, "a", 3), (ANNE, "b", 3), (BO, "c", 2), (ANNE, "d", 1)):
            enqueue(connection, message(to, subject, severity), NOW)
        first = claim_next(connection, ALL, NOW)
        assert first is not None
        assert first.message.subject == "d"
        assert next_subject(connection) == "c", "another address does not wait"
        assert next_subject(connection) is None, "behind what is being sent all wait"
        record_try(connection, first, Try(NOW, DeliveryOutcome.SENT, "250 ok"), 0.5)
        assert next_subject(connection) == "a"


def test_what_waits_behind_one_that_was_not_taken_waits_unless_it_is_more_urgent(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(subject="a"), NOW)
        enqueue(connection, message(subject="b"), NOW)
        first = claim_next(connection, ALL, NOW)
        assert first is not None
        assert (
            record_try(connection, first, Try(NOW, DeliveryOutcome.DELAYED, "451 later"), 0.5)
            is MessageState.WAITING
        )
        assert next_subject(connection) is None
        enqueue(connection, message(subject="c", severity=1), NOW)
        assert next_subject(connection) == "c"


def test_what_a_process_that_died_was_sending_is_sent_by_another(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        assert claim_next(connection, ALL, NOW) is not None
        assert claim_next(connection, ALL, NOW + MINUTE) is None
        assert claim_next(connection, ALL, NOW + 6 * MINUTE, MINUTE) is not None
        assert claim_next(connection, ALL, NOW + 7 * MINUTE - 1) is None
        assert claim_next(connection, ALL, NOW + 7 * MINUTE) is not None, "no longer than a try may take"


def test_a_clock_that_is_a_little_behind_takes_no_message_from_who_sends_it(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW - MINUTE)
        assert claim_next(connection, ALL, NOW) is not None
        assert claim_next(connection, ALL, NOW - 1) is None


@pytest.mark.parametrize("ahead", [HOUR, 70 * 365 * DAY])
def test_what_was_queued_before_the_clock_was_set_back_is_sent_and_holds_up_nothing(
    store: Store, ahead: int
) -> None:
    with store.writing() as connection:
        enqueue(connection, message(BO, "b"), NOW)
        assert claim_next(connection, ALL, NOW + ahead) is not None, "and whoever sent it died"
        enqueue(connection, message(ANNE, "tried"), NOW + ahead)
        tried = claim_next(connection, ALL, NOW + ahead)
        assert tried is not None
        record_try(connection, tried, Try(NOW + ahead, DeliveryOutcome.DELAYED, "451 later"), 0.5)
        enqueue(connection, message(ANNE, "a"), NOW)
        assert has_due(connection, Way.MAIL, NOW)
        for _ in range(2):
            found = claim_next(connection, ALL, NOW)
            assert found is not None
            record_try(connection, found, Try(NOW, DeliveryOutcome.SENT, "250 ok"), 0.5)
        assert next_subject(connection) == "a"


def test_a_way_that_is_not_configured_claims_nothing(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        assert claim_next(connection, (Way.PAGE, Way.WEBHOOK), NOW) is None


# --- tries ----------------------------------------------------------------------------------------------


def test_waits_grow_are_spread_and_come_to_an_end() -> None:
    random = Random(1)
    now, dues = NOW, []
    for tries in range(1, 1000):
        due = next_try(tries, NOW, now, random.random(), None, USUAL)
        if due is None:
            break
        dues.append(due - now)
        now = due
    assert 7 * SECOND <= dues[0] <= 13 * SECOND
    assert max(dues) <= 1.25 * USUAL.longest
    assert len({*dues}) == len(dues), "no two waits are the same"
    assert NOW + USUAL.whole - 20 * MINUTE < now <= NOW + USUAL.whole
    assert next_try(1, NOW, NOW, 0.5, NOW + SECOND, USUAL) is None, "of no use any more by then"


def test_each_try_is_recorded_and_the_last_in_vain_is_the_end(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        at, state = NOW, MessageState.WAITING
        while state is MessageState.WAITING:
            tried = claim_next(connection, ALL, at)
            if tried is None:
                at = connection.execute(sa.select(delivery.c.due_at)).scalar_one()
                continue
            state = record_try(connection, tried, Try(at, DeliveryOutcome.DELAYED, "500 " + "x" * 900), 0.5)
        [shown] = deliveries_about(connection, "offer 1")
        assert state is MessageState.FAILED
        assert len(shown.tries) > 90
        assert max(len(each.words) for each in shown.tries) == 300
        [unsent] = take_unsent(connection, Way.MAIL, at)
        assert unsent.number == shown.number
        assert take_unsent(connection, Way.MAIL, at) == [], "it is said once"


def test_what_was_refused_is_not_tried_again(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        tried = claim_next(connection, ALL, NOW)
        assert tried is not None
        assert (
            record_try(connection, tried, Try(NOW, DeliveryOutcome.REFUSED, "550 nobody"), 0.5)
            is MessageState.FAILED
        )
        assert claim_next(connection, ALL, NOW + DAY) is None


def test_what_ended_keeps_neither_its_text_nor_its_files(store: Store) -> None:
    file = Attachment("report.pdf", "application/pdf", b"%PDF")
    with store.writing() as connection:
        enqueue(connection, OutgoingMessage(ANNE, "A report", "here", attachments=(file,)), NOW)
        tried = claim_next(connection, ALL, NOW)
        assert tried is not None
        assert tried.message.attachments == (file,)
        record_try(connection, tried, Try(NOW, DeliveryOutcome.SENT, "250"), 0.5)
        assert connection.execute(sa.select(delivery.c.text)).scalar() is None
        assert connection.execute(sa.select(delivery_part.c.data)).first() is None


def test_what_is_over_is_not_sent_and_what_comes_too_late_is_said(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        enqueue(connection, message(BO, until=NOW + HOUR), NOW)
        enqueue(connection, OutgoingMessage(BO, "other", "x", about="report 2"), NOW)
        withdraw(connection, "offer 1", NOW)
        assert take_unsent(connection, Way.MAIL, NOW) == [], "somebody wanted it so"
        assert next_subject(connection) == "other"
        enqueue(connection, message(BO, until=NOW + HOUR), NOW)
        end_late(connection, NOW + 2 * HOUR)
        assert [each.state for each in take_unsent(connection, Way.MAIL, NOW + 2 * HOUR)] == [
            MessageState.LATE
        ]


def test_what_was_tried_in_vain_or_had_its_time_is_said_when_it_is_given_up(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(subject="tried"), NOW)
        tried = claim_next(connection, ALL, NOW)
        assert tried is not None
        record_try(connection, tried, Try(NOW, DeliveryOutcome.DELAYED, "451 later"), 0.5)
        enqueue(connection, message(BO, "behind"), NOW)
        enqueue(connection, message(BO, "fresh"), NOW + 2 * MINUTE)
        give_up(connection, "offer 1", NOW + 2 * MINUTE)
        assert [each.subject for each in take_unsent(connection, Way.MAIL, NOW)] == ["tried", "behind"]
        states = [each.state for each in deliveries_about(connection, "offer 1")]
        assert states == [MessageState.WITHDRAWN, MessageState.LATE, MessageState.LATE]
        assert did_arrive(connection, "offer 1") is False


def test_whether_any_message_arrived_is_known_of_what_leaves_the_house_only(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(Recipient(Way.PAGE, "worker-1")), NOW)
        page = claim_next(connection, ALL, NOW)
        assert page is not None
        record_try(connection, page, Try(NOW, DeliveryOutcome.SENT, ""), 0.5)
        assert did_arrive(connection, "offer 1") is None
        for to, outcome in ((ANNE, DeliveryOutcome.REFUSED), (BO, DeliveryOutcome.SENT)):
            enqueue(connection, message(to), NOW)
            tried = claim_next(connection, ALL, NOW)
            assert tried is not None
            record_try(connection, tried, Try(NOW, outcome, ""), 0.5)
            assert did_arrive(connection, "offer 1") is (to is BO)


def test_it_is_known_for_a_time_what_was_sent(store: Store) -> None:
    with store.writing() as connection:
        enqueue(connection, message(), NOW)
        withdraw(connection, "offer 1", NOW)
        forget_old(connection, NOW + 89 * DAY)
        assert deliveries_about(connection, "offer 1")
        forget_old(connection, NOW + 91 * DAY)
        assert not deliveries_about(connection, "offer 1")


# --- bounds --------------------------------------------------------------------------------------------


def test_a_full_queue_puts_out_the_least_urgent_and_says_so(store: Store) -> None:
    with store.writing() as connection:
        for number, severity in enumerate((3, 2, 3, 1)):
            to = Recipient(Way.MAIL, f"{number}@example.org")
            enqueue(connection, message(to, str(number), severity), NOW, most=3)
        assert [each.subject for each in take_unsent(connection, Way.MAIL, NOW)] == ["2"]
        enqueue(connection, message(BO, "one too many", 3), NOW, most=3)
        assert [each.subject for each in take_unsent(connection, Way.MAIL, NOW)] == ["one too many"]


def test_one_address_that_takes_nothing_does_not_fill_the_queue(store: Store) -> None:
    with store.writing() as connection:
        for number in range(MOST_OF_ONE + 5):
            enqueue(connection, message(subject=str(number), severity=3), NOW)
        assert len(take_unsent(connection, Way.MAIL, NOW)) == 5
        waiting = sa.select(sa.func.count()).where(delivery.c.state == MessageState.WAITING.value)
        assert connection.execute(waiting).scalar() == MOST_OF_ONE
