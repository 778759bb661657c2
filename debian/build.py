"""`make deb`: builds dist/gatepost_VERSION_ARCH.deb and dist/gatepost-central_VERSION_ARCH.deb.

The same source, lock and date make the same bytes. For another Debian than this machine's, its Python
compiles, from a bare root folder that .ci/roots makes (as root).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

from debian import layout, package, tree
from debian.licences import copyright_of
from debian.locking import BASE, CENTRAL
from debian.target import Target, this_machine
from debian.tree import Version

ROOT = Path(__file__).resolve().parents[1]


def build(
    target: Target, work: Path, out: Path, number: str, level: int, update_root: Path | None = None
) -> Iterator[Path]:
    """Build both packages in the folder `work`; yield each as it is there. The gate's has `update_root`."""
    version = Version(number, target, _date())
    shutil.rmtree(work, ignore_errors=True)
    system = _system_of(target)
    wheel = tree.wheel_of(ROOT, work, version.date)
    base, central = work / "gatepost", work / "gatepost-central"
    tree.install(version, base, BASE)
    tree.install_product(version, base, wheel)
    layout.add_pages(ROOT, base, version)
    layout.add_command(base)
    if update_root is not None:
        layout.add_update_root(update_root, base, version)
    tree.install(version, central, CENTRAL)
    for stage in (base, central):
        is_central = stage is central
        layout.add_units(ROOT, stage, version, central=is_central)
        text = copyright_of(stage / version.packages, () if is_central else tree.MODEL_NAMES)
        layout.add_papers(stage, stage.name, text, package.changelog_of(stage.name, version))
        overrides = package.HERE / stage.name / "lintian-overrides"
        if overrides.is_file():
            layout.add_overrides(overrides, stage, stage.name)
        tree.prune(stage)
        tree.date(stage, version.date)
        tree.compile_all(version, stage, system)
    _no_file_twice(base, central)
    for stage in (base, central):
        tree.date(stage, version.date)
        yield package.build(stage.name, version, stage, out, level)


def _no_file_twice(base: Path, central: Path) -> None:
    """Two packages that hold the same file cannot be installed together."""
    names = [file.relative_to(central) for file in central.rglob("*") if not file.is_dir()]
    twice = [name for name in names if os.path.lexists(base / name)]
    if twice:
        raise SystemExit(f"both packages hold {', '.join(map(str, twice[:5]))}: see debian/locks")


def _date() -> int:
    """The second that everything is dated: SOURCE_DATE_EPOCH, else that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return int(given or subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _system_of(target: Target) -> Path | None:
    """The root folder whose Python compiles; none where this machine's own is the right one."""
    if target.debian == this_machine().debian and Path(f"/usr/bin/python{target.python}").exists():
        return None
    command = ["sh", str(ROOT / ".ci/roots"), target.suite]
    return Path(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())


def _number() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def main() -> None:
    """Read the arguments, build, and name what was built."""
    here = this_machine()
    arguments = argparse.ArgumentParser(description="Build the Debian packages.")
    arguments.add_argument("--debian", default=here.debian, help="12 or 13")
    arguments.add_argument("--arch", default=here.arch, help="amd64 or arm64")
    arguments.add_argument("--out", type=Path, default=ROOT / "dist", help="where the packages go")
    arguments.add_argument("--number", default=_number(), help="the version; for tests of upgrades")
    arguments.add_argument("--level", type=int, default=6, help="how hard xz tries, 0 to 9")
    arguments.add_argument("--update-root", type=Path, help="the publisher's 1.root.json, for updates")
    given = arguments.parse_args()
    target = Target(given.debian, given.arch)
    work = ROOT / "build" / "deb" / f"{target.debian}-{target.arch}"
    for file in build(target, work, given.out, given.number, given.level, given.update_root):
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
