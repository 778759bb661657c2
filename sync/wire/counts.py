"""What the gates of a site tell each other of who is inside. PURE."""

from __future__ import annotations

import msgspec

from edge.counting.core import CountSnapshot
from edge.signing.cose import NO_STAMP, Stamp, encode_value

MOST_COUNTS_BYTES = 192 * 1024
"""Of one gate's counters and of the last passages of 500 persons."""
_AROUND = 64
"""More bytes than are around the counts in a message."""


class GateCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the gate of this device counted. Central sends it on to the other gates of the site.

    `counts` has the gate's own counters and passages only; of these, a later message may have those alone
    that are new. `stamp` is its place among the messages of the device. `asks`: central answers with what the
    other gates counted.
    """

    counts: CountSnapshot
    stamp: Stamp = NO_STAMP
    asks: bool = False


class SiteCounts(msgspec.Struct, frozen=True):
    """`counts` is what another gate of the site counted, by central's word: its own counters and passages.

    Its counters replace those of an earlier message, its passages are added to them.
    """

    counts: CountSnapshot


def fitting(counts: CountSnapshot) -> CountSnapshot:
    """`counts` with as many of the newest passages as can be told in one message."""
    while counts.persons and len(encode_value(counts)) > MOST_COUNTS_BYTES - _AROUND:
        dropped = len(counts.persons) // 8 + 1
        counts = msgspec.structs.replace(counts, persons=counts.persons[dropped:])
    return counts
