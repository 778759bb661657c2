"""The pipe's encoding: reports come out whole however their bytes are cut, and the rest is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.reports import Heartbeat
from edge.vision.worker.wire import NotAReport, ReportDecoder, encode
from tests.edge.vision.reported import GOOD, NOT_REPORTS, framed
from tests.examples import tried


@pytest.mark.parametrize("name", NOT_REPORTS)
def test_what_is_not_a_report_is_one_error_and_what_follows_is_read(name: str) -> None:
    after = Heartbeat(1.0, 1)
    first, second = ReportDecoder().feed(NOT_REPORTS[name] + encode(after))
    assert isinstance(first, NotAReport)
    assert second == after


@settings(derandomize=True, max_examples=tried(300))
@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans())
def test_bytes_are_the_same_however_they_are_cut(pieces: list[bytes], whole: bool) -> None:
    good = encode(GOOD)
    data = good + b"".join(framed(piece) for piece in pieces) + good
    decoder = ReportDecoder()
    cuts = [data] if whole else [data[place : place + 7] for place in range(0, len(data), 7)]
    found = [report for cut in cuts for report in decoder.feed(cut)]
    assert found[0] == found[-1] == GOOD
    assert len(found) == len(pieces) + 2
