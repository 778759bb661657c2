"""A whole gate: from start to the first decision, and the memory of its processes.

python tests/bench/bench_start.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

GATEPOST = [sys.executable, "-m", "edge.cli.main"]


def gatepost(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([*GATEPOST, *map(str, words)], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch) / "bench"
        gatepost("site", "init", site, "--mode", "code", cwd=Path(scratch))
        gatepost("subject", "create", "ann", "--group", "resident", "--status", "green", cwd=site)
        (site / "camera").mkdir()
        gatepost("pass", "issue", "ann", "--out", site / "camera" / "pass.png", cwd=site)
        gatepost("registry", "build", cwd=site)
        toml = site / "gates" / "main" / "gate.toml"
        camera = f'"folder:{site / "camera"}"\nhold = 8.0'
        toml.write_text(toml.read_text().replace('"v4l2:0"', camera))
        began = time.perf_counter()
        gate = subprocess.Popen([*GATEPOST, "gate", "run", "--config", str(toml)], stderr=subprocess.PIPE)
        assert gate.stderr is not None
        for line in gate.stderr:
            if b"decided" in line:
                print(f"start to first decision   {time.perf_counter() - began:.2f} s")
                break
        time.sleep(2.0)
        parent = psutil.Process(gate.pid)
        total = 0
        for name, process in [("gate", parent), *(("vision worker", child) for child in parent.children())]:
            resident = process.memory_info().rss
            total += resident
            print(f"resident memory, {name:<14}{resident / 1e6:>7.1f} MB")
        print(f"resident memory, in all      {total / 1e6:>7.1f} MB")
        gate.terminate()
        gate.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
