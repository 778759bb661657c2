"""A gate has none of the centre's libraries: a command of the centre says how they come, in one line."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from edge.cli.centrals_libraries import OF_CENTRAL, central_comes_by, wants_central
from tests.conftest import REPOSITORY

WITHOUT = """
import sys
from edge.cli.centrals_libraries import OF_CENTRAL
from edge.cli.main import run
from sync.cli.main import GROUPS
sys.modules |= dict.fromkeys(OF_CENTRAL)
for words in sys.argv[1:]:
    try:
        run(GROUPS, words.split())
    except SystemExit as end:
        print(words, end.code)
"""


def test_a_command_of_the_centre_ends_with_one_line_where_its_libraries_are_not() -> None:
    lines = ("central status", "central gate list", "central registry publish green-court", "central clustre")
    done = subprocess.run(
        (sys.executable, "-c", WITHOUT, *lines), capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert done.stdout.splitlines() == [f"{words} 1" for words in lines], done.stderr
    said = done.stderr.splitlines()
    assert len(said) == len(lines), done.stderr
    assert all("the centre needs more" in line and "pip install" in line for line in said)


def test_the_centres_libraries_are_those_of_its_extra() -> None:
    extra = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {re.split(r"[>\[<=;]", wanted)[0] for wanted in extra["central"]} == OF_CENTRAL


def test_another_library_that_is_missing_is_a_fault_of_ours() -> None:
    def chained(name: str) -> ImportError:
        error = ImportError("Cannot import module")
        error.__cause__ = ModuleNotFoundError(name=name)
        return error

    assert wants_central(chained("sqlalchemy.orm"))
    assert not wants_central(chained("edge.gone"))
    assert not wants_central(ImportError("sqlalchemy"))


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/opt/gatepost/0.1.0", "apt install gatepost-central"),
        ("/opt/gatepost/current", "apt install gatepost-central"),
        ("/home/li/.venv", "pip install 'gatepost[central]'"),
    ],
)
def test_they_come_as_the_gate_came(prefix: str, command: str) -> None:
    assert central_comes_by(Path(prefix)) == command
