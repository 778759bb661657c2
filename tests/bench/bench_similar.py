# ruff: noqa: E402 - the number of threads has to be set before numpy is loaded
"""Twins among many: every two templates compared, on one thread. Prints a table.

python tests/bench/bench_similar.py [--templates 1000,10000,50000]
"""

from __future__ import annotations

import os

# Before numpy is loaded: its matrix product takes every core otherwise.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import time

import numpy as np
import psutil

from edge.admin.similarity import KnownFaces


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--templates", default="1000,10000,50000")
    print(
        f"{'templates':>10}{'comparisons':>16}{'seconds':>10}{'twins found':>13}{'MB over the templates':>24}"
    )
    for count in map(int, arguments.parse_args().templates.split(",")):
        draw = np.random.default_rng(3)
        rows = draw.normal(size=(count, 128)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        twins = max(1, count // 1000)
        rows[:twins] = rows[-twins:]
        known = KnownFaces(128)
        for number, row in enumerate(rows):
            known.add(f"p{number}", [row])
        before, began = psutil.Process().memory_info().rss, time.perf_counter()
        found = len(known.pairs(0.9))
        took, more = time.perf_counter() - began, psutil.Process().memory_info().rss - before
        print(
            f"{count:>10,}{count * (count - 1) // 2:>16,}{took:>10.2f}"
            f"{found:>10} of {twins}{more / 1e6:>20.0f}"
        )


if __name__ == "__main__":
    main()
