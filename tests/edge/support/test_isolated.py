"""Children of the product import the product, wherever they are started."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import xlsxwriter

from edge.admin.imports.workbooks import read_workbook
from edge.support.isolated import isolated
from edge.vision.configuration import FaceEngineName, VisionConfiguration
from edge.vision.playback import play
from edge.vision.reports import Sighting
from edge.vision.worker.process import try_to_start
from tests.edge.vision.conftest import code_image

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("edge", "models", "sync", "cv2", "numpy", "msgspec", "pip", "python_calamine")
NO_FACES = VisionConfiguration(faces=FaceEngineName.NONE)


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, and PYTHONPATH: it holds other things under the names of what is imported."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('imported {name} from here')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("hostile")
def test_the_folder_is_hostile_to_a_python_that_is_not_isolated() -> None:
    command = [part for part in isolated("edge.vision.worker.child") if part != "-I"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert "imported edge from here" in done.stderr


@pytest.mark.usefixtures("hostile")
def test_a_gates_worker_starts_there() -> None:
    try_to_start(NO_FACES)


def test_a_replays_worker_looks_at_pictures_there(hostile: Path) -> None:
    cv2.imwrite(str(hostile / "code.png"), code_image("hello"))
    [sighting] = [report for report in play(["code.png"], NO_FACES) if isinstance(report, Sighting)]
    assert [code.text for code in sighting.codes] == ["hello"]


@pytest.mark.usefixtures("hostile")
def test_a_workbook_is_read_there() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        book.add_worksheet("people").write(0, 0, "ann")
    assert read_workbook(data.getvalue(), "people.xlsx").name == "people"


@pytest.mark.usefixtures("hostile")
def test_pip_is_called_there() -> None:
    done = subprocess.run([*isolated("pip"), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")


def test_a_folder_called_models_is_not_taken_for_ours_by_a_parent_either(tmp_path: Path) -> None:
    """`python -m` looks where it is started first; pyproject.toml says how an editable install comes behind
    it.
    """
    for name in ("models", "edge", "sync"):
        (tmp_path / name).mkdir()
    command = [sys.executable, "-m", "sync.cli.main", "models", "show", "sface"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "SFace" in done.stdout, f"{done.stderr}: if this environment is older than that, make .venv/tests"


def test_every_child_of_the_product_that_is_python_is_isolated() -> None:
    """`models` may not import `edge`: it writes the words itself."""
    files = [file for top in ("edge", "sync", "models") for file in (ROOT / top).rglob("*.py")]
    started = {
        str(file.relative_to(ROOT)): set(re.findall(r"sys\.executable, (\"[^\"]*\")", text))
        for file in files
        if "sys.executable" in (text := file.read_text())
    }
    assert started == {"edge/support/isolated.py": {'"-I"'}, "models/fetch.py": {'"-I"'}}
