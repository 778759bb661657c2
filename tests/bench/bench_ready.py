"""Measures how long a barrier waits for what systemd starts: `python -m tests.bench.bench_ready [TIMES]`.

Seconds of the processor, which a busy computer changes little: the least of all starts, to READY=1, to the
first sign of life after it, and to the end of `gatepost lane rest`.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.edge.cli.small_gate import small_gate

_TICKS = os.sysconf("SC_CLK_TCK")


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from sync.cli.main import main; main()", *words]


def until_ready(file: Path) -> tuple[float, float]:
    """Seconds of the processor to READY, and until the staff's side is there too: its first sign of life."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(address := str(file.with_name("notify")))
        told.settimeout(60.0)
        environment = os.environ | {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "5000000"}
        words = command("gate", "run", "--config", str(file))
        gate = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
        try:
            moments = []
            for word in (b"READY=1", b"WATCHDOG=1"):
                while word not in told.recv(4096):
                    pass
                moments.append(used_by(gate.pid))
        finally:
            gate.kill()
            gate.wait()
            Path(address).unlink()
    ready, whole = moments
    return ready, whole


def used_by(process: int) -> float:
    """The seconds of the processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def to_rest(file: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command("lane", "rest", "--config", str(file)), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Start again and again, and print the least."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with TemporaryDirectory() as folder:
        file = small_gate(Path(folder))
        starts = [until_ready(file) for _ in range(times)]
        print(f"gate, to READY            {min(ready for ready, _ in starts):.2f} s of the processor")
        print(f"gate, to all of it        {min(whole for _, whole in starts):.2f} s")
        print(f"lane rest                 {min(to_rest(file) for _ in range(times)):.2f} s")


if __name__ == "__main__":
    main()
