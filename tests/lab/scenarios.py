"""What a gate in the lab goes through: each function plays one thing, asserts it, and returns its figures.

Figures are seconds of the machine's own clock, unless their name says otherwise.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from tests.lab.errors import LabError
from tests.lab.gate import Gate
from tests.lab.machine import Machine
from tests.lab.picture import yuyv
from tests.waiting import pause

Figures = dict[str, Any]
CAMERA = "/dev/video0"
BACK_WITHIN = 10.0
"""Seconds of the machine's clock in which a gate is back that was killed or hung (issue: "within 10 s")."""
WATCHED_EVERY = 5.0
"""WatchdogSec of the gate's unit."""


def opens(machine: Machine, gate: Gate) -> Figures:
    """A resident shows a pass to the scanner; then somebody presses the button. The relay's line says so."""
    gate.forget_the_relay()
    before = time.monotonic()
    machine.scan(a_pass(gate))
    opened = gate.relay_becomes(1)
    wall = time.monotonic() - before
    closed = gate.relay_becomes(0)
    pressed = gate.press()
    by_button = gate.relay_becomes(1)
    gate.relay_becomes(0)
    return {
        "a pass opens, s of the lab's clock": round(wall, 2),
        "open for": round(closed - opened, 2),
        "the button opens after": round(by_button - pressed, 2),
    }


def a_pass(gate: Gate) -> str:
    """What a resident shows."""
    return next(iter(gate.site.passes.values()))


def refuses(machine: Machine, gate: Gate) -> Figures:
    """A text that is no pass, and a pass with one letter changed, move nothing."""
    gate.forget_the_relay()
    genuine = a_pass(gate)
    for text in ("https://example.org/menu", genuine[:-1] + ("0" if genuine[-1] != "0" else "1")):
        before = gate.newest()
        machine.scan(text)
        gate.told("deny", before)
    changes = gate.relay_so_far()
    assert not changes, f"the relay's line moved for what is no pass: {changes}"
    return {}


def sees(machine: Machine, gate: Gate) -> Figures:
    """A resident holds a pass before the camera, and the gate opens; nobody scans."""
    (machine.share / "picture").write_bytes(yuyv(a_pass(gate)))
    feed = f"exec python3 /usr/local/lib/lab/camera.py {CAMERA} </lab/picture"
    machine.run(f"systemd-run --unit lab-camera /bin/sh -c '{feed}'")
    gate.forget_the_relay()
    gate.set_up(camera=CAMERA)
    ready = gate.wait_ready(later_than=gate.struck)
    opened = gate.relay_becomes(1, within=120.0)
    machine.run("systemctl stop lab-camera")
    gate.set_up()
    gate.wait_ready(later_than=gate.struck)
    return {"gate ready to opened by what the camera sees": round(opened - ready.ready, 2)}


def comes_back(gate: Gate, blow: str) -> Figures:
    """Strike the gate's main process: it is back in time. `drops` strikes while the relay is on."""
    return back(gate, blow, gate.strike(blow, gate.wait_ready().main))


def back(gate: Gate, blow: str, struck: float) -> Figures:
    """Wait for the gate that was struck, and say how long it took."""
    after = gate.wait_ready(later_than=struck)
    assert after.process - struck <= BACK_WITHIN, f"started anew only after {after.process - struck:.1f} s"
    return {
        f"kill -{blow}: started anew after": round(after.process - struck, 2),
        f"kill -{blow}: ready after": round(after.ready - struck, 2),
    }


def drops(machine: Machine, gate: Gate, blow: str) -> Figures:
    """The same while the relay is on: its line is let go of before the gate is back."""
    gate.forget_the_relay()
    main = gate.wait_ready().main
    machine.scan(a_pass(gate))
    gate.relay_becomes(1)
    struck = gate.strike(blow, main)
    inactive = gate.relay_becomes(0) - struck
    bound = WATCHED_EVERY * 2 if blow == "STOP" else 1.0
    assert inactive <= bound, f"the relay's line was active for {inactive:.2f} s after kill -{blow}"
    figures = back(gate, blow, struck)
    ready = figures[f"kill -{blow}: ready after"]
    assert ready <= BACK_WITHIN, f"ready only {ready:.1f} s after kill -{blow}"
    return {f"kill -{blow}: relay's line inactive after": round(inactive, 3), **figures}


def killed(machine: Machine, gate: Gate) -> Figures:
    return drops(machine, gate, "KILL")


def hung(machine: Machine, gate: Gate) -> Figures:
    return drops(machine, gate, "STOP")


def watched_by_hardware(machine: Machine, gate: Gate) -> Figures:
    """systemd feeds the hardware's watchdog; when systemd hangs, the machine and its gate start again."""
    state = gate.machine.run("cat /sys/class/watchdog/watchdog0/state").strip()
    assert state == "active", f"nobody feeds the hardware's watchdog: it is {state}"
    timeout = int(gate.machine.run("cat /sys/class/watchdog/watchdog0/timeout"))
    resets, before = machine.resets(), gate.now()
    machine.run("sync; echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze")
    while machine.resets() == resets:
        if machine.clock() > before + 10 * timeout:
            raise LabError("systemd hangs, and the watchdog did not start the machine again")
        pause(0.2)
    machine.wait()
    gate.wait_ready()
    opens(machine, gate)
    return {"watchdog's timeout": timeout, "machine's age when systemd hung": round(before, 1)}


def powers_on(machine: Machine, gate: Gate) -> Figures:
    """From power-on to the first decision, by part. The machine has just been switched on."""
    moments = gate.wait_ready()
    machine.scan(a_pass(gate))
    opened = gate.relay_becomes(1)
    whole = time.monotonic() - machine.started
    gate.relay_becomes(0)
    return {
        "kernel, until the first process": _began(gate, "UserspaceTimestampMonotonic"),
        "gate's process started": round(moments.process, 2),
        "gate ready": round(moments.ready, 2),
        "first decision (relay's line active)": round(opened, 2),
        "whole, s of the lab's clock": round(whole, 1),
    }


def _began(gate: Gate, name: str) -> float:
    said = gate.machine.run(f"systemctl show -p {name}")
    return round(int(said.strip().split("=")[1]) / 1e6, 2)


def exposure(gate: Gate) -> Figures:
    """The security score of each unit of ours that runs, as systemd gives it to the loaded unit."""
    units = gate.machine.run(
        "systemctl list-units --no-legend --plain 'gatepost-*.service' --state=active | cut -d' ' -f1"
    ).split()
    found = {}
    for unit in units:
        said = gate.machine.run(f"systemd-analyze security --no-pager {unit} | tail -1")
        score = re.search(r": (\d+\.\d)", said)
        if score is None:
            raise LabError(f"systemd-analyze security {unit}: {said}")
        found[f"exposure of {unit}"] = float(score[1])
        assert found[f"exposure of {unit}"] <= 1.5, said
    return found


def memory(gate: Gate) -> Figures:
    """Resident memory of each unit of ours that runs: MB of its own and its share of what it shares (PSS)."""
    said = gate.machine.run(
        "for unit in gatepost-gate gatepost-console gatepost-sync; do "
        'main=$(systemctl show -P MainPID $unit); [ "$main" != 0 ] || continue; '
        'for process in $main $(pgrep -P "$main"); do '
        "echo $unit $(grep ^Pss: /proc/$process/smaps_rollup); done; done"
    )
    found: dict[str, int] = {}
    for unit, _, size, _ in (line.split() for line in said.splitlines() if "Pss" in line):
        found[unit] = found.get(unit, 0) + int(size)
    assert "gatepost-gate" in found, said
    return {f"MB of {unit}": round(size / 1024) for unit, size in found.items()}


def console_starts(gate: Gate) -> Figures:
    """The console starts with all its confinement, and answers."""
    gate.machine.run("systemctl start gatepost-console.service", within=900)
    moments = gate.wait_ready(unit="gatepost-console.service")
    _serves(gate, "http://127.0.0.1:8088/")
    return {"console ready after": round(moments.ready - moments.process, 2)}


def screen_serves(gate: Gate) -> Figures:
    """The person's screen starts with all its confinement, serves its page here alone, and comes back."""
    unit, page = "gatepost-screen.service", "http://127.0.0.1:8089/screen"
    gate.machine.run(f"systemctl start {unit}", within=900)
    moments = gate.wait_ready(unit=unit)
    _serves(gate, page)
    listening = gate.machine.run("ss -Hltn 'sport = :8089'").split()[3::5]
    assert listening == ["127.0.0.1:8089"], listening
    struck = gate.strike("KILL", moments.main)
    after = gate.wait_ready(later_than=struck, unit=unit)
    assert after.process - struck <= BACK_WITHIN, f"started anew only after {after.process - struck:.1f} s"
    _serves(gate, page)
    return {
        "screen ready after": round(moments.ready - moments.process, 2),
        "kill -KILL: screen started anew after": round(after.process - struck, 2),
        "kill -KILL: screen ready after": round(after.ready - struck, 2),
    }


def _serves(gate: Gate, page: str) -> None:
    said = gate.machine.run(
        f"python3 -c \"from urllib.request import urlopen; print(urlopen('{page}', timeout=60).status)\""
    )
    assert said.strip() == "200", f"{page}: {said}"


def unbroken(gate: Gate) -> Figures:
    """The chain of the journal holds."""
    return {"the chain holds, up to sequence": gate.verified()}


ON_A_HEADER: tuple[tuple[str, Callable[[Machine, Gate], Figures]], ...] = (
    ("power-on", powers_on),
    ("opens", opens),
    ("refuses", refuses),
    ("killed", killed),
    ("hung", hung),
    ("watchdog", watched_by_hardware),
    ("sees", sees),
)
"""What needs a kernel of the lab's own, its header and its watchdog."""
ANYWHERE: tuple[tuple[str, Callable[[Gate], Figures]], ...] = (
    ("console", console_starts),
    ("screen", screen_serves),
    ("exposure", exposure),
    ("memory", memory),
    ("unbroken", unbroken),
)
"""What systemd alone is asked for."""


def said(figures: Figures) -> str:
    return json.dumps(figures, indent=2, ensure_ascii=False)
