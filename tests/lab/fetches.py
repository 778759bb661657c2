"""Fetches of an update that fail in a booted gate: systemd starts what tells of them, and all say why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.updates.core import UpdateCause
from tests.lab.errors import LabError
from tests.lab.gate import Gate
from tests.lab.mirror import HERE, PORT, answer_by, away, empty_repository, publish, serve
from tests.lab.places import Places
from tests.lab.updates import ended_last, installed
from tests.waiting import pause

_FETCH, _APPLY = "gatepost-update-fetch.service", "gatepost-update.service"
_WITHIN = 600.0
"""Seconds of the machine's clock from an order to its end."""


@dataclass(frozen=True)
class Failing:
    """A way in which a fetch fails: how the mirror is made ready, and what is said of it."""

    version: str
    fault: str
    prepare: Callable[[Gate], None]
    cause: UpdateCause
    meanwhile: Callable[[Gate], None] | None = None
    """What happens to it while it fetches."""


def _unsigned(gate: Gate) -> None:
    """What the mirror has is not what was signed: another number in what is signed anew each day."""
    file = gate.machine.share / HERE / "metadata" / "timestamp.json"
    told = json.loads(file.read_text())
    told["signed"]["version"] += 1
    file.write_text(json.dumps(told))
    answer_by(gate, f"python3 -m http.server --bind 127.0.0.1 -d /lab/{HERE} {PORT}")


def _silent(gate: Gate) -> None:
    """A mirror that takes a connection and says nothing."""
    answer_by(gate, f"python3 /usr/local/lib/lab/silent.py {PORT}")


def _kill(gate: Gate) -> None:
    """Kill who fetches while it waits for the mirror's answer."""
    _until(gate, f"ss -Htn state established 'dport = :{PORT}' | grep -q .", "somebody fetches")
    gate.machine.run(f"systemctl kill --signal=KILL {_FETCH}")


FAILING = (
    Failing("0.2.0", "the mirror is away", away, UpdateCause.UNREACHED),
    Failing("0.2.1", "what it has is not signed", _unsigned, UpdateCause.UNSIGNED),
    Failing("0.2.2", "who fetches is killed", _silent, UpdateCause.KILLED, _kill),
)


def fail_to_fetch(places: Places, package: Path, gate: Gate) -> dict[str, Any]:
    """Order versions as the centre does; each fetch fails, systemd starts what tells it, and all say why."""
    running, good = installed(gate), empty_repository(places.folder / "fetches")
    publish(good, package)
    serve(gate, good)
    gate.machine.run("systemctl start gatepost-update.path")
    figures: dict[str, Any] = {}
    for fault in FAILING:
        fault.prepare(gate)
        before, began = gate.newest(), gate.now()
        _order(gate, fault.version)
        if fault.meanwhile is not None:
            fault.meanwhile(gate)
        gate.told(fault.version, before, within=_WITHIN)
        figures[f"{fault.fault}: told after"] = round(gate.now() - began, 1)
        figures[f"{fault.fault}: it says"] = _said(gate, fault, running, began)
        print(f"{fault.fault}: {figures[f'{fault.fault}: it says']}", flush=True)
        _until(gate, f"systemctl show -P ActiveState {_APPLY} | grep -qx failed", f"{_APPLY} has ended")
    serve(gate, good)
    _order(gate, running)  # it runs: nothing to take, and fetching works
    _until(gate, "gatepost update status --json | grep -q '\"unfetched\": *null'", "fetching works again")
    assert installed(gate) == running, "another version is in force"
    gate.verified()
    return figures


def _said(gate: Gate, fault: Failing, running: str, began: float) -> str:
    """What journal, `update status` and `gate check` say of it, once each says it."""
    for unit, result in ((_FETCH, "failed"), (_APPLY, "")):
        left = float(gate.machine.run(f"systemctl show -P InactiveExitTimestampMonotonic {unit}")) / 1e6
        assert left > began, f"{unit} was not started: {left} before {began}"
        state = gate.machine.run(f"systemctl show -P ActiveState {unit}").strip()
        assert not result or state == result, f"{unit} is {state}"
    said = ended_last(gate)
    named = {"version": fault.version, "before": running, "how": "refused"}
    assert {name: said[name] for name in named} == named, said
    assert fault.cause in said["why"], said
    status = json.loads(gate.machine.run("gatepost update status --json || true"))
    assert status["version"] == running, status
    assert status["unfetched"] == {"version": fault.version, "why": said["why"]}, status
    check = gate.machine.run("gatepost gate check --config /etc/gatepost/gate.toml || true")
    assert f"{fault.version} could not be fetched" in check, check
    return said["why"]


def _order(gate: Gate, version: str) -> None:
    """As the gate leaves it for the centre: each order whole, in the place of the one before."""
    folder = "/var/lib/gatepost-wanted"
    gate.machine.run(f"echo {version} >{folder}/version.part && mv {folder}/version.part {folder}/version")


def _until(gate: Gate, command: str, what: str) -> None:
    """Wait until a command succeeds, by the machine's clock."""
    until = gate.now() + _WITHIN
    while gate.machine.run(f"if {command}; then echo yes; fi").strip() != "yes":
        if gate.now() > until:
            raise LabError(f"{what}: not within {_WITHIN:g} s\n{gate.log(_FETCH)}\n{gate.log(_APPLY)}")
        pause(0.5)
