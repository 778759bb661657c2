"""A process on the journal's socket that means no good: `hostile_reader.py SOCKET WAY`, until it is killed.

It says a line once it has begun. Whatever the gate does to it, it comes back.
"""

from __future__ import annotations

import array
import os
import random
import socket
import sys
import time
from contextlib import suppress

GREATEST = b"\x83\xa4type\xa3ask\xa8sequence\x00\xa4most\x64"
"""As many events as there may be, from the very first on."""
SCRAPS = (
    b"\xff" * 200,
    b"\x91" * 250,
    b"\x83\xa4type\xa3ask\xa8sequence\xcf" + b"\xff" * 8 + b"\xa4most\xce" + b"\xff" * 4,
    b"\x82\xa4type\xa3ask\xa5epoch\xc4\x01x",
    b"\x81\xa4type\xa4page",
    b"\x82\xa4type\xa3ask\xa4most\xa3\xff\xfe\xfd",
    b"x" * 100_000,
    b"",
)
chance = random.Random(7)


def connected(place: str) -> socket.socket:
    gate = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gate.connect(place)
    gate.settimeout(5.0)
    return gate


def holds(place: str) -> None:
    """Asks once, and keeps the connections."""
    gates = [connected(place) for _ in range(3)]
    for gate in gates:
        gate.send(GREATEST)
    say()
    time.sleep(3600)


def greatest(place: str) -> None:
    """Asks for the most there is, again and again, and reads it as fast as it comes."""
    gate = connected(place)
    while True:
        gate.send(GREATEST)
        if not gate.recv(1 << 18):
            return
        say()


def flood(place: str) -> None:
    """Asks and never reads."""
    gate = connected(place)
    gate.settimeout(0.0)
    with suppress(BlockingIOError):
        while True:
            gate.send(GREATEST)
            say()
    gate.settimeout(None)
    gate.send(GREATEST)
    time.sleep(0.05)


def noise(place: str) -> None:
    """Sends what nobody asks with."""
    gate = connected(place)
    gate.send(chance.choice((*SCRAPS, chance.randbytes(100))))
    gate.recv(1 << 18)
    say()


def connects(place: str) -> None:
    """Comes and goes."""
    connected(place).close()
    say()


def descriptors(place: str) -> None:
    """Hands over open files with each question."""
    gate = connected(place)
    files = array.array("i", [0] * 64)
    gate.sendmsg([GREATEST], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    gate.recv(1 << 18)
    say()


said: list[bool] = []


def say() -> None:
    if not said:
        said.append(True)
        os.write(1, b"at work\n")


WAYS = {way.__name__: way for way in (holds, greatest, flood, noise, connects, descriptors)}

if __name__ == "__main__":
    while True:
        with suppress(OSError):
            WAYS[sys.argv[2]](sys.argv[1])
        time.sleep(0.0005)
