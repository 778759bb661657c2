"""`python -m tests.lab`: install the package in a machine, play every scenario, print the figures."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tests.lab.accelerator import KVM, accelerator
from tests.lab.debian import disk
from tests.lab.debian import installed as packaged
from tests.lab.errors import LabError
from tests.lab.fetches import fail_to_fetch
from tests.lab.gate import Gate, install
from tests.lab.machine import Disk, new_layer, running
from tests.lab.places import REPOSITORY, Places
from tests.lab.power import pulled
from tests.lab.read_only import made_read_only
from tests.lab.scenarios import ANYWHERE, ON_A_HEADER, said
from tests.lab.site import Site, made
from tests.lab.updates import DOES_NOT_START, SHORT, fail_to_update

RESIDENTS = 40
NAMES = [*(name for name, _ in (*ON_A_HEADER, *ANYWHERE)), "updates", "fetches"]
APART = ("cuts", "read-only")
"""What has machines of its own."""
FAULTS = {"updates": SHORT, "goes-back": (DOES_NOT_START,)}
"""Versions that fail, by the word that asks for them: one takes an emulated machine long enough."""
RELEASES = {"bookworm": "12", "trixie": "13"}


def main() -> None:
    """Play what is asked for; the first thing that is not as it has to be ends it."""
    asked = _arguments()
    places, suite = Places.of_environment(), asked.debian
    packages = asked.packages or _packages(suite)
    with_what = accelerator(places) if places.image.exists() else ()
    base = disk(places, suite)
    with_what = with_what or accelerator(places)
    print(f"lab: {suite}, {' '.join(with_what[:2])}, {', '.join(each.name for each in packages)}", flush=True)
    site = site_of(places)
    figures: dict[str, Any] = {}
    installed = places.layer(suite, "installed")
    if asked.anew or not installed.exists() or installed.stat().st_mtime < max(
        path.stat().st_mtime for path in (base, *packages)
    ):  # fmt: skip
        figures["install"] = _install(places, suite, base, packages, site, with_what)
    if asked.cuts != 0 and not asked.only:
        asked.only = [*NAMES, "cuts"]
    wanted = set(asked.only)
    if wanted - set(APART):
        figures |= _play(places, suite, installed, packages[0], site, with_what, wanted)
    if "cuts" in wanted:
        figures["cuts"] = _timed(
            "cuts",
            lambda: pulled(
                places, installed, site, with_what, cuts=asked.cuts, seed=asked.seed, resume=asked.resume
            ),
        )
    if "read-only" in wanted:
        figures["read-only"] = _timed(
            "read-only", lambda: made_read_only(places, suite, installed, site, with_what)
        )
    (places.folder / f"figures-{suite}.json").write_text(said(figures) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        help=f"of {', '.join(NAMES)}, {', '.join(APART)}, goes-back (of updates, one);"
        " default: all but the last two",
    )
    parser.add_argument("--debian", choices=RELEASES, default="bookworm")
    parser.add_argument(
        "--package", dest="packages", type=Path, action="append", help="a .deb; default: dist/"
    )
    parser.add_argument("--cuts", type=int, default=20, help="how often the power is pulled")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on with cuts that were ended early")
    parser.add_argument("--anew", action="store_true", help="install again, whatever is cached")
    return parser.parse_args()


def _packages(suite: str) -> list[Path]:
    """What `make deb` made for this release."""
    found = sorted(
        (REPOSITORY / "dist").glob(f"gatepost_*+deb{RELEASES[suite]}_amd64.deb"),
        key=lambda path: path.stat().st_mtime,
    )
    if not found:
        raise LabError(f"no package for {suite} in dist/: make deb DEBIAN={RELEASES[suite]}")
    return found[-1:]


def site_of(places: Places) -> Site:
    """The lab's site, made once."""
    folder, passes = places.folder / "green-court", places.folder / "green-court" / "passes.json"
    if not passes.exists():
        site = made(folder, RESIDENTS)
        passes.write_text(json.dumps(site.passes))
    return Site(folder, json.loads(passes.read_text()))


def _install(
    places: Places, suite: str, base: Path, packages: list[Path], site: Site, with_what: tuple[str, ...]
) -> dict[str, Any]:
    """A newcomer's way: the package, the configuration, a gate that is ready; kept as a layer of the disk."""
    in_it = with_what == KVM
    if not in_it:
        base = packaged(places, suite, packages)
    part = new_layer(base, places.layer(suite, "installing"))
    with running(places, f"{suite}-install", Disk.layer(part), with_what) as machine:
        machine.wait()
        took = install(machine, packages) if in_it else None
        gate = Gate(machine, site, machine.header)
        began = gate.now()
        gate.set_up()
        ready = gate.wait_ready(later_than=gate.struck)
        figures = {
            "package, MB": round(sum(package.stat().st_size for package in packages) / 1e6, 1),
            "installed, MB": round(int(machine.run("du -sxk /opt/gatepost | cut -f1")) / 1e3),
            **({"dpkg --install": round(took, 1)} if took is not None else {}),
            "configuration to ready": round(ready.ready - began, 1),
        }
        print(f"install: {said(figures)}", flush=True)
        machine.shut_down()
    part.rename(places.layer(suite, "installed"))
    return figures


def _play(
    places: Places,
    suite: str,
    installed: Path,
    package: Path,
    site: Site,
    with_what: tuple[str, ...],
    wanted: set[str],
) -> dict[str, Any]:
    """Every scenario, one after the other, in one machine."""
    figures: dict[str, Any] = {}
    layer = new_layer(installed, places.layer(suite, "run"))
    with running(places, f"{suite}-run", Disk.layer(layer), with_what) as machine:
        machine.wait()
        gate = Gate(machine, site, machine.header)
        for name, play in ON_A_HEADER:
            if name in wanted or name == "power-on":
                figures[name] = _timed(name, lambda play=play: play(machine, gate))
        for name, ask in ANYWHERE:
            if name in wanted:
                figures[name] = _timed(name, lambda ask=ask: ask(gate))
        for name, faults in FAULTS.items():
            if name in wanted:
                figures[name] = _timed(
                    name,
                    lambda faults=faults: fail_to_update(places, package, gate, machine.scan, faults),
                )
        if "fetches" in wanted:
            figures["fetches"] = _timed("fetches", lambda: fail_to_fetch(places, package, gate))
    return figures


def _timed(name: str, play: Any) -> Any:
    before = time.monotonic()
    found = play()
    print(f"{name}: passed in {time.monotonic() - before:.0f} s {said(found)}", flush=True)
    return found


if __name__ == "__main__":
    main()
