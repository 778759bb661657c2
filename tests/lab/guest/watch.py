"""Say each change of a line of the header to the lab, at once: `watch.py LINE PORT`.

A process of the guest's own Python, with nothing of Gatepost in it: what a meter on the terminal would read.
"""

import sys
import time


def main(line: str, port: str) -> None:
    value = f"/run/header/sim_gpio{line}/value"
    with open(value) as level, open(port, "w", buffering=1) as lab:
        before = ""
        while True:
            level.seek(0)
            now = level.read(1)
            if now != before:
                lab.write(f"{time.monotonic():.4f} {now}\n")
                before = now
            time.sleep(0.001)


main(*sys.argv[1:])
