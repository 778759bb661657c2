"""The reader of codes that a name opens, and what to install where its library is missing."""

from __future__ import annotations

import sys

import pytest

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName


@pytest.mark.parametrize("name", list(CodeReaderName))
def test_a_name_opens_its_own_reader(name: CodeReaderName) -> None:
    if name is CodeReaderName.PYZBAR:
        pytest.importorskip(
            "pyzbar.pyzbar", reason="LOUD SKIP: pip install 'gatepost[pyzbar]'", exc_type=ImportError
        )
    assert open_reader(name).name == name


def test_without_its_library_the_second_reader_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    with pytest.raises(VisionError, match=r"pyzbar is not installed.*gatepost\[pyzbar\].*libzbar0"):
        open_reader(CodeReaderName.PYZBAR)
