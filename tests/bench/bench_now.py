"""What it costs the main loop of a gate to keep the page Now: by what is heard, and by a look at the gate.

python tests/bench/bench_now.py [TIMES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from edge.ports import AccessEvent
from edge.staff.side import StaffSide
from edge.vision.reports import Sighting
from tests.edge.staff.staffed import Staffed
from tests.simulation.plan import Town
from tests.simulation.site import found_site

PEOPLE = 200


def took(times: int, do: Callable[[], object]) -> str:
    """Microseconds of this process's time: half of the times, and 99 of 100."""
    each = []
    for _ in range(times):
        began = time.process_time_ns()
        do()
        each.append((time.process_time_ns() - began) / 1000)
    shares = quantiles(each, n=100)
    return f"{shares[49]:8.0f} µs {shares[98]:8.0f} µs"


def main(times: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        here = Staffed(Path(folder) / "gate", found_site(7, Town(people=PEOPLE)))
        here.add("wang")
        gate = here.begin()
        try:
            here.publish(here.site.subjects)
            here.pass_time(60.0)
            for number in range(25):
                here.show(face=f"p{number:03}", then=5.0)
            side = gate._staff
            assert isinstance(side, StaffSide)
            access = next(heard for heard in here.heard if isinstance(heard, AccessEvent))
            frame = next(heard for heard in here.heard if isinstance(heard, Sighting) and heard.faces)
            now = side.now

            def look() -> None:
                now.hear(access)
                now.poll()

            print(f"{'':32}{'half':>11} {'99 of 100':>11}")
            print(f"{'a frame with a face':32}{took(times, lambda: now.hear(frame))}")
            print(f"{'an access, shown and published':32}{took(times, look)}")
        finally:
            here.end(gate)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
