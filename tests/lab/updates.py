"""Updates that do not work, offered to a gate of the lab: the gate that worked goes on, and opens."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError
from tests.lab.gate import Gate
from tests.lab.mirror import empty_repository, publish, serve
from tests.lab.places import Places

_WITHIN = 3600.0
"""Seconds of the lab's clock for one update: an emulated machine takes ten minutes."""


@dataclass(frozen=True)
class Faulty:
    """A version with one fault: what is written at the end of a module, and what is to come of it."""

    version: str
    fault: str
    module: str
    text: str
    how: str
    """`refused`: it was never in force; `went_back`: it was."""
    why: str
    """A word of what is said of it."""


OTHERWISE = Faulty(
    "0.2.0",
    "decides otherwise, and its release does not say so",
    "edge/decision/decision.py",
    """
_decide_well = decide


def decide(policy, subject, evidence, situation):
    decided = _decide_well(policy, subject, evidence, situation)
    return msgspec.structs.replace(decided, outcome=Outcome.REFER, reason=Reason.OUTSIDE_HOURS)

""",
    "refused",
    "outside_hours",
)
DOES_NOT_START = Faulty(
    "0.2.1",
    "does not become READY",
    "edge/gate.py",
    """

def run_gate(*_, **__):
    raise SystemExit("this version ends at its start")
""",
    "went_back",
    "",
)
NO_PROBE = Faulty(
    "0.2.2",
    "loses its probe",
    "edge/runtime/probing.py",
    """
Prober.poll = lambda prober, now: None
""",
    "went_back",
    "probe",
)

SHORT = (OTHERWISE, DOES_NOT_START)
"""`NO_PROBE` besides, where the gate has a probe pass."""


def fail_to_update(
    places: Places, package: Path, gate: Gate, scan: Callable[[str], None], faults: tuple[Faulty, ...]
) -> dict[str, Any]:
    """Offer each faulty version, and see that the gate goes back to, or stays with, what works."""
    running = installed(gate)
    repository = offered(places, package, running, faults)
    serve(gate, repository)
    figures: dict[str, Any] = {}
    for fault in faults:
        _opens(gate, scan)  # what the trial decides again
        before, began = gate.newest(), gate.now()
        gate.machine.run(
            f"echo {fault.version} >/var/lib/gatepost-wanted/version && "
            "systemctl start gatepost-update-fetch.service",
            within=_WITHIN,
        )
        # The fetch has started what applies: to start it once more waits for its end, which is a failure.
        gate.machine.run("systemctl start gatepost-update.service || true", within=_WITHIN)
        gate.told(fault.version, before, within=120)
        said = ended_last(gate)
        named = {"version": fault.version, "before": running, "how": fault.how}
        assert {name: said[name] for name in named} == named, said
        assert fault.why in said["why"], said
        assert installed(gate) == running, "another version is in force"
        gate.wait_ready()
        _opens(gate, scan)
        figures[f"{fault.fault}: {fault.how} after"] = round(gate.now() - began, 1)
        figures[f"{fault.fault}: it says"] = said["why"][:200]
        print(f"{fault.version} {fault.fault}: {said}", flush=True)
    gate.verified()
    return figures


def offered(places: Places, package: Path, running: str, faults: tuple[Faulty, ...]) -> Path:
    """A publisher's repository with the faulty versions, made anew."""
    folder = places.folder / "updates"
    repository = empty_repository(folder)
    for fault in faults:
        made = _made(folder, package, running, fault)
        publish(repository, made)
        made.unlink()
    return repository


def _made(folder: Path, package: Path, running: str, fault: Faulty) -> Path:
    """The package under another number, with the fault in it; not compressed: it is read once."""
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    _run("dpkg-deb", "--raw-extract", package, tree)
    home = (tree / "opt/gatepost" / running).rename(tree / "opt/gatepost" / fault.version)
    [product] = home.glob("lib/python*/site-packages/gatepost-*.dist-info")
    for file in (tree / "DEBIAN/control", home / "bin/gatepost", product / "METADATA"):
        file.write_text(file.read_text().replace(running, fault.version))
    module = product.parent / fault.module
    with module.open("a") as end:
        end.write(fault.text)
    for stale in module.parent.glob(f"__pycache__/{module.stem}.*.pyc"):
        stale.unlink()
    made = folder / package.name.replace(running, fault.version)
    _run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made)
    shutil.rmtree(tree)
    return made


def installed(gate: Gate) -> str:
    return gate.machine.run("basename $(readlink -f /opt/gatepost/current)").strip()


def _opens(gate: Gate, scan: Callable[[str], None]) -> None:
    """A resident shows a pass, and is let in."""
    before = gate.newest()
    scan(next(iter(gate.site.passes.values())))
    gate.told("grant", before, within=60)


def ended_last(gate: Gate) -> dict[str, str]:
    """The last that the journal says of an update."""
    said = gate.machine.run("gatepost journal tail -n 200 --json --config /etc/gatepost/gate.toml")
    ends = [line for line in said.splitlines() if '"software_update_ended"' in line]
    if not ends:
        raise LabError(f"gatepost journal tail: {said[-2000:]}")
    found: dict[str, str] = json.loads(ends[-1])["body"]
    return found


def _run(*words: str | Path) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(map(str, words))}: {done.stderr[-1000:]}")
