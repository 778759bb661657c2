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
