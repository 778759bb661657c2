"""How a gate measures its clock against central's."""

from __future__ import annotations

from random import randbytes

from hypothesis import given
from hypothesis import strategies as st

from sync.agent.clock_offset import ASKED_EVERY, ClockHandler, measured
from sync.agent.core.told_times import ToldTimes
from sync.wire import Channel, ClockAnswer, ClockQuestion, ReceivedMessage, open_message
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS


@given(
    ahead=st.integers(-(10**12), 10**12),
    there=st.floats(0.0, 5.0),
    back=st.floats(0.0, 5.0),
)
def test_the_offset_is_right_within_its_error_however_long_each_way_took(
    ahead: int, there: float, back: float
) -> None:
    """Central's clock is `ahead`; the question took `there` seconds, the answer `back`."""
    own_at_question = AT
    central = own_at_question + round(there * 1e6) + ahead
    own_at_answer = own_at_question + round((there + back) * 1e6)
    found = measured(100.0, 100.0 + there + back, central, own_at_answer)
    assert abs(found.offset - ahead) <= found.error + 2


def test_only_the_answer_to_the_last_question_counts() -> None:
    clock = ClockHandler(DEVICE, KEY, lambda: AT, lambda: 1.0, ToldTimes(), randbytes)
    conversation = clock.open_conversation(0.0)
    (question,) = conversation.due_messages(0.0)
    asked = open_message(question.topic, question.data, KEYS).message
    assert isinstance(asked, ClockQuestion)
    assert list(conversation.due_messages(1.0)) == []
    for nonce, known in ((bytes(16), False), (asked.nonce, True), (asked.nonce, True)):
        answer = ClockAnswer(nonce, AT + 5_000_000)
        conversation.handle([ReceivedMessage(DEVICE, Channel.CLOCK_ANSWER, answer, b"")], 1.0)
        assert (clock.offset is not None) is known
    assert list(conversation.due_messages(1.0 + ASKED_EVERY / 2)) == []
    assert len(list(conversation.due_messages(1.0 + ASKED_EVERY))) == 1


def test_a_question_without_an_answer_is_asked_again_with_another_nonce() -> None:
    clock = ClockHandler(DEVICE, KEY, lambda: AT, lambda: 1.0, ToldTimes(), randbytes)
    conversation = clock.open_conversation(0.0)
    (first,) = conversation.due_messages(0.0)
    (second,) = conversation.due_messages(60.0)
    assert first.data != second.data


@given(there=st.floats(0.0, 5.0), back=st.floats(0.0, 5.0), waited=st.floats(0.0, 5.0))
def test_an_answer_that_waits_for_its_turn_makes_the_error_larger_and_not_the_offset_wrong(
    there: float, back: float, waited: float
) -> None:
    """The poll that brings it took `waited` seconds over what came before it; both clocks are right."""
    asked_at, taken_up = 100.0, 100.0 + there + back + waited
    clock = ClockHandler(
        DEVICE, KEY, lambda: AT + round(taken_up * 1e6), lambda: taken_up, ToldTimes(), randbytes
    )
    conversation = clock.open_conversation(asked_at)
    (question,) = conversation.due_messages(asked_at)
    asked = open_message(question.topic, question.data, KEYS).message
    assert isinstance(asked, ClockQuestion)
    answer = ClockAnswer(asked.nonce, AT + round((asked_at + there) * 1e6))
    conversation.handle([ReceivedMessage(DEVICE, Channel.CLOCK_ANSWER, answer, b"")], asked_at + there + back)
    assert clock.offset is not None
    assert abs(clock.offset.offset) <= clock.offset.error + 2
