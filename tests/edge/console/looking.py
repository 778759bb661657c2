"""Tablets that look at *Now*, out of a process of their own: neither the gate nor the console pays for them.

python -m tests.edge.console.looking ADDRESS SESSION COUNT: looks until its standard input ends; then says how
many changes were brought to all of them together.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from tests.waiting import PATIENT


@contextmanager
def looked_at(address: str, session: str, count: int) -> Iterator[list[int]]:
    """So many tablets look meanwhile; afterwards what is given holds how many changes they were brought."""
    command = [sys.executable, "-m", "tests.edge.console.looking", address, session, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    brought: list[int] = []
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "look\n", "a tablet was refused"
        yield brought
    finally:
        told, _ = process.communicate(timeout=PATIENT)
        brought.append(int(told or 0))


class _Tablet:
    """An open page *Now*: its stream."""

    def __init__(self, address: str, session: str) -> None:
        place = urlsplit(address)
        self._connection = HTTPConnection(place.hostname or "", place.port, timeout=PATIENT)
        self._connection.request("GET", "/stream?topics=now", headers={"cookie": f"gatepost={session}"})
        self._answer: HTTPResponse = self._connection.getresponse()
        assert self._answer.status == 200, (self._answer.status, self._answer.getheader("location"))
        self.brought = 0

    def look(self, over: threading.Event) -> None:
        """Read on until it is over: heartbeats come each second."""
        with suppress(OSError, HTTPException):
            while not over.is_set():
                self.brought += self._answer.readline().startswith(b"event: now")
        self._connection.close()


def main() -> None:
    """Look until standard input ends."""
    address, session, count = sys.argv[1:]
    over = threading.Event()
    tablets = [_Tablet(address, session) for _ in range(int(count))]
    threads = [threading.Thread(target=tablet.look, args=(over,)) for tablet in tablets]
    for thread in threads:
        thread.start()
    sys.stdout.write("look\n")
    sys.stdout.flush()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    sys.stdout.write(str(sum(tablet.brought for tablet in tablets)))


if __name__ == "__main__":
    main()
