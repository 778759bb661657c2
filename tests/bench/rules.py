"""Random worlds, each decided and held against every law of the decision: `make rules`.

python -m tests.bench.rules [CASES] [SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

from tests.edge.decision.laws import LAWS
from tests.edge.decision.space import Draw, world


def main(cases: int = 1_000_000, seed: int = 1) -> int:
    rng = Random(seed)
    draw = Draw(rng.choice)
    outcomes: Counter[str] = Counter()
    held: Counter[str] = Counter()
    began = time.perf_counter()
    for number in range(cases):
        drawn = world(draw)
        outcomes[drawn.decided.outcome.value] += 1
        for law in LAWS:
            try:
                held[law.__name__] += law(drawn, draw)
            except AssertionError as error:
                print(f"seed {seed}, case {number}, {law.__name__}: {error}", file=sys.stderr)
                return 1
    took = time.perf_counter() - began
    shares = ", ".join(f"{outcome} {100 * count / cases:.0f} %" for outcome, count in outcomes.most_common())
    print(f"{cases:,} random cases ({shares}), no law broken, {took:.0f} s, {cases / took:,.0f} a second")
    for law in LAWS:
        print(f"  {held[law.__name__]:>9,} of them put {law.__name__} to the test")
    silent = [law.__name__ for law in LAWS if not held[law.__name__]]
    if silent:
        print(f"nothing was said by: {', '.join(silent)}", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
