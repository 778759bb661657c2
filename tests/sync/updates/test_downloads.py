"""What comes lies in the folder that is named, without a name, and is no more than it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuf.api import exceptions

from sync.updates.downloads import taken_into


def test_what_comes_is_read_from_its_begin_and_leaves_no_name(tmp_path: Path) -> None:
    with taken_into(tmp_path, iter([b"ab", b"c"]), 3) as file:
        assert (file.read(), list(tmp_path.iterdir())) == (b"abc", [])


def test_more_than_it_may_be_is_refused_when_it_comes(tmp_path: Path) -> None:
    rest = iter([b"ab", b"cd", b"never asked for"])
    with pytest.raises(exceptions.DownloadLengthMismatchError), taken_into(tmp_path, rest, 3):
        pass
    assert next(rest) == b"never asked for"
