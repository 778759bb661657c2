"""Tell the lab of each event that lies in the journal: `follow.py JOURNAL PORT`, a line "SEQUENCE HASH" each.

It reads by SQLite alone. In WAL mode a reader sees a row once the writer has synced it: what is told here
must be there after any cut of the power.
"""

import sqlite3
import sys
import time


def main(journal: str, port: str) -> None:
    seen = 0
    with open(port, "w", buffering=1) as lab:
        while True:
            try:
                with sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=5) as database:
                    database.isolation_level = None
                    while True:
                        rows = database.execute(
                            "SELECT sequence, hex(hash), kind FROM event WHERE sequence > ? ORDER BY 1",
                            (seen,),
                        ).fetchall()
                        for sequence, hash_, kind in rows:
                            lab.write(f"{sequence} {hash_} {kind}\n")
                            seen = sequence
                        time.sleep(0.01)
            except sqlite3.OperationalError:
                time.sleep(0.2)


main(*sys.argv[1:])
