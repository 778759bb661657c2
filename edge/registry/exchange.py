"""What a call to exchange a template key does: begin another exchange, go on with one, or nothing."""

from __future__ import annotations

from enum import StrEnum


class ExchangeStep(StrEnum):
    """What a call does."""

    BEGIN = "begun"  # another key
    GO_ON = "went_on"  # with the key of an exchange that was cut off
    DONE = "done"  # all is done already


def next_step(*, under_way: bool, finished: bool, named: bool, again: bool) -> ExchangeStep:
    """What to do where an exchange is `under_way` (its earlier key is still read), `finished` (published) or
    not; `named`: whoever is lost was named when it began.

    Another loss in the middle begins another exchange: the key so far counts as known as well.
    """
    if again or not under_way or not named:
        return ExchangeStep.BEGIN
    return ExchangeStep.DONE if finished else ExchangeStep.GO_ON
