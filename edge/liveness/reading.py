"""What one frame shows of a face being alive."""

from __future__ import annotations

import msgspec


class LivenessReading(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the nets say of one face in one frame.

    `measure` is the mean of their shares, in [0, 1]: 1 is alive. `nets` has each share by the net's name in
    the catalogue of models. `veto` is the logit of alive less that of a picture, by the net that only
    objects: below 0 it takes the face for a picture; None where it is not on this machine.
    """

    measure: float
    nets: dict[str, float] = {}
    veto: float | None = None
