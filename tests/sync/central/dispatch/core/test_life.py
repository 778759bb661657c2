"""How far a task has come is a function of what was told, not of when it arrived."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.dispatch.core.life import TaskState, Told, WorkerAct, act_time, progress_of

_TOLD = st.builds(
    Told,
    st.text("abc", min_size=1, max_size=2),
    st.sampled_from(WorkerAct),
    st.integers(0, 50),
    st.sampled_from(["", "repaired", "other"]),
)


def told(act: WorkerAct, at: int, key: str = "k", outcome: str = "") -> Told:
    return Told(f"{key}-{act}", act, at, outcome)


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ([], TaskState.SENT),
        ([WorkerAct.DECLINE], TaskState.OPEN),
        ([WorkerAct.ACCEPT], TaskState.ACCEPTED),
        ([WorkerAct.ACCEPT, WorkerAct.ON_WAY], TaskState.ON_WAY),
        ([WorkerAct.ARRIVE], TaskState.ARRIVED),
        ([WorkerAct.DONE, WorkerAct.ARRIVE], TaskState.DONE),
        ([WorkerAct.DECLINE, WorkerAct.ACCEPT], TaskState.ACCEPTED),
    ],
)
def test_a_task_is_as_far_as_the_furthest_step_that_was_told(acts: list[WorkerAct], state: TaskState) -> None:
    assert progress_of([told(act, 10 + number) for number, act in enumerate(acts)]).state is state


def test_who_has_arrived_was_on_the_way_and_had_accepted() -> None:
    progress = progress_of([told(WorkerAct.ARRIVE, 40), told(WorkerAct.ON_WAY, 30)])
    assert (progress.accepted_at, progress.on_way_at, progress.arrived_at) == (30, 30, 40)


def test_of_two_ends_the_first_counts() -> None:
    ends = [told(WorkerAct.DONE, 60, "b", "other"), told(WorkerAct.DONE, 50, "a", "repaired")]
    assert (progress_of(ends).done_at, progress_of(ends).outcome) == (50, "repaired")


@given(st.lists(_TOLD, max_size=8), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(items: list[Told], random: object) -> None:
    mixed = items + items[: len(items) // 2]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert progress_of(mixed) == progress_of(items)


@given(st.lists(_TOLD, max_size=8), _TOLD)
def test_what_is_told_late_never_moves_a_task_back(items: list[Told], late: Told) -> None:
    order = [*TaskState]
    before, after = progress_of(items), progress_of([*items, late])
    if not before.declined:
        assert order.index(after.state) >= order.index(before.state) or after.declined
    times = (after.accepted_at, after.on_way_at, after.arrived_at, after.done_at)
    known = [at for at in times if at is not None]
    assert known == sorted(known)


@given(st.integers(-100, 10**16), st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_time_of_an_act_lies_between_the_offer_and_its_arrival(
    age: int, received: int, offered: int
) -> None:
    at = act_time(age, received, offered)
    assert min(offered, received) <= at <= received
