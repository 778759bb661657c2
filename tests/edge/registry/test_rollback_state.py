"""The note of the newest that was held: what cannot be one is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.registry.rollback_state import (
    RollbackState,
    UrgentlyRevoked,
    read_rollback_state,
    write_rollback_state,
)


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    seen = RollbackState(
        versions={"00ff": 7},
        urgent_revocations={"aa": 2},
        revoked={"aa": UrgentlyRevoked(7, ("ann",), ("bb",))},
    )
    write_rollback_state(tmp_path, seen)
    assert read_rollback_state(tmp_path) == seen


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"versions":{"not hexadecimal":1}}',
        b'{"versions":{"0":1}}',
        b'{"withdrawn":{"aa":{"keys":["not hexadecimal"]}}}',
        b'{"versions":{"\xff":1}}',
        b'{"versions":' + b"[" * 50_000,
        b"{}" + b" " * 270_000,
    ],
)
def test_what_is_damaged_is_no_note(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "rollback.json").write_bytes(data)
    assert read_rollback_state(tmp_path) is None
