"""Which liveness measure a name opens, with and without its model files."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from edge.vision.configuration import FaceEngineName, LivenessName, VisionConfiguration
from edge.vision.liveness.factory import LivenessMeasures, means, open_liveness

NETS, VETO, MESH = ("minifasnet-v2", "minifasnet-v1se"), ("minifasnet-v2se-veto",), ("face-mesh",)
NOTHING = LivenessMeasures(nets=False, veto=False, mesh=False)


def test_without_its_files_liveness_is_not_measured_unless_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert open_liveness(LivenessName.OFF) is None
    assert open_liveness(LivenessName.AUTO) is None
    with pytest.raises(models.ModelError, match="not on this machine"):
        open_liveness(LivenessName.MINIFASNET)
    (tmp_path / models.model("minifasnet-v2").file).write_bytes(b"something else")
    assert open_liveness(LivenessName.AUTO) is None


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("here", "measured"),
    [
        ((), NOTHING),
        (NETS[:1], NOTHING),  # one net alone lets through what the other refuses
        (NETS, LivenessMeasures(nets=True, veto=False, mesh=False)),
        (VETO, NOTHING),  # a net that only objects has nobody to object to
        ((*NETS, *VETO), LivenessMeasures(nets=True, veto=True, mesh=False)),
        (MESH, LivenessMeasures(nets=False, veto=False, mesh=True)),
        ((*NETS, *VETO, *MESH), LivenessMeasures(nets=True, veto=True, mesh=True)),
    ],
)
def test_what_can_be_measured_follows_from_the_files_that_are_here(
    models_and_mesh: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    here: tuple[str, ...],
    measured: LivenessMeasures,
) -> None:
    for name in here:
        file = models.model(name).file
        (tmp_path / file).symlink_to(models_and_mesh / file)
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert means(VisionConfiguration()) == measured
    assert means(VisionConfiguration(faces=FaceEngineName.NONE)) == NOTHING
    spared = means(VisionConfiguration(liveness=LivenessName.OFF))
    assert spared == LivenessMeasures(nets=False, veto=False, mesh=measured.mesh)


def test_a_file_that_is_not_the_one_it_should_be_measures_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*NETS, *VETO, *MESH):
        (tmp_path / models.model(name).file).write_bytes(b"something else")
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert means(VisionConfiguration()) == NOTHING
