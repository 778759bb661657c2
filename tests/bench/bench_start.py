"""What it takes to start a command: seconds of CPU, the best of some calls, at a centre made for it.

python -m tests.bench.bench_start --times 7
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.command_line import called

COMMANDS = (
    "central --help",
    "central site list",
    "central gate list",
    "central journal tail",
    "central audit list",
    "central alarm list",
    "central subject list green-court",
    "central status",
    "central registry publish green-court",
    "registry build --folder green-court",
)


def seconds_of(words: list[str], folder: Path) -> float:
    """The CPU that one call takes, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = "import sys\nfrom sync.cli.main import main\nmain()"
    subprocess.run(
        [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, check=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert called("site", "init", folder / "green-court").returncode == 0
        taken = ("--plain", "--take-over", folder / "green-court")
        assert called("central", "init", folder, *taken).returncode == 0
        for line in COMMANDS:
            best = min(seconds_of(line.split(), folder) for _ in range(times))
            print(f"{best:.2f}  {line}", flush=True)


if __name__ == "__main__":
    main()
