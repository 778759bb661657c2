"""Writes debian/locks from pyproject.toml and constraints.txt: `make lock`, or `python -m debian.locking`.

constraints.txt says which versions were tested together; a lock is those of them that a package needs, on
every processor and Python that packages are built for, each with the hashes of its wheels. It is made, never
edited.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker

from debian.target import MACHINES, PYTHONS

HERE = Path(__file__).parent
LOCKS = HERE / "locks"
BASE, CENTRAL, BUILD = (LOCKS / f"{name}.txt" for name in ("gatepost", "gatepost-central", "build"))
UV = (str(Path(sys.executable).parent / "uv"), "--no-config")
_HEADER = "# Made by `make lock` from pyproject.toml and constraints.txt: not to be edited.\n"
_OLDEST = "3.11"


def versions_in(text: str) -> dict[str, str]:
    """The version of each library in a lock or in constraints, by its normalised name (PEP 503)."""
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def _entries(text: str) -> dict[str, str]:
    """Each library's lines, by its name, of those that a machine with our packages can need."""
    parts = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    return {part.partition("=")[0]: part for part in parts if "==" in part and _is_ours(part)}


def _is_ours(entry: str) -> bool:
    """Whether its condition holds anywhere where packages are installed: not on Windows, not with PyPy."""
    condition = entry.partition("\\\n")[0].partition(";")[2].strip()
    return not condition or any(Marker(condition).evaluate(machine) for machine in _machines())


def _machines() -> Iterator[dict[str, str]]:
    linux = {"platform_system": "Linux", "sys_platform": "linux", "os_name": "posix"}
    python = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for version in PYTHONS.values():
        for machine in MACHINES.values():
            numbers = {"python_version": version, "python_full_version": f"{version}.0"}
            yield linux | python | numbers | {"platform_machine": machine}


def _resolved(root: Path, *words: str, given: str | None = None) -> dict[str, str]:
    command = [*UV, "pip", "compile", *words, "--quiet", "--universal", "--generate-hashes", "--no-annotate"]
    command += ["--no-header", "--only-binary=:all:", "--constraint=constraints.txt"]
    command += [f"--python-version={_OLDEST}"]
    done = subprocess.run(command, cwd=root, text=True, input=given, stdout=subprocess.PIPE, check=True)
    return _entries(done.stdout)


def main() -> None:
    """Write the three locks."""
    root = HERE.parent
    base = _resolved(root, "pyproject.toml")
    more = _resolved(root, "pyproject.toml", "--extra=central")
    build = _resolved(root, "-", given="setuptools>=77\n")
    central = {name: lines for name, lines in more.items() if name not in base}
    LOCKS.mkdir(exist_ok=True)
    for file, entries in ((BASE, base), (CENTRAL, central), (BUILD, build)):
        file.write_text(_HEADER + "".join(entries.values()))


if __name__ == "__main__":
    main()
