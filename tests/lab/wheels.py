"""Whether every library has wheels for each computer that packages are for: `python -m tests.lab.wheels`.

By uv's resolver, which evaluates markers for the other computer, not for this one; nothing is built here.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

from tests.lab.places import REPOSITORY

PYTHONS = ("3.11", "3.13")
PLATFORMS = ("aarch64-manylinux_2_36", "x86_64-manylinux_2_36")
EXTRAS = ("central", "dlib", "heic", "pyzbar")


def resolved(platform: str, python: str) -> list[str]:
    """The versions that a gate and a centre take there, each with a wheel; raises where one has none."""
    uv = Path(sys.executable).with_name("uv")
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    words = ["--constraint=constraints.txt", "--only-binary=:all:", "--quiet", "--no-header", "--no-annotate"]
    words += [f"--python-platform={platform}", f"--python-version={python}"]
    line = [str(uv), "--no-config", "pip", "compile", "pyproject.toml", *extras, *words]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{platform}, Python {python}: {done.stderr}")
    return done.stdout.split()


def main() -> None:
    for platform, python in product(PLATFORMS, PYTHONS):
        print(f"{platform}, Python {python}: {len(resolved(platform, python))} libraries, each with a wheel")


if __name__ == "__main__":
    main()
