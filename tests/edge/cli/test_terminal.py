"""Foreign text on a terminal: shown, whichever command shows it, and never acted on."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.groups import GROUPS
from edge.cli.main import run
from edge.cli.streams import EscapingStream, guarded
from edge.cli.terminal import console
from edge.decision import Subject
from edge.lane.configuration import LaneDirection
from tests.conftest import REPOSITORY

HOSTILE = "[/red][link=x]\x1b[2J\x1b]0;mine\x07\x9b31m\u202eevil"
SHOWN = r"[/red][link=x]\u001b[2J\u001b]0;mine\u0007\u009b31m\u202eevil"
IN_A_TEXT = SHOWN.replace(r"\u0007", "")
"""Rich drops the bell of a Text that it did not make."""
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@given(st.text(st.characters(codec=None)))
def test_whatever_is_printed_nothing_of_it_acts(text: str) -> None:
    stream = io.StringIO()
    print(text, file=EscapingStream(stream))
    written = stream.getvalue()
    assert "\x1b" not in written
    assert written.count("\n") == text.count("\n") + 1
    written.encode()


def test_a_console_shows_foreign_text_and_keeps_its_own_colours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")  # a service's is `dumb`, which has no colours
    monkeypatch.delenv("NO_COLOR", raising=False)
    with guarded():
        out = console()
        table = Table("name")
        table.add_row(HOSTILE)
        out.print(table, width=120)
        out.print(Text.assemble(("grant", "green"), f" {HOSTILE}"), soft_wrap=True)
        out.print(HOSTILE, soft_wrap=True, highlight=False)
    said = capsys.readouterr().out
    assert said.count(SHOWN) == 2
    assert said.count(IN_A_TEXT) == 1
    assert "\x1b[32mgrant\x1b[0m" in said
    assert "\x1b[2J" not in said


def test_the_streams_are_their_own_again_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError, match="in between"), guarded():
        raise ValueError("in between")
    assert (sys.stdout, sys.stderr) == before


def calls_of(tree: ast.AST) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_every_console_of_a_command_is_a_safe_one() -> None:
    files = [
        *(REPOSITORY / "edge" / "cli").glob("*.py"),
        *(REPOSITORY / "edge" / "demo").glob("*.py"),
        *(REPOSITORY / "sync" / "cli").glob("*.py"),
    ]
    assert len(files) > 30
    assert [str(path) for path in files if "Console" in calls_of(ast.parse(path.read_text()))] == []


def test_every_page_escapes_by_the_one_function() -> None:
    """`html.escape` alone leaves controls and changes of direction."""
    allowed = REPOSITORY / "edge" / "support" / "escaping.py"
    users = [
        str(path)
        for part in ("edge", "sync", "models")
        for path in (REPOSITORY / part).rglob("*.py")
        if path != allowed and "from html import" in path.read_text()
    ]
    assert users == []


# --- commands, as they are called ----------------------------------------------------------------------


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    with pytest.raises(SystemExit):
        run(GROUPS, words)
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    return said.out, said.err


def test_a_hostile_name_in_a_list(
    admin: SiteAdmin, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.store.add(Subject("li-na", name=HOSTILE))
    monkeypatch.setenv("COLUMNS", "200")
    out, _ = called(capsys, "subject", "list", "--folder", str(admin.folder))
    assert SHOWN in out
    out, _ = called(capsys, "subject", "list", "--json", "--folder", str(admin.folder))
    assert json.loads(out)["name"] == HOSTILE


def test_a_hostile_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "code.txt"
    file.write_text(HOSTILE)
    out, _ = called(capsys, "code", "verify", "--text-file", str(file))
    assert SHOWN in out
    out, _ = called(capsys, "code", "verify", "--text-file", str(file), "--json")
    assert json.loads(out)["text"] == HOSTILE


def test_a_hostile_file_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"\x1b[2Jcaf\xe9\n.png")
    _, err = called(capsys, "code", "read", str(tmp_path / name), "--json")
    problem = json.loads(err)
    assert problem["where"].endswith(r"\u001b[2Jcaf\xe9\u000a.png")
    assert problem["error"].startswith("No such file")
    _, err = called(capsys, "subject", "import", str(tmp_path / name), "--folder", str(tmp_path))
    assert err.count("\n") == 1


def test_the_command_itself_is_guarded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sync.cli.main", "code", "read", str(tmp_path / "\x1b[2J.png")],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert r"\u001b[2J.png" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
