"""policy.toml: typed, located, and no empty list that could be taken for everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.admin.policy_file import read_policy
from edge.errors import ConfigurationError


def test_a_policy_is_read(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('time_zone = "Asia/Shanghai"\n[gates.main]\nmode = "code"\n')
    assert read_policy(path).gates["main"].mode == "code"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('time_zone = "Mars/Olympus"\n', "no time zone"),
        ('[gates.main]\nmode = "open"\n', "line 2: .*'open' is not one of"),
        ('[[access]]\nid = "all"\ngroups = []\n', r"access\[all\]\.groups: groups is an empty list"),
        ('[[access]]\nid = "all"\ngates = []\n', "that means every gate"),
        (
            '[[access]]\nid = "all"\nperiods = [{start = 08:00:00, end = 09:00:00, days = []}]\n',
            "that means every day",
        ),
        ('colour = "red"\n', "unknown field"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(('time_zone = "Asia/Shanghai"\n' if "time_zone" not in text else "") + text)
    with pytest.raises(ConfigurationError, match=words.replace("line 2", "line 3")):
        read_policy(path)
