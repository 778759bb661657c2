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
    "central import people.csv --site green-court --dry-run",
    "central export november-{time}.csv --actor bench",
    "central verify-export november-0.csv --key central.pub",
    "central backup create {folder}/backups --to {opener}",
    "central init new-{time} --plain",
    "central check",
    "registry build --folder green-court",
    "subject list --folder green-court",
)
OPENER = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
"""A public key: of the age specification's example, whose other half nobody here needs."""


def seconds_of(words: list[str], folder: Path) -> float:
    """The CPU that one call takes, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = "import sys\nfrom sync.cli.main import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, check=False, text=True
    )
    assert done.returncode in {0, 1}, done.stderr
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
        (folder / "people.csv").write_text("id,name\nli-na,Li Na\n")
        (folder / "backups").mkdir()
        for line in COMMANDS:
            each = (line.format(time=time, folder=folder, opener=OPENER).split() for time in range(times))
            best = min(seconds_of(words, folder) for words in each)
            print(f"{best:.2f}  {line}", flush=True)


if __name__ == "__main__":
    main()
