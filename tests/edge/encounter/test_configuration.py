"""The `[encounter]` table: paces that can be kept, and none at which nobody would be asked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.encounter import Patience


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, None),
        ({"evidence_within": 8.0, "give_up_after": 8.0}, None),
        ({"evidence_within": 8.1}, "nobody would be asked for what is missing"),
        ({"give_up_after": 0.9}, r"evidence_within \(1 s\) is longer than give_up_after \(0.9 s\)"),
        ({"evidence_within": 0.0}, "evidence_within"),
        ({"gone_after": 0.05}, "gone_after"),
        ({"ask_again_after": 0.4}, "ask_again_after"),
        ({"give_up_after": 301.0}, "give_up_after"),
        ({"patience": 1.0}, "patience"),
    ],
)
def test_what_the_table_may_say(table: dict[str, Any], words: str | None) -> None:
    if words is None:
        assert msgspec.convert(table, Patience) == Patience(**table)
    else:
        with pytest.raises(msgspec.ValidationError, match=words):
            msgspec.convert(table, Patience)
