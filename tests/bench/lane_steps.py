"""Random steps of the lane's machine, each held against what a lane promises: `make lane-steps`.

python -m tests.bench.lane_steps [STEPS] [SEED]
"""

from __future__ import annotations

import sys
import time
from itertools import count
from random import Random

from tests.edge.lane.machine.watched import walk_randomly

PER_LANE = 400


def main(steps: int = 1_000_000, seed: int = 1) -> int:
    done = lanes = 0
    began = time.perf_counter()
    for number in count(seed):
        if done >= steps:
            break
        try:
            done += walk_randomly(Random(number), PER_LANE)
        except AssertionError as error:
            print(f"seed {number}: {error}", file=sys.stderr)
            return 1
        lanes += 1
    took = time.perf_counter() - began
    print(f"{done:,} random steps over {lanes:,} lanes, no promise broken, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
