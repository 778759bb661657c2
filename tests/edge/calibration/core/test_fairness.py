"""How groups compare: a gap is reported, and chance is called chance."""

from __future__ import annotations

import numpy as np

from edge.calibration.core import gaps, groups
from edge.calibration.people import LabelledFaces
from tests.edge.calibration.conftest import crowd_of


def test_a_group_that_is_recognised_worse_is_seen_and_chance_is_called_chance() -> None:
    clear, blurred = crowd_of(60, 4, scatter=0.3), crowd_of(60, 4, scatter=0.9, seed=5)
    people = LabelledFaces(
        names=tuple(f"p{place}" for place in range(120)),
        owners=np.concatenate([clear.owners, blurred.owners + 60]),
        vectors=np.concatenate([clear.vectors, blurred.vectors]),
        photographs=("",) * 480,
        labels={
            "light": {f"p{place}": "dark" if place >= 60 else "bright" for place in range(120)},
            "parity": {f"p{place}": str(place % 2) for place in range(120)},
            "alone": {"p1": "only"},
        },
    )
    found = tuple(groups(people.vectors, people.owners, people.names, people.labels, 0.3))
    rates = {(group.label, group.value): group.misses.share for group in found}
    dark, bright = rates["light", "dark"], rates["light", "bright"]
    assert dark is not None
    assert bright is not None
    assert dark > bright + 0.05
    told = {gap.label: gap for gap in gaps(found)}
    assert told["light"].sure
    assert not told["parity"].sure
    assert "alone" not in told, "one group has nothing to be compared with"
