"""How many examples a property is tried on: some in `make test`, all of them in `make test-long`.

What is tried is derandomized: the few are the first of the many.
"""

from __future__ import annotations

import os

LONG = bool(os.environ.get("LONG"))


def tried(examples: int) -> int:
    """A third of `examples`, at least ten, where this is no long run."""
    return examples if LONG else min(examples, max(10, examples // 3))
