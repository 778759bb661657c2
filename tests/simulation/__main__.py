"""python -m tests.simulation: plays worlds; the order of sets of strings is the same in each process."""

from __future__ import annotations

import os
import sys

from tests.simulation.run import main

if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606 - no shell is meant
    sys.exit(main())
