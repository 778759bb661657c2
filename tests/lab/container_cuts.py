"""Power cuts without an emulated machine: `python -m tests.lab.container_cuts PACKAGE [CUTS]`.

The container's /var/lib is an ext4 on the disk that loses its cache (`volatile_disk`), by nbdkit, nbdfuse and
a loop device. Codes are scanned without pause, then the disk's connection is cut, chance decides what it has
kept, and the container is killed. After each cut the next one boots from what is left.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.lab.__main__ import site_of
from tests.lab.container import SIMULATED, Container, booted, desk
from tests.lab.debian import packaged_root
from tests.lab.gate import JOURNAL, Gate
from tests.lab.places import Places
from tests.lab.power import PLUGIN, Told, nothing_lost
from tests.waiting import pause, soon

_SIZE = "512M"
_GUEST = "python3 /usr/local/lib/lab"


def main() -> None:
    """Cut, look, and say how much was at stake."""
    package, cuts = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    places = Places.of_environment()
    folder = places.folder / "disks" / "container-cuts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    root = packaged_root(places, "trixie" if "deb13" in package.name else "bookworm", [package])
    base, site, told = folder / "base.raw", site_of(places), Told()
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root / "var/lib", base, _SIZE], check=True)
    chance = random.Random(1)
    for number in range(cuts + 1):
        with disk(folder, number) as (data, cut), booted(root, f"--bind={data}:/var/lib") as container:
            gate = Gate(container, site)
            if number == 0:
                gate.set_up(wiring=SIMULATED)
            gate.wait_ready(later_than=gate.struck)
            nothing_lost(gate, told)
            last = gate.verified()
            if number == cuts:
                break
            events = written(container, gate, chance, told)
            cut()
            print(f"cut {number + 1} of {cuts}: {events} told, chain held up to {last}", flush=True)
            container.kill()
    said = (folder / "changes" / "cuts").read_text().splitlines()[:cuts]
    lost, stake = (sum(json.loads(line)[name] for line in said) for name in ("lost", "at_stake"))
    print(
        f"{cuts} cuts: {len(told.events)} events told before, all there after; {lost} of {stake} blocks lost"
    )


def written(container: Container, gate: Gate, chance: random.Random, told: Told) -> int:
    """Let codes come without pause, until a number of events that chance says; how many were told."""
    heard = container.share / "told"
    heard.write_text("")
    container.run(f"systemd-run --unit lab-follow {_GUEST}/follow.py {JOURNAL} /lab/told")
    before, enough = set(told.events), chance.randint(5, 40)
    passes = list(gate.site.passes.values())

    def whole() -> set[str]:
        """The lines that have come whole."""
        return {line for line in heard.read_text().rpartition("\n")[0].splitlines() if line.count(" ") == 2}

    with desk(container) as scan:

        def another() -> None:
            scan(chance.choice(passes))
            pause(chance.uniform(0.0, 0.1))

        soon(
            lambda: len(whole() - before) >= enough, "events of scanned passes", within=300, meanwhile=another
        )
        told.events |= whole()
    return len(told.events - before)


@contextmanager
def disk(folder: Path, seed: int) -> Iterator[tuple[Path, Callable[[], None]]]:
    """The disk, mounted, and what cuts its power."""
    data, window, socket = folder / "data", folder / "window", folder / "socket"
    data.mkdir(exist_ok=True)
    window.mkdir(exist_ok=True)
    socket.unlink(missing_ok=True)
    serving = ["nbdkit", "-f", "-U", str(socket), "python", str(PLUGIN), f"base={folder / 'base.raw'}"]
    with ExitStack() as stack:
        server = stack.enter_context(
            subprocess.Popen([*serving, f"changes={folder / 'changes'}", f"seed={seed}"])
        )
        stack.callback(server.terminate)
        soon(socket.exists, "nbdkit's socket")
        line = stack.enter_context(
            subprocess.Popen(["nbdfuse", f"{window}/disk", f"nbd+unix:///?socket={socket}"])
        )
        stack.callback(_tidy, "umount", "-l", window)
        stack.callback(line.kill)
        soon((window / "disk").exists, "nbdfuse's file")
        found = subprocess.run(
            ["losetup", "--find", "--show", "--direct-io=on", window / "disk"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        loop = found.stdout.strip()
        stack.callback(_tidy, "losetup", "-d", loop)
        subprocess.run(["mount", "-o", "noatime", loop, data], check=True)
        stack.callback(_tidy, "umount", "-l", data)
        cuts = folder / "changes" / "cuts"
        before = cuts.stat().st_size if cuts.exists() else 0

        def cut() -> None:
            line.kill()
            soon(lambda: cuts.exists() and cuts.stat().st_size > before, "the disk has lost its power")

        yield data, cut


def _tidy(*words: str | Path) -> None:
    subprocess.run(words, check=False)


if __name__ == "__main__":
    main()
