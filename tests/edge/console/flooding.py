"""A flood of a console's pages, out of a process of its own: neither the gate nor the console pays for it.

python -m tests.edge.console.flooding ADDRESS [SESSION]: floods until its standard input ends, and says when
it was refused often enough to be a flood; at the end, how often each status was answered, and one refusal.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.waiting import PATIENT

A_SECOND = 400
"""Requests of all together, where the console answers so many."""
REFUSALS = 100
"""What is refused so often floods: on a busy machine that takes its time."""
_ADDRESSES = 8
"""What bounds one browser does not bound these together. The first is that of the staff's sessions."""

_AT_ONCE = 40
"""Connections: one from each address but the first, which has the others. On a slow machine it is refused
too, by how many it has open; the others are where so many are answered in a second.
"""


@contextmanager
def console_process(toml: Path) -> Iterator[str]:
    """The address of a console of its own process, for the gate of a gate.toml that runs."""
    place = toml.parent / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(place))
        channel.settimeout(PATIENT)
        command = [sys.executable, "-m", "edge.cli.main", "console", "run", "--config", str(toml)]
        process = subprocess.Popen(
            [*command, "--listen", "http://127.0.0.1:0"],
            env=os.environ | {"NOTIFY_SOCKET": str(place)},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield channel.recv(4096).decode().partition("STATUS=")[2].strip()
        finally:
            process.terminate()
            process.wait(PATIENT)
            place.unlink()


@contextmanager
def flooded(address: str, session: str, answers: Counter[int]) -> Iterator[list[str]]:
    """Somebody floods the console meanwhile, and until they were refused `REFUSALS` times; afterwards
    `answers` counts each status too, and what is given holds what a refusal said.
    """
    command = [sys.executable, "-m", "tests.edge.console.flooding", address, session]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said: list[str] = []
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "floods\n"
        yield said
        assert process.stdout.readline() == "refused\n"
    finally:
        told, _ = process.communicate(timeout=PATIENT)
        # Where the block failed, "refused" was not read: what it failed of is what the test has to say.
        counts, refusal = json.loads(told.removeprefix("refused\n") or '[{}, ""]')
        answers.update({int(status): count for status, count in counts.items()})
        said.append(refusal)


class _Flood:
    """What was answered to it."""

    def __init__(self, address: str, session: str) -> None:
        place = urlsplit(address)
        self._host, self._port = place.hostname or "", place.port
        self._headers = {"cookie": f"gatepost={session}"} if session else {}
        self.answers = Counter[int]()
        self.refusal = ""
        self.over = threading.Event()

    def work(self, number: int) -> None:
        """Ask again and again, until it is over."""
        while not self.over.is_set():
            with suppress(OSError, HTTPException):
                self._ask(number)

    def say_when_refused(self) -> None:
        """Tell once who watches that it was refused `REFUSALS` times."""
        while self.answers[429] <= REFUSALS:
            if self.over.wait(0.05):
                return
        sys.stdout.write("refused\n")
        sys.stdout.flush()

    def _ask(self, number: int) -> None:
        address = f"127.0.0.{1 + (number if number < _ADDRESSES else 0)}"
        connection = HTTPConnection(self._host, self._port, timeout=PATIENT, source_address=(address, 0))
        due = time.monotonic()
        while not self.over.wait(max(0.0, due - time.monotonic())):
            due = max(due + _AT_ONCE / A_SECOND, time.monotonic() - 1.0)
            connection.request("GET", "/now", headers=self._headers)
            answer = connection.getresponse()
            body = answer.read()
            self.answers[answer.status] += 1
            if answer.status == 429 and not self.refusal:
                self.refusal = body.decode()


def main() -> None:
    """Flood until standard input ends."""
    flood = _Flood(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    threads = [threading.Thread(target=flood.work, args=(number,)) for number in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    sys.stdout.write("floods\n")
    sys.stdout.flush()
    enough = threading.Thread(target=flood.say_when_refused)
    enough.start()
    sys.stdin.read()
    flood.over.set()
    enough.join()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps((flood.answers, flood.refusal)))


if __name__ == "__main__":
    main()
