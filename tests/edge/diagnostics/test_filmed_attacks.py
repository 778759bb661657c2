"""Attacks that move, from pictures to verdict: prints and masks that are filmed, measured as a gate would."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from edge.diagnostics.core import JudgedBy, Passage
from edge.diagnostics.liveness import measure
from edge.vision.faces.engine import FaceEngine
from edge.vision.pictures.reading import read_picture
from tests.attacks.filmed import RATE, Filmed, Portrait, film
from tests.edge.vision.conftest import engine
from tests.films import write_film

__all__ = ["engine"]

SHOWN = (Filmed.PRINT_MOVED, Filmed.MASK_STILL)


@pytest.fixture(scope="module")
def attacks(tmp_path_factory: pytest.TempPathFactory, engine: FaceEngine, portraits: list[Path]) -> Path:
    """One second of each species, a folder a species."""
    folder = tmp_path_factory.mktemp("attacks")
    for species in SHOWN:
        (folder / species).mkdir()
        shown, wearer = (portrait(engine, portraits[number]) for number in (2, 8))
        write_film(folder / species / "film.avi", film(species, shown, wearer, 3, seconds=1.0), RATE)
    return folder


def portrait(engine: FaceEngine, path: Path) -> Portrait:
    picture = read_picture(path)
    return Portrait(picture, np.array(engine.detect(picture, (320, 240))[0].landmarks))


@pytest.mark.shared_data
def test_a_print_that_is_moved_and_a_mask_that_is_worn_make_no_move_that_a_gate_asks_for(
    attacks: Path, models_and_mesh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut-out mask passes the nets, as real ones did (24 of 24). So does a print that fills the view."""
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))
    found: dict[str, list[Passage]] = defaultdict(list)
    for each in measure([attacks]):
        found[each.species].append(each.passage)
    assert set(found) == set(SHOWN), "each species shows a face that is measured"
    for passages in found.values():
        assert [(passage.moves, passage.alive[JudgedBy.ACTIVE]) for passage in passages] == [((), False)]
    assert found[Filmed.MASK_STILL][0].alive[JudgedBy.PASSIVE]
