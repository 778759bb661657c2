"""How long `gatepost setup` takes by a file of answers, and what it says, from a site's folder on.

`python tests/bench/bench_setup.py` prints the transcript, then the seconds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

GATEPOST = str(Path(sys.executable).with_name("gatepost"))
RESIDENT = ("--name", "Li Na", "--group", "resident", "--status", "green")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = folder / "green-court"
        called(folder, "site", "init", "green-court", "--mode", "face_or_code")
        called(site, "subject", "create", "li-na", *RESIDENT)
        (folder / "shown").mkdir()
        called(site, "pass", "issue", "li-na", "--out", str(folder / "shown" / "li-na.png"))
        called(site, "registry", "build")
        for trials in ("still", "all"):
            answers = folder / f"{trials}.toml"
            camera = f'camera = "folder:{folder}/shown"\nfaces = "none"'
            answers.write_text(f'site = "{site}"\nboard = "simulated"\n{camera}\ntrials = "{trials}"\n')
            began = monotonic()
            said = called(folder, "setup", "--answers", str(answers), "--config", f"{trials}/gate.toml")
            took = monotonic() - began
            if trials == "all":
                print(said.replace(name, "/mnt"))
            print(f"setup by script, trials = {trials}: {took:.1f} s", flush=True)


def called(folder: Path, *words: str) -> str:
    done = subprocess.run((GATEPOST, *words), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{words}: {done.stderr or done.stdout}")
    return done.stdout


if __name__ == "__main__":
    main()
