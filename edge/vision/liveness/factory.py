"""Opens the liveness measure that a name means, where its model files are on this machine."""

from __future__ import annotations

from typing import Protocol

import models
from edge.vision.configuration import LivenessName
from edge.vision.frame import Image
from edge.vision.reports import Box

MODELS = ("minifasnet-v2", "minifasnet-v1se")


class LivenessMeasure(Protocol):
    """Measures how much a face in one frame looks like a living one."""

    def measure(self, image: Image, box: Box) -> float:
        """In [0, 1]; 1 is alive. `image` is BGR, `box` in its pixels."""
        ...


def open_liveness(name: LivenessName) -> LivenessMeasure | None:
    """The measure called `name`; None for OFF, and for AUTO where a model file is missing or wrong.

    Raises ModelError where MINIFASNET is asked for and a model file is missing or wrong.
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

    return MiniFasNets((load_net(v2, V2_SCALE), load_net(v1se, V1SE_SCALE)))
