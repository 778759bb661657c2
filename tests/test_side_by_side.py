"""Several processes say of the same tests what one does, and none gets lost unnoticed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

OF_ANY = """
    import os, pytest

    @pytest.fixture(scope="session", autouse=True)
    def one_who_ends(tmp_path_factory):
        folder = tmp_path_factory.getbasetemp()
        yield
        (folder.parent / f"ended-{folder.name}").touch()

    def test_of_its_own_files(tmp_path):
        assert tmp_path.parent.name.startswith("process")

    def test_of_what_is_said(capfd):
        os.write(1, b"said")
        assert capfd.readouterr().out == "said"

    @pytest.mark.parametrize("n", range(20))
    def test_of_many(n):
        pass
"""
WRONG = """
    import pytest

    def test_wrong():
        print("said before")
        assert 1 == 2

    def test_skipped():
        pytest.skip("what it needs is not here")

    @pytest.fixture
    def bad():
        yield
        raise ValueError("at its end")

    def test_that_leaves_badly(bad):
        pass
"""
CRASHING = """
    import os, signal

    def test_before():
        pass

    def test_that_crashes():
        os.kill(os.getpid(), signal.SIGKILL)

    def test_behind():
        pass
"""


def run(folder: Path, *words: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Tests of these files, run by pytest in `folder`."""
    for name, text in files.items():
        lines = (line.removeprefix("    ") for line in text.splitlines())
        (folder / f"test_{name}.py").write_text("\n".join(lines))
    (folder / "pytest.ini").touch()
    command = [sys.executable, "-m", "pytest", "-p", "tests.side_by_side", "-ra"]
    base = ["--basetemp", str(folder / "base")]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [*command, *base, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_several_processes_say_what_one_does(tmp_path: Path) -> None:
    ended = run(tmp_path, "--processes", "2", a=OF_ANY, b=OF_ANY, c=OF_ANY, wrong=WRONG)
    assert ended.returncode == 1, ended.stderr
    assert re.search(r"= 1 failed, 67 passed, 1 skipped, 1 error in ", ended.stdout), ended.stdout
    for said in ("said before", "assert 1 == 2", "ValueError: at its end", "what it needs is not here"):
        assert said in ended.stdout
    # Each process ended what it shared among its tests, once.
    assert {path.name for path in (tmp_path / "base").glob("ended-*")} <= {"ended-process0", "ended-process1"}
    assert list((tmp_path / "base").glob("ended-*"))


def test_a_process_that_crashes_is_a_failure_of_the_test_that_it_was_at(tmp_path: Path) -> None:
    ended = run(tmp_path, "--processes", "2", a=OF_ANY, b=OF_ANY, crashing=CRASHING)
    assert ended.returncode == 1, ended.stderr
    assert "test_crashing.py::test_that_crashes" in ended.stdout
    assert "the process ended by SIGKILL" in ended.stdout
    assert "1 failed" in ended.stdout


def test_after_a_failure_too_many_no_process_takes_another_file(tmp_path: Path) -> None:
    files = {f"late_{n}": OF_ANY for n in range(9)}
    ended = run(tmp_path, "--processes", "1", "-x", a_wrong=WRONG, **files)
    assert ended.returncode == 1, ended.stderr
    assert "stopping after 1 failures" in ended.stdout
    assert re.search(r"= 1 failed in ", ended.stdout), ended.stdout
