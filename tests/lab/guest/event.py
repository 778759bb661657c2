"""Wait for an event, by the machine's own clock: `event.py JOURNAL AFTER WORD WITHIN`.

Prints the sequence of the first event after AFTER whose body has WORD in it; without WORD, that of the last
event. Of the newest epoch's events: each epoch counts from 1. By SQLite alone: starting Python with all of
Gatepost takes an emulated machine half a minute.
"""

import sqlite3
import sys
import time

NEWEST = "FROM event WHERE epoch = (SELECT max(epoch) FROM event)"
FOUND = f"SELECT sequence {NEWEST} AND sequence > ? AND instr(body, CAST(? AS BLOB)) ORDER BY 1 LIMIT 1"
LAST = f"SELECT coalesce(max(sequence), 0) {NEWEST}"


def main(journal: str, after: str = "", word: str = "", within: str = "0") -> None:
    until = time.monotonic() + float(within)
    while True:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=5) as database:
            row = database.execute(FOUND, (int(after), word)).fetchone() if word else None
            last = database.execute(LAST).fetchone()
        if not word or row is not None:
            print((row or last)[0])
            return
        if time.monotonic() > until:
            sys.exit(f"no event with {word!r} after {after} within {within} s of the machine's clock")
        time.sleep(0.1)


main(*sys.argv[1:])
