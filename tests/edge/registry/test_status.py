"""What a gate says of its registry to the processes beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.registry.status import STATUS_NAME, RegistryStatus, read_status, write_status


def test_what_was_written_last_is_read(tmp_path: Path) -> None:
    for version in (6, 7):
        status = RegistryStatus("green-court", "main", version)
        write_status(tmp_path, status)
        assert read_status(tmp_path) == status


@pytest.mark.parametrize(
    "laid",
    [
        bool,
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.write_bytes(b"[" * 10_000),
    ],
    ids=["nothing", "a pipe", "a folder", "a link", "not UTF-8", "nested"],
)
def test_what_cannot_be_read_is_no_status(tmp_path: Path, laid: Callable[[Path], object]) -> None:
    laid(tmp_path / STATUS_NAME)
    assert read_status(tmp_path) is None
