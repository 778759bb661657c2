"""What a policy changes, by meaning, and a policy without one of its lines."""

from __future__ import annotations

import pytest

from sync.central.changes.core.policy_changes import policy_lines, without_lines
from sync.central.changes.policies import policy_of

BEFORE = """\
# Green Court
[gates.main]
mode = "face_or_code"

[[access]]
id = "residents"     # all who live here
groups = ["resident"]

[statuses.timeout]
entry = "refer"

[temperature]
limit = 37.3

[stale]
degrade_after = 604800
"""
AFTER = (
    BEFORE.replace("37.3", "37.0")
    .replace('entry = "refer"', 'entry = "grant"')
    .replace("604800", "86400")
    .replace("# all who live here", "# everybody who lives here")
)


def keys(before: str, after: str) -> list[tuple[str, str, str]]:
    return [(line.key, line.before, line.after) for line in policy_lines(policy_of(before), policy_of(after))]


def test_a_policy_differs_by_key_in_what_it_means() -> None:
    assert keys(BEFORE, AFTER) == [
        ("stale.degrade_after", "604800", "86400"),
        ("statuses.timeout.entry", "refer", "grant"),
        ("temperature.limit", "37.3", "37"),
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(BEFORE + "# a remark\n", [], id="a remark"),
        pytest.param(
            BEFORE + "\n[face]\nmargin = 0.06\n[anti_passback]\nminutes = 5\n",
            [],
            id="a default that is written out",
        ),
        pytest.param(
            BEFORE.replace('["resident"]', '["resident", "staff"]'),
            [("access[residents].groups", "resident", "resident, staff")],
            id="a list",
        ),
        pytest.param(
            BEFORE.replace("residents", "everybody"),
            [
                ("access[everybody].direction", "", "none"),
                ("access[everybody].gates", "", "none"),
                ("access[everybody].groups", "", "resident"),
                ("access[everybody].periods", "", "none"),
                ("access[residents].direction", "none", ""),
                ("access[residents].gates", "none", ""),
                ("access[residents].groups", "resident", ""),
                ("access[residents].periods", "none", ""),
            ],
            id="another rule",
        ),
        pytest.param(
            BEFORE.replace('mode = "face_or_code"', 'mode = "locked"'),
            [("gates.main.mode", "face_or_code", "locked")],
            id="a gate",
        ),
    ],
)
def test_what_is_the_same_in_other_words_is_no_difference(
    after: str, expected: list[tuple[str, str, str]]
) -> None:
    assert keys(BEFORE, after) == expected


@pytest.mark.parametrize(("number", "stays"), [(1, "604800"), (2, 'entry = "refer"'), (3, "37.3")])
def test_a_line_is_left_out_and_the_rest_of_the_text_stays_as_it_was_written(number: int, stays: str) -> None:
    text = without_lines(BEFORE, AFTER, {number}, policy_of)
    assert text is not None
    assert stays in text
    assert "everybody who lives here" in text
    assert [item for at, item in enumerate(keys(BEFORE, AFTER), 1) if at != number] == keys(BEFORE, text)


def test_lines_that_stand_in_one_place_cannot_be_taken_apart() -> None:
    before, after = (
        BEFORE + "[face]\nmargin = 0.06\nframes = 2\n",
        BEFORE + "[face]\nmargin = 0.07\nframes = 3\n",
    )
    assert without_lines(before, after, {1}, policy_of) is None
    assert without_lines(before, after, {1, 2}, policy_of) == before


def test_texts_that_differ_everywhere_are_not_tried_for_ever() -> None:
    one = "".join(f"[gates.g{number}]\nmode = 'face'\n" for number in range(400))
    assert without_lines(one, one.replace("face", "code"), {1}, policy_of) is None
