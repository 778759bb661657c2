# ruff: noqa: E402 - the number of threads has to be set before numpy is loaded
"""Search, update and memory of the gallery at 1,000, 10,000 and 50,000 templates, one thread.

`update` takes up 50 changed people; `meanwhile` is the slowest of the searches that another thread made then.

python tests/bench/bench_gallery.py
"""

from __future__ import annotations

import os

# Before numpy is loaded: its matrix product takes every core otherwise.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import sys
import time
from threading import Event, Thread

import numpy as np

from edge.registry.gallery.gallery import Gallery

DIMENSIONS = 128


def gallery(count: int) -> Gallery:
    values = np.random.default_rng(1).normal(size=(count, DIMENSIONS)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return Gallery(
        values, np.arange(count, dtype=np.int32), tuple(f"subject-{index}" for index in range(count))
    )


def updated(held: Gallery) -> tuple[float, float]:
    """Milliseconds of an update by 50 people, and of the slowest search in the other thread meanwhile."""
    changed = {f"subject-{index}": [held.rows(f"subject-{index + 1}")[0]] for index in range(0, 100, 2)}
    probe = held.rows("subject-7")[0]
    slowest, going_on = [0.0], Event()
    going_on.set()

    def search() -> None:
        while going_on.is_set():
            began = time.perf_counter()
            held.search(probe)
            slowest[0] = max(slowest[0], 1000 * (time.perf_counter() - began))

    other = Thread(target=search)
    other.start()
    began = time.perf_counter()
    for _ in range(5):
        held.updated(changed)
    took = 1000 * (time.perf_counter() - began) / 5
    going_on.clear()
    other.join()
    return took, slowest[0]


def main() -> int:
    print(
        f"{'templates':>10}{'median ms':>11}{'p99 ms':>9}{'MB':>7}{'float16 ms':>12}"
        f"{'update ms':>11}{'meanwhile ms':>14}"
    )
    for count in (1_000, 10_000, 50_000):
        searched = gallery(count)
        vectors = searched._vectors
        probes = np.random.default_rng(2).normal(size=(100, DIMENSIONS)).astype(np.float32)
        times = []
        for probe in probes:
            began = time.perf_counter()
            searched.search(probe)
            times.append(1000 * (time.perf_counter() - began))
        half, probe = vectors.astype(np.float16), probes[0].astype(np.float16)
        began = time.perf_counter()
        _ = half @ probe
        contrast = 1000 * (time.perf_counter() - began)
        size = (vectors.nbytes + searched._owners.nbytes + searched._starts.nbytes) / 1e6
        median, tail = np.percentile(times, (50, 99))
        took, slowest = updated(searched)
        print(
            f"{count:>10}{median:>11.2f}{tail:>9.2f}{size:>7.1f}{contrast:>12.1f}{took:>11.1f}{slowest:>14.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
