"""Two keys of a configuration must not name one path: one file would overwrite the other."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.support.distinct import refuse_shared_paths


class Journal(msgspec.Struct):
    path: Path
    other: Path | None = None
    when_full: str = "deny"


@pytest.mark.parametrize("path", ["/a/b", "/a/./b", "/a/c/../b", "/a//b/"])
def test_two_spellings_of_one_path_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"used\.path and journal\.path name the same path"):
        refuse_shared_paths({"journal": Journal(Path("/a/b")), "used": Journal(Path(path))})


def test_different_paths_and_other_values_pass() -> None:
    refuse_shared_paths(
        {"journal": Journal(Path("/a/b"), Path("/a/c")), "used": Journal(Path("/a")), "no": None}
    )
