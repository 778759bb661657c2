"""What a call to exchange a template key does, in every case."""

from __future__ import annotations

import pytest

from edge.registry.exchange import ExchangeStep, next_step

BEGIN, GO_ON, DONE = ExchangeStep
BY_CASE = {
    # under way, finished, named: called as ever, and where another loss was said
    (True, True, True): (DONE, BEGIN),
    (True, False, True): (GO_ON, BEGIN),
    (True, True, False): (BEGIN, BEGIN),
    (True, False, False): (BEGIN, BEGIN),
    (False, True, True): (BEGIN, BEGIN),
    (False, False, True): (BEGIN, BEGIN),
    (False, True, False): (BEGIN, BEGIN),
    (False, False, False): (BEGIN, BEGIN),
}


@pytest.mark.parametrize(("under_way", "finished", "named"), BY_CASE)
def test_an_exchange_goes_on_or_another_begins(*, under_way: bool, finished: bool, named: bool) -> None:
    found = tuple(
        next_step(under_way=under_way, finished=finished, named=named, again=again) for again in (False, True)
    )
    assert found == BY_CASE[under_way, finished, named]
