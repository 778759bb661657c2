"""Three computers on one: each node of a cluster in a network of its own, whose cables can be pulled.

All of it is in namespaces of this process and its children, and gone with them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.waiting import soon

_BRIDGE = "gatepost0"
_INSIDE = "GATEPOST_CLUSTER_INSIDE"


def enter_own_namespaces(module: str, words: Sequence[str]) -> None:
    """Start `module` again in a network and mounts of its own; returns where it is there already."""
    if os.environ.get(_INSIDE):
        return
    command = [
        "unshare",
        "--net",
        "--mount",
        "--propagation",
        "private",
        sys.executable,
        "-m",
        module,
        *words,
    ]
    os.execvpe("unshare", command, {**os.environ, _INSIDE: "1"})  # noqa: S606 - no data is in it


def address(number: int) -> str:
    """The address of node `number` (from 1)."""
    return f"10.77.0.{number}"


class Networks:
    """`count` networks with a cable each to a bridge, at which this process is too."""

    def __init__(self, count: int, opened: ExitStack) -> None:
        self._holders: list[subprocess.Popen[bytes]] = []
        _ip("link", "set", "lo", "up")
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("address", "add", "10.77.0.254/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for number in range(1, count + 1):
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
            opened.callback(_ended, holder)
            self._holders.append(holder)
            soon(lambda pid=holder.pid: _network(pid) != _network(os.getpid()), "no network")  # type: ignore[misc]
            _ip(
                "link",
                "add",
                f"cable{number}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                str(holder.pid),
            )
            _ip("link", "set", f"cable{number}", "master", _BRIDGE, "up")
            inside = self.inside(number)
            _ip("link", "set", "lo", "up", inside=inside)
            _ip("address", "add", f"{address(number)}/24", "dev", "eth0", inside=inside)
            _ip("link", "set", "eth0", "up", inside=inside)

    def inside(self, number: int) -> tuple[str, ...]:
        """The words before a command that is to run in the network of node `number`."""
        return ("nsenter", f"--net=/proc/{self._holders[number - 1].pid}/ns/net")

    def pull(self, number: int) -> None:
        """Pull the cable of node `number`: nobody hears it any more, and no connection is closed."""
        _ip("link", "set", f"cable{number}", "nomaster")

    def plug(self, number: int) -> None:
        """Put it back."""
        _ip("link", "set", f"cable{number}", "master", _BRIDGE)


def _ip(*words: str, inside: Sequence[str] = ()) -> None:
    subprocess.run([*inside, "ip", *words], check=True)


def _network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
