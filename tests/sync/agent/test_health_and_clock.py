"""What a gate says of itself, and how it measures its clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.agent.clock_offset import ASKED_EVERY, ClockOffset, measured
from sync.agent.health import TOLD_EVERY, HealthReport
from sync.wire import Channel, ClockAnswer, ClockQuestion, DeviceState, Health, Received, received
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
    clock = ClockOffset(DEVICE, KEY, lambda: AT)
    talk = clock.linked(0.0)
    (question,) = talk.due(0.0)
    asked = received(question.topic, question.data, KEYS).message
    assert isinstance(asked, ClockQuestion)
    assert list(talk.due(1.0)) == []
    for nonce, known in ((bytes(16), False), (asked.nonce, True), (asked.nonce, True)):
        answer = ClockAnswer(nonce, AT + 5_000_000)
        talk.take([Received(DEVICE, Channel.CLOCK_ANSWER, answer, b"")], 1.0)
        assert (clock.offset is not None) is known
    assert list(talk.due(1.0 + ASKED_EVERY / 2)) == []
    assert len(list(talk.due(1.0 + ASKED_EVERY))) == 1


def test_a_question_without_an_answer_is_asked_again_with_another_nonce() -> None:
    clock = ClockOffset(DEVICE, KEY, lambda: AT)
    talk = clock.linked(0.0)
    (first,) = talk.due(0.0)
    (second,) = talk.due(60.0)
    assert first.data != second.data


def test_health_is_told_once_a_minute_and_at_news() -> None:
    now = Health(DeviceState.ONLINE, AT)
    talk = HealthReport(DEVICE, KEY, lambda: now).linked(0.0)
    told = [len(list(talk.due(0.0)))]
    for second in range(1, 200):
        if second == 100:
            now = replace(now, alarms=("journal_forked",))
        told.append(len(list(talk.due(float(second)))))
    assert [second for second, count in enumerate(told) if count] == [0, 60, 100, 160]
    assert TOLD_EVERY == 60.0


def test_a_gate_says_goodbye_and_leaves_a_will() -> None:
    report = HealthReport(DEVICE, KEY, lambda: Health(DeviceState.ONLINE, AT, waiting=3))
    states = [received(out.topic, out.data, KEYS).message for out in (report.last(), report.will())]
    assert [item.state for item in states if isinstance(item, Health)] == [
        DeviceState.STOPPED,
        DeviceState.GONE,
    ]
