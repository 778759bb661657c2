"""What sync says of the gate's requests, how often, and which answers it leaves for the gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.registry_requests import (
    ANSWER_SUFFIX,
    MOST_FILES,
    MOST_REQUEST_BYTES,
    REQUEST_SUFFIX,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestState,
    bare,
)
from edge.signing.cose import encode_value
from edge.support.decoding import json_of
from sync.agent.configuration import SyncEnrolmentsSection
from sync.agent.enrolments import LOOKS_EVERY, SAID_EVERY, EnrolmentCarrier, EnrolmentConversation
from sync.wire import Channel, ReceivedMessage, open_message
from tests.examples import LONG
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS, MESSAGES

[ASKED] = (message for message in MESSAGES.values() if isinstance(message, EnrolmentRequest))


@pytest.fixture
def section(tmp_path: Path) -> SyncEnrolmentsSection:
    made = SyncEnrolmentsSection(tmp_path / "out", tmp_path / "answers")
    made.outbox.mkdir()
    return made


@pytest.fixture
def link(section: SyncEnrolmentsSection) -> EnrolmentConversation:
    return EnrolmentCarrier(DEVICE, KEY, section).open_conversation(0.0)


def waits(section: SyncEnrolmentsSection, asked: EnrolmentRequest = ASKED) -> Path:
    path = section.outbox / f"{asked.id.hex()}{REQUEST_SUFFIX}"
    path.write_bytes(encode_value(asked))
    return path


def said(link: EnrolmentConversation, now: float) -> list[object]:
    return [open_message(out.topic, out.data, KEYS).message for out in link.due_messages(now)]


def answered(link: EnrolmentConversation, answer: EnrolmentAnswer) -> None:
    assert not list(link.handle([ReceivedMessage(DEVICE, Channel.ENROLMENT_ANSWER, answer, b"")], 0.0))


def test_a_gate_that_asks_for_nothing_says_nothing(
    link: EnrolmentConversation, section: SyncEnrolmentsSection
) -> None:
    assert said(link, 0.0) == []
    section.outbox.rmdir()
    assert said(link, LOOKS_EVERY) == []


def test_a_request_is_said_once_a_link_and_again_when_it_changed_or_after_long(
    link: EnrolmentConversation, section: SyncEnrolmentsSection
) -> None:
    path = waits(section)
    assert said(link, 0.0) == [ASKED]
    assert said(link, LOOKS_EVERY) == []
    waits(section, bare(ASKED))
    assert said(link, 2 * LOOKS_EVERY) == [bare(ASKED)]
    assert said(link, 2 * LOOKS_EVERY + SAID_EVERY) == [bare(ASKED)]
    another = EnrolmentCarrier(DEVICE, KEY, section).open_conversation(0.0)
    assert said(another, 0.0) == [bare(ASKED)], "each link says it anew"
    path.unlink()
    assert said(link, 10 * SAID_EVERY) == []


def test_many_requests_are_said_a_few_at_a_time_and_none_is_forgotten(
    link: EnrolmentConversation, section: SyncEnrolmentsSection
) -> None:
    for number in range(7):
        waits(section, replace(ASKED, id=number.to_bytes(16, "big")))
    told = [len(said(link, number * LOOKS_EVERY)) for number in range(5)]
    assert told == [2, 2, 2, 1, 0]


@pytest.mark.longer
def test_however_many_wait_each_is_said(link: EnrolmentConversation, section: SyncEnrolmentsSection) -> None:
    """Most are said already, and again before the last was said for the first time."""
    many = MOST_FILES if LONG else MOST_FILES // 4
    for number in range(many):
        waits(section, replace(bare(ASKED), id=number.to_bytes(16, "big")))
    told = {each.id for look in range(many // 2) for each in said(link, look * LOOKS_EVERY)}  # type: ignore[attr-defined]
    assert len(told) == many


@pytest.mark.parametrize("data", [b"", b"\xa0", b"not a request", bytes(MOST_REQUEST_BYTES + 1)])
def test_a_file_that_is_no_request_hinders_no_other(
    link: EnrolmentConversation, section: SyncEnrolmentsSection, data: bytes
) -> None:
    (section.outbox / f"{bytes(16).hex()}{REQUEST_SUFFIX}").write_bytes(data)
    waits(section)
    assert said(link, 0.0) == [ASKED]


def test_an_answer_is_left_for_the_gate_that_asked_and_no_other(
    link: EnrolmentConversation, section: SyncEnrolmentsSection
) -> None:
    answer = EnrolmentAnswer(ASKED.id, RequestState.ACCEPTED, AT, 7)
    answered(link, answer)
    assert not section.answers.exists(), "nobody asked"
    waits(section)
    answered(link, answer)
    answered(link, replace(answer, id=bytes([7] * 16)))
    [path] = section.answers.iterdir()
    assert path.name == f"{ASKED.id.hex()}{ANSWER_SUFFIX}"
    assert json_of(path.read_bytes(), EnrolmentAnswer) == answer
    said(link, 0.0)
    assert path.exists()
    (section.outbox / f"{ASKED.id.hex()}{REQUEST_SUFFIX}").unlink()
    said(link, LOOKS_EVERY)
    assert not path.exists(), "the gate has read it, and asks no more"
