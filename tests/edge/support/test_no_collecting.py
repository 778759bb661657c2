"""A program is imported without Python's collector, which works again afterwards and lets that rest."""

from __future__ import annotations

import gc
from contextlib import suppress

from edge.support.no_collecting import no_collecting


def test_the_collector_rests_within_and_works_after_whatever_happened() -> None:
    before = gc.get_freeze_count()
    with suppress(ImportError), no_collecting():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
