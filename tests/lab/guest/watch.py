"""Be the wires of a header: `watch.py PORT LINE [LINE=LEVEL…]`.

Each change of the first line is told to the lab at once, as a meter on the terminal would read it, and twice
a second the machine's clock, by which the lab waits. The others are contacts that are closed to a level: a
wire beats the pull that a process asks the chip for, but with the kernel's gpio-sim who spoke last wins. So
it is said again as soon as the kernel tells that a line was claimed, before who claims it can read: else each
start of a gate would begin with a fire. Debian's own Python, with nothing of Gatepost.
"""

import fcntl
import os
import select
import struct
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

HEADER = "/run/header/sim_gpio{}/{}"
WATCH = 0xC100B406
"""GPIO_V2_GET_LINEINFO_WATCH_IOCTL of linux/gpio.h: 256 bytes, the line's number from the 65th."""
CHANGED = 288
"""Bytes of one gpio_v2_line_info_changed."""


def main(port: str, line: str, *contacts: str) -> None:
    wires = [contact.split("=") for contact in contacts]
    with ExitStack() as stack:
        lab = stack.enter_context(open(port, "w", buffering=1))
        relay = stack.enter_context(open(HEADER.format(line, "value")))
        levels = [
            (stack.enter_context(open(HEADER.format(number, "value"))), number, level)
            for number, level in wires
        ]
        chip = os.open(f"/dev/{Path('/run/header').resolve().name}", os.O_RDONLY | os.O_NONBLOCK)
        for number, _ in wires:
            fcntl.ioctl(chip, WATCH, bytearray(struct.pack("<64xI188x", int(number))))
        claims = select.poll()
        claims.register(chip, select.POLLIN)
        before, round_ = "", 0
        while True:
            now = read(relay)
            if now != before:
                lab.write(f"{time.monotonic():.4f} {now}\n")
                before = now
            if round_ % 500 == 0:
                lab.write(f"clock {time.monotonic():.3f}\n")
            for file, number, level in levels:
                if read(file) != level:
                    with open(HEADER.format(number, "pull"), "w") as pull:
                        pull.write("pull-up" if level == "1" else "pull-down")
            round_ += 1
            if claims.poll(1):
                os.read(chip, 16 * CHANGED)


def read(file: TextIO) -> str:
    file.seek(0)
    return file.read(1)


main(*sys.argv[1:])
