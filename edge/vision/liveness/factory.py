"""Opens the liveness measure that a name means, and says what of it this machine can measure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import models
from edge.liveness import LivenessReading
from edge.vision.configuration import FaceEngineName, LivenessName, VisionConfiguration
from edge.vision.frame import Image
from edge.vision.reports import Box

MODELS = ("minifasnet-v2", "minifasnet-v1se")
VETO = "minifasnet-v2se-veto"
MESH = "face-mesh"


class LivenessMeasure(Protocol):
    """Measures how much a face in one frame looks like a living one."""

    def measure(self, image: Image, box: Box) -> LivenessReading:
        """What the nets say of the face in `box`; `image` is BGR, `box` in its pixels."""
        ...


@dataclass(frozen=True)
class LivenessMeasures:
    """What can be measured: by the `nets`, by the net that only objects, by the mesh (closed eyes)."""

    nets: bool
    veto: bool
    mesh: bool


def means(vision: VisionConfiguration) -> LivenessMeasures:
    """What a worker with these settings measures, by the model files that are here and right.

    OFF spares the nets and not the mesh: such a gate asks for moves, and no photograph closes its eyes.
    """
    if vision.engine is FaceEngineName.NONE:
        return LivenessMeasures(nets=False, veto=False, mesh=False)
    nets = vision.liveness is not LivenessName.OFF and all(map(is_here, MODELS))
    return LivenessMeasures(nets=nets, veto=nets and is_here(VETO), mesh=is_here(MESH))


def is_here(name: str) -> bool:
    """Whether the file of the model called `name` is on this machine, and the right one."""
    return _file(name) is not None


def open_liveness(name: LivenessName) -> LivenessMeasure | None:
    """The measure called `name`; None for OFF, and for AUTO where a model file is missing or wrong.

    The net that only objects is asked where its file is here. Raises ModelError where MINIFASNET is asked for
    and a model file is missing or wrong.
    """
    if name is LivenessName.OFF:
        return None
    try:
        v2, v1se = (models.path_of(model) for model in MODELS)
    except models.ModelError:
        if name is LivenessName.AUTO:
            return None
        raise
    # Imported here: a gate that does not measure loads no nets.
    from edge.vision.liveness.minifasnet import V1SE_SCALE, V2_SCALE, MiniFasNets, load_net  # noqa: PLC0415
    from edge.vision.liveness.veto import load_veto  # noqa: PLC0415

    nets = {MODELS[0]: load_net(v2, V2_SCALE), MODELS[1]: load_net(v1se, V1SE_SCALE)}
    veto = _file(VETO)
    return MiniFasNets(nets, None if veto is None else load_veto(veto))


def _file(name: str) -> Path | None:
    try:
        return models.path_of(name)
    except models.ModelError:
        return None
