"""What a gate says of itself, and how it measures its clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.agent.clock_offset import ASKED_EVERY, ClockHandler, measured
from sync.agent.health import REPORTED_EVERY, HealthReporter
from sync.wire import Channel, ClockAnswer, ClockQuestion, DeviceState, Health, ReceivedMessage, open_message
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
    clock = ClockHandler(DEVICE, KEY, lambda: AT)
    talk = clock.open_conversation(0.0)
    (question,) = talk.due_messages(0.0)
    asked = open_message(question.topic, question.data, KEYS).message
    assert isinstance(asked, ClockQuestion)
    assert list(talk.due_messages(1.0)) == []
    for nonce, known in ((bytes(16), False), (asked.nonce, True), (asked.nonce, True)):
        answer = ClockAnswer(nonce, AT + 5_000_000)
        talk.handle([ReceivedMessage(DEVICE, Channel.CLOCK_ANSWER, answer, b"")], 1.0)
        assert (clock.offset is not None) is known
    assert list(talk.due_messages(1.0 + ASKED_EVERY / 2)) == []
    assert len(list(talk.due_messages(1.0 + ASKED_EVERY))) == 1


def test_a_question_without_an_answer_is_asked_again_with_another_nonce() -> None:
    clock = ClockHandler(DEVICE, KEY, lambda: AT)
    talk = clock.open_conversation(0.0)
    (first,) = talk.due_messages(0.0)
    (second,) = talk.due_messages(60.0)
    assert first.data != second.data


def test_health_is_told_once_a_minute_and_at_news() -> None:
    now = Health(DeviceState.ONLINE, AT)
    talk = HealthReporter(DEVICE, KEY, lambda: now).open_conversation(0.0)
    told = [len(list(talk.due_messages(0.0)))]
    for second in range(1, 200):
        if second == 100:
            now = replace(now, alarms=("journal_forked",))
        told.append(len(list(talk.due_messages(float(second)))))
    assert [second for second, count in enumerate(told) if count] == [0, 60, 100, 160]
    assert REPORTED_EVERY == 60.0


def test_a_gate_says_goodbye_and_leaves_a_will() -> None:
    report = HealthReporter(DEVICE, KEY, lambda: Health(DeviceState.ONLINE, AT, waiting=3))
    states = [
        open_message(out.topic, out.data, KEYS).message
        for out in (report.last_message(), report.will_message())
    ]
    assert [item.state for item in states if isinstance(item, Health)] == [
        DeviceState.STOPPED,
        DeviceState.GONE,
    ]
