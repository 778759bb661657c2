"""The laws of the decision, over all that can be asked of it; `make rules` asks a million times."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.rules import main as random_cases
from tests.edge.decision.laws import LAWS, Law
from tests.edge.decision.space import Draw, world
from tests.examples import LONG, tried

FIXED = settings(
    derandomize=True,
    max_examples=tried(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@FIXED
@given(data=st.data())
def test_the_law_holds(law: Law, data: st.DataObject) -> None:
    draw = Draw(lambda values: data.draw(st.sampled_from(values)))
    law(world(draw), draw)


@pytest.mark.longer
def test_every_law_holds_in_random_cases_and_is_put_to_the_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert random_cases(4_000 if LONG else 1_200, seed=6) == 0, capsys.readouterr().err


def test_the_cases_are_the_same_for_the_same_seed() -> None:
    one, other = (world(Draw(Random(7).choice)) for _ in range(2))
    assert repr(one) == repr(other)
