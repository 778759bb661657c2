"""Be the wires of a header: `watch.py PORT LINE [LINE=LEVEL…]`.

Each change of the first line is told to the lab at once, as a meter on the terminal would read it. The others
are contacts that are closed to a level: a wire beats the pull that a process asks the chip for, but with the
kernel's gpio-sim who spoke last wins, so it is said again. Debian's own Python, with nothing of Gatepost.
"""

import sys
import time
from contextlib import ExitStack
from typing import TextIO

HEADER = "/run/header/sim_gpio{}/{}"


def main(port: str, line: str, *contacts: str) -> None:
    wires = [contact.split("=") for contact in contacts]
    with ExitStack() as stack:
        lab = stack.enter_context(open(port, "w", buffering=1))
        relay = stack.enter_context(open(HEADER.format(line, "value")))
        levels = [
            (stack.enter_context(open(HEADER.format(number, "value"))), number, level)
            for number, level in wires
        ]
        before = ""
        while True:
            now = read(relay)
            if now != before:
                lab.write(f"{time.monotonic():.4f} {now}\n")
                before = now
            for file, number, level in levels:
                if read(file) != level:
                    with open(HEADER.format(number, "pull"), "w") as pull:
                        pull.write("pull-up" if level == "1" else "pull-down")
            time.sleep(0.001)


def read(file: TextIO) -> str:
    file.seek(0)
    return file.read(1)


main(*sys.argv[1:])
