"""The databases of a gate: which version of each this software writes, and opens.

A version that writes a newer one than the version before it opens could not be taken back; so such a change
takes two releases: one that opens both, then one that writes the new (docs/decisions/0245).
"""

from __future__ import annotations

from edge.counting.store import VERSION as COUNTS_VERSION
from edge.journal.tables import SCHEMA_VERSION as JOURNAL_VERSION
from edge.staff.desk_file import VERSION as DESK_VERSION
from edge.staff.store import VERSION as STAFF_VERSION

WRITES = {"journal": JOURNAL_VERSION, "staff": STAFF_VERSION, "desk": DESK_VERSION, "counts": COUNTS_VERSION}
"""By the store's name: the version that this software writes, which is the newest that it opens."""
