"""The `[prompts]` table of gate.toml refuses values that no gate can use."""

from __future__ import annotations

import msgspec
import pytest

from edge.prompts.configuration import PromptsSection


@pytest.mark.parametrize(
    "table",
    [
        {"volume": 101},
        {"hours": [{"period": {}, "volume": -1}]},
        {"device": "--help"},
        {"device": ""},
    ],
)
def test_prompts_that_cannot_be_are_refused_with_gate_toml(table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, PromptsSection)
