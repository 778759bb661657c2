"""`gatepost central registry revoke`: what can be no pass's id is refused before anything is signed."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import called


def test_what_is_no_passs_id_revokes_nothing(tmp_path: Path) -> None:
    site = tmp_path / "green-court"
    assert called("site", "init", site).returncode == 0
    assert called("central", "init", tmp_path, "--plain", "--take-over", site).returncode == 0
    revoke = ("central", "registry", "revoke", "green-court", "--pass")
    for name in ("", "li-na", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg"):
        done = called(*revoke, name, cwd=tmp_path)
        assert (done.returncode, "expected 16 hexadecimal digits" in done.stderr) == (2, True), done.stderr
    done = called(*revoke, "0123456789ABCDEF", cwd=tmp_path)
    assert "list 1 of what counts no more" in done.stdout, "the first that was signed"
