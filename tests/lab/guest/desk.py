"""A scanner on a serial line, where there is none: `desk.py DEVICE CODES`.

Makes a pseudo-terminal, names it DEVICE, and sends each line that comes by the named pipe CODES, with a CR.
"""

import os
import sys
import tty
from pathlib import Path


def main(device: str, codes: str) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    line = Path(os.ttyname(slave))
    line.chmod(0o666)
    Path(device).unlink(missing_ok=True)
    Path(device).symlink_to(line)
    while True:
        with open(codes) as lines:
            for code in lines:
                os.write(master, code.strip().encode() + b"\r")


main(*sys.argv[1:])
