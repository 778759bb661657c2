"""How much each end takes of the other, and how often a gate says something. PURE.

docs/protocol.md has these numbers under "Shares".
"""

from __future__ import annotations

MOST_IN_A_POLL = 16
"""Messages of one device that central takes at once. It has two batches in flight, and a question or two."""
MOST_A_SECOND = 100.0
BURST = 1_000.0
"""Messages of one device: a gate that was away for a month sends fewer at once."""
ANSWERS_A_SECOND = 1.0
ANSWERS_AT_ONCE = 5.0
"""Answers to refused messages of one device, or of central."""
COUNTS_EVERY = 2.0
"""Seconds between two messages of a gate's counts, at least."""
COUNTS_A_SECOND = 2.0
COUNTS_AT_ONCE = 10.0
"""Messages with the counts of one gate that central takes: more than any gate sends that waits."""
CHUNKS_OF_ONE = 8
"""Chunks that central sends to one device by turns before each other has had its own."""
DEVICES_AT_ONCE = 50
"""Devices that central answers, or tells of what is new, in one turn."""
