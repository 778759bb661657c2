"""The life of an alarm: the same whatever comes in which order, and what people and time do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.alarms.core.kinds import KindFacts, Severity
from sync.central.alarms.core.life import (
    MOST_SEEN,
    AlarmLife,
    NotAllowed,
    Signal,
    StepKind,
    aged,
    close,
    hear,
    send,
    snooze,
    take,
)
from sync.central.units import HOUR, MINUTE, SECOND

T = 1_700_000_000 * SECOND
ALONE = KindFacts("ends alone", Severity.SOON, ends_alone=True)
LOOKED_AT = KindFacts("somebody looks", Severity.NOW)


def cue(seconds: int, times: int = 1) -> Signal:
    at = T + seconds * SECOND
    return Signal(
        at, until=at, times=times, identity=str(at), evidence=((1, seconds),), values={"of": seconds}
    )


def end(seconds: int) -> Signal:
    return Signal(T + seconds * SECOND, is_end=True)


class Story:
    """All alarms of one kind and key; an end that nothing is known for waits."""

    def __init__(self, facts: KindFacts) -> None:
        self.facts, self.lives, self.kept = facts, list[AlarmLife](), list[Signal]()
        self.steps = list[StepKind]()

    def hears(self, *signals: Signal, now: int = T) -> Story:
        told = [*signals, *self.kept]
        found = hear(self.lives[-1] if self.lives else None, told, self.facts, self.facts.severity, now)
        self.kept = [] if found else [each for each in told if each.is_end]
        for heard in found:
            if not heard.is_new:
                self.lives.pop()
            self.lives.append(heard.life)
            self.steps += heard.steps
        return self

    @property
    def newest(self) -> AlarmLife:
        return self.lives[-1]


# --- in any order ---

signals = st.builds(
    lambda seconds, is_end: end(seconds) if is_end else cue(seconds), st.integers(0, 1800), st.booleans()
)
facts = st.sampled_from([ALONE, LOOKED_AT])


@given(st.lists(signals, max_size=14), st.data(), facts)
def test_any_order_duplication_and_division_gives_the_same_alarm(
    told: list[Signal], data: st.DataObject, facts: KindFacts
) -> None:
    at_once = Story(facts).hears(*told)
    in_parts = Story(facts)
    again = told + data.draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
    rest = data.draw(st.permutations(again))
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        in_parts.hears(*rest[:count])
        rest = rest[count:]
    assert len(at_once.lives) == len(in_parts.lives) == any(not each.is_end for each in told)
    for one, other in zip(at_once.lives, in_parts.lives, strict=True):
        assert replace(one, raised_at=0) == replace(other, raised_at=0)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12, unique_by=lambda each: each[0]),
    st.data(),
    facts,
)
def test_over_days_the_same_is_open_and_nothing_is_counted_twice_or_lost(
    told: list[tuple[int, bool]], data: st.DataObject, facts: KindFacts
) -> None:
    hours = [end(each * 3600) if is_end else cue(each * 3600) for each, is_end in told]
    cues = [each for each in hours if not each.is_end]
    story = Story(facts)
    for each in data.draw(st.permutations(hours)):
        story.hears(each)
    assert sum(life.times for life in story.lives) == len(cues)
    holds = bool(cues) and max(each.at for each in cues) > max((e.at for e in hours if e.is_end), default=-1)
    if facts.ends_alone:
        assert [life.is_open for life in story.lives] == [False] * (len(story.lives) - 1) + [holds] * bool(
            cues
        )
    else:
        assert [life.is_open for life in story.lives] == [True] * bool(cues)


def test_ten_thousand_cues_are_one_alarm_that_counts_and_stays_small() -> None:
    story = Story(LOOKED_AT)
    for second in range(0, 10_000, 100):
        story.hears(*(cue(each) for each in range(second, second + 100)))
    life = story.newest
    assert (len(story.lives), life.times, story.steps) == (1, 10_000, [StepKind.RAISED])
    assert (len(life.seen), len(life.evidence), life.values) == (MOST_SEEN, 8, {"of": 9_999})
    assert life.evidence[0] == (1, 9_999)


# --- its end, and again ---


@pytest.mark.parametrize(
    ("facts", "told", "steps", "alarms", "is_open"),
    [
        (ALONE, [cue(0), end(9)], [StepKind.RAISED, StepKind.ENDED], 1, False),
        (LOOKED_AT, [cue(0), end(9)], [StepKind.RAISED, StepKind.ENDED], 1, True),
        (ALONE, [cue(0), end(9), cue(60)], [StepKind.RAISED, StepKind.ENDED, StepKind.AGAIN], 1, True),
        (LOOKED_AT, [cue(0), end(9), cue(60)], [StepKind.RAISED, StepKind.ENDED, StepKind.AGAIN], 1, True),
        (ALONE, [cue(0), end(9), cue(7200)], [StepKind.RAISED, StepKind.ENDED, StepKind.RAISED], 2, True),
        (ALONE, [end(9), cue(0)], [StepKind.RAISED, StepKind.ENDED], 1, False),
        (ALONE, [end(9)], [], 0, False),
        (ALONE, [cue(5), end(5)], [StepKind.RAISED, StepKind.ENDED], 1, False),
    ],
)
def test_an_end_closes_what_ends_alone_and_says_so_of_the_rest(
    facts: KindFacts, told: list[Signal], steps: list[StepKind], alarms: int, is_open: bool
) -> None:
    story = Story(facts)
    for each in told:
        story.hears(each)
    assert (story.steps, len(story.lives)) == (steps, alarms)
    assert any(life.is_open for life in story.lives) == is_open


def test_what_is_back_waits_for_somebody_anew() -> None:
    story = Story(ALONE).hears(cue(0))
    story.lives[-1] = take(story.newest, "he", T)
    story.hears(end(5)).hears(cue(60), now=T + HOUR)
    assert (story.newest.taken_by, story.newest.raised_at, story.newest.times) == (None, T + HOUR, 2)


@pytest.mark.parametrize(
    ("late", "alarms", "times"),
    [
        (cue(30), 1, 3),  # between what somebody saw to
        (cue(0), 1, 2),  # known
        (cue(90), 2, 2),  # after it
        (cue(-90), 2, 2),  # of before: nobody knew of it
    ],
)
def test_what_somebody_closed_is_not_raised_by_a_late_word_of_it(
    late: Signal, alarms: int, times: int
) -> None:
    story = Story(LOOKED_AT).hears(cue(0), cue(60))
    story.lives[-1] = close(story.newest, "he", T + HOUR)
    story.hears(late, now=T + HOUR)
    assert (len(story.lives), story.lives[0].times) == (alarms, times)
    assert [life.is_open for life in story.lives] == [False, True][:alarms]


# --- what people do ---

OPEN = AlarmLife(Severity.SOON, T, T, 1, (), T)
CLOSED = close(OPEN, "he", T)


def test_taken_sent_and_snoozed_are_cared_for() -> None:
    for cared in (take(OPEN, "he", T), send(OPEN, T), snooze(OPEN, T + HOUR, HOUR, T)):
        assert cared.is_cared_for
    assert not OPEN.is_cared_for


@pytest.mark.parametrize("until", [T, T - HOUR, T + 30 * SECOND, T + HOUR + 1])
def test_a_snooze_has_its_bounds(until: int) -> None:
    with pytest.raises(NotAllowed, match="expected 1 to 60"):
        snooze(OPEN, until, HOUR, T)


def test_nothing_is_done_to_what_is_closed() -> None:
    acts: tuple[Callable[[], AlarmLife], ...] = (
        lambda: take(CLOSED, "she", T),
        lambda: send(CLOSED, T),
        lambda: snooze(CLOSED, T + HOUR, HOUR, T),
        lambda: close(CLOSED, "she", T),
    )
    for act in acts:
        with pytest.raises(NotAllowed, match="closed already"):
            act()


# --- what time does ---


def test_what_nobody_cares_for_becomes_graver_by_and_by() -> None:
    life, told = replace(OPEN, severity=Severity.TODAY), []
    for minute in range(300):
        life, steps = aged(life, 30 * 60 * SECOND, T + minute * MINUTE)
        told += [(minute, life.severity.value) for _ in steps]
    assert told == [(30, 2), (60, 1), (90, 1)][: len(told)]
    assert life.severity is Severity.NOW


@pytest.mark.parametrize(
    "life", [take(OPEN, "he", T), send(OPEN, T), snooze(OPEN, T + 9 * HOUR, 9 * HOUR, T), CLOSED]
)
def test_what_is_cared_for_or_closed_does_not(life: AlarmLife) -> None:
    assert aged(life, HOUR, T + 8 * HOUR) == (life, ())


def test_a_rule_may_say_never() -> None:
    assert aged(OPEN, 0, T + 999 * HOUR) == (OPEN, ())


def test_a_snooze_ends_and_somebody_is_needed_again() -> None:
    life = snooze(take(OPEN, "he", T), T + HOUR, HOUR, T)
    assert aged(life, MINUTE, T + HOUR - 1) == (life, ())
    woken, steps = aged(life, MINUTE, T + HOUR)
    assert (steps, woken.is_cared_for, woken.raised_at) == ((StepKind.WOKE,), False, T + HOUR)
