"""What is wrong with central.toml leads to a page that says more."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.errors import ConfigurationError
from sync.central.configuration import CentralConfiguration, load_configuration

PAGE = Path(__file__).parents[3] / "docs" / "central.md"


def test_every_section_has_its_page_where_the_remedy_sends_to(tmp_path: Path) -> None:
    file = tmp_path / "central.toml"
    file.write_text('[webhook]\nurl = "http://bridge.example.org/"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(file)
    assert "docs/central.md says under Keys" in str(refused.value.remedy)
    keys = PAGE.read_text(encoding="utf-8").partition("\n### Keys\n")[2].partition("\n## ")[0]
    sections = {f"`[{each.name}]`" for each in msgspec.structs.fields(CentralConfiguration)}
    assert {each for each in sections if each not in keys} == set()


_WHOLE = """\
[store]
url = "sqlite:///central.db"
[central]
key = "central.key"
[broker]
host = "b1.example.org"
ca = "ca.pem"
[adoption]
door = "centre.example.org"
"""


@pytest.mark.parametrize("broker", ["", 'broker = ""\n'])
def test_other_nodes_for_gates_without_the_first_are_refused(tmp_path: Path, broker: str) -> None:
    """Gates would be told the hosts of [broker] instead, and nobody would know why."""
    file = tmp_path / "central.toml"
    file.write_text(f'{_WHOLE}{broker}more = ["b2.example.org"]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"more names the other nodes .* give both") as refused:
        load_configuration(file)
    assert str(file) in str(refused.value)
    assert "adoption" in str(refused.value)


def test_nodes_for_gates_are_all_named_or_none(tmp_path: Path) -> None:
    file = tmp_path / "central.toml"
    for nodes in ("", 'broker = "b1.example.org"\nmore = ["b2.example.org"]\n'):
        file.write_text(_WHOLE + nodes, encoding="utf-8")
        load_configuration(file)
