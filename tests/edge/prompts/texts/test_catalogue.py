"""Every code has a text in two languages, and every outcome a shape beside its colour."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import pytest

from edge.decision import (
    Outcome,
    Reason,
)
from edge.lane.machine.signals import LanePrompt
from edge.prompts.texts import SIGNS, prompt_language, text_of, volume_at
from tests.edge.prompts.sounds import NIGHT


def test_whatever_the_lane_or_a_decision_may_say_has_a_text_in_both_languages() -> None:
    for code in (*LanePrompt, *Reason):
        text = text_of(code)
        assert text is not None, code
        assert all(text.do), code
    assert text_of("nonsense") is None


def test_no_two_outcomes_share_a_shape_and_none_needs_its_colour() -> None:
    signs = [*SIGNS.values()]
    assert set(SIGNS) == set(Outcome)
    for one, other in combinations(signs, 2):
        assert one.shape is not other.shape
        assert one.glyph != other.glyph
        assert one.colour != other.colour


@pytest.mark.parametrize(
    ("language", "spoken"), [("zh", "zh"), ("zh-CN", "zh"), ("ZH-Hant", "zh"), ("en", "en"), ("fr", "en")]
)
def test_people_are_spoken_to_in_chinese_or_english(language: str, spoken: str) -> None:
    assert prompt_language(language) == spoken


@pytest.mark.parametrize(
    ("hour", "volume"), [(21, 80), (22, 20), (3, 20), (6, 20), (7, 80), (12, 80), (None, 80)]
)
def test_it_is_quieter_at_night_and_as_usual_while_nobody_knows_the_time(
    hour: int | None, volume: int
) -> None:
    local = None if hour is None else datetime(2026, 11, 3, hour, tzinfo=UTC)
    assert volume_at(80, (NIGHT,), local, {}) == volume
