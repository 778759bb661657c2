"""Residents and strangers before one gate, drawn again and again from a set of photographs. PURE.

The open-set identification of ISO/IEC 19795-1: of those who come, some are enrolled and some are not; a
resident who is not found, or found under another name, is a miss; a stranger who is found is a false match.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edge.calibration.core.comparisons import Owners, Vectors
from edge.calibration.core.tail import Scores


@dataclass(frozen=True)
class OpenSetTrials:
    """Scores of the best match: of residents (−1 where that is somebody else) and of strangers.

    `own_of` and `strangers_of` say who came (by the number among all people), `taken_for` whom each stranger
    was most like. `residents` and `photographs` are how many were enrolled, and with how many templates in
    all.
    """

    own: Scores
    own_of: Owners
    strangers: Scores
    strangers_of: Owners
    taken_for: Owners
    residents: int
    photographs: int

    def threshold_for(self, false_matches: float) -> float:
        """The lowest threshold at which at most a share `false_matches` of the strangers is found."""
        ordered = np.sort(self.strangers)[::-1]
        return float(np.nextafter(ordered[int(false_matches * len(ordered))], 2.0))

    def missed_at(self, threshold: float) -> float:
        return float((self.own < threshold).mean())

    def matched_at(self, threshold: float) -> float:
        return float((self.strangers >= threshold).mean())


def open_set(
    vectors: Vectors, owners: Owners, *, enrolled: int, templates: int, frames: int, draws: int, seed: int = 7
) -> OpenSetTrials:
    """The trials at a gate with `enrolled` residents, drawn `draws` times and combined.

    A resident has `templates` photographs (fewer where there are no more) and comes as often as the rest of
    theirs allow, `frames` fused for a trial; so does a stranger. Raises ValueError where nobody is left
    over to be a stranger, or nobody has photographs enough to come.
    """
    people = np.unique(owners)
    if enrolled >= len(people):
        raise ValueError(f"{len(people)} people are too few for {enrolled} residents and strangers")
    draw = np.random.default_rng(seed)
    own: list[tuple[float, int]] = []
    strange: list[tuple[float, int, int]] = []
    photographs = 0
    for _ in range(draws):
        order = draw.permutation(people)
        shown = {int(who): draw.permutation(np.flatnonzero(owners == who)) for who in order}
        held = np.concatenate([shown[int(who)][:templates] for who in order[:enrolled]])
        gallery, belongs = vectors[held], owners[held]
        photographs = len(held)
        for place, (who, mine) in enumerate(shown.items()):
            resident = place < enrolled
            for probe in fused_probes(vectors, mine[templates:] if resident else mine, frames):
                similar = gallery @ probe
                best = int(similar.argmax())
                if resident:
                    own.append((float(similar[best]) if belongs[best] == who else -1.0, who))
                else:
                    strange.append((float(similar[best]), who, int(belongs[best])))
    if not own or not strange:
        raise ValueError(f"nobody has {templates + frames} photographs")
    scores, who_came = zip(*own, strict=True)
    matches, who_passed, whom = zip(*strange, strict=True)
    return OpenSetTrials(
        np.asarray(scores),
        np.asarray(who_came),
        np.asarray(matches),
        np.asarray(who_passed),
        np.asarray(whom),
        enrolled,
        photographs,
    )


def wilson(hits: float, cases: int) -> tuple[float, float]:
    """The 95 % interval of a share of `hits` among `cases` (Wilson, JASA 22, 1927)."""
    if cases == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / cases
    middle = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z / (1 + z * z / cases) * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return max(0.0, middle - half), min(1.0, middle + half)


def fused_probes(vectors: Vectors, rows: Owners, frames: int) -> list[NDArray[np.float32]]:
    """One person's photographs `rows`, each `frames` of them fused into one trial, as the gate does."""
    return [
        np.asarray(vectors[rows[start : start + frames]].mean(axis=0), np.float32)
        for start in range(0, len(rows) - frames + 1, frames)
    ]
