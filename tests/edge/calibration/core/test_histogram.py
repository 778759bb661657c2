"""Histograms count every pair of photographs once."""

from __future__ import annotations

import numpy as np
import pytest

from edge.calibration.core import histograms
from tests.edge.calibration.conftest import crowd_of


def test_histograms_count_every_pair_once() -> None:
    crowd = crowd_of(20, 3)
    counts = histograms(crowd.vectors, crowd.owners)
    assert (counts.own.sum(), counts.strangers.sum()) == (20 * 3, 60 * 59 / 2 - 60)
    similar = crowd.vectors @ crowd.vectors.T
    own = similar[(crowd.owners[:, None] == crowd.owners) & np.triu(np.ones((60, 60), bool), 1)]
    assert counts.missed()[1300] == pytest.approx((own < counts.edges[1300]).mean())
