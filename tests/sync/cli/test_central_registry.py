"""`gatepost central registry revoke`: what can be no pass's id is refused before anything is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import called


@pytest.mark.parametrize("name", ["", "li-na", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg"])
def test_what_is_no_passs_id_revokes_nothing(tmp_path: Path, name: str) -> None:
    done = called("central", "registry", "revoke", "green-court", "--pass", name, cwd=tmp_path)
    assert (done.returncode, "expected 16 hexadecimal digits" in done.stderr) == (2, True), done.stderr
