"""What the site's rules say of visitors: of numbers that people type, and of rights that staff give at a
gate.
"""

from __future__ import annotations

from typing import Annotated

import msgspec


class NumberRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether numbers `count` that people type at a keypad. The registry carries the numbers of visits only
    where they do: an older gate would refuse it.
    """

    count: bool = False


class VisitorRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What staff may give a visitor at a gate, without the centre: a right that this gate alone knows.

    It ends after `longest` seconds at most (0: they may give none), opens at most `uses` times each way; and
    a gate gives at most `an_hour`, and holds at most `most` at a time.
    """

    longest: Annotated[int, msgspec.Meta(ge=0, le=7 * 86_400)] = 12 * 3600
    uses: Annotated[int, msgspec.Meta(ge=1, le=16)] = 2
    an_hour: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 30
    most: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 200
