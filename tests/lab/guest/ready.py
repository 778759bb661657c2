"""Wait for a unit, by the machine's own clock: `ready.py UNIT LATER_THAN WITHIN`.

Prints when its main process was started, when it said that it is ready, and the process, once that was after
LATER_THAN. A look costs an emulated machine a twentieth of a second: it looks twice a second, from inside.
"""

import subprocess
import sys
import time

ASKED = ("ActiveState", "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic", "MainPID")


def main(unit: str, later_than: str, within: str) -> None:
    until = time.monotonic() + float(within)
    while True:
        said = subprocess.run(
            ["systemctl", "show", unit, *(word for name in ASKED for word in ("-p", name))],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found = dict(line.split("=", 1) for line in said.split())
        state, process, ready, main_process = (found[name] for name in ASKED)
        if state == "active" and int(ready) / 1e6 > float(later_than):
            print(int(process) / 1e6, int(ready) / 1e6, main_process)
            return
        if time.monotonic() > until:
            sys.exit(f"{unit} is {state}, not ready within {within} s of the machine's clock")
        time.sleep(0.5)


main(*sys.argv[1:])
