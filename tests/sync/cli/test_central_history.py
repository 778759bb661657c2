"""`gatepost central history`, `hold` and `retention`: what is old moves, is held, and is kept for a time."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from edge.admin.site_admin import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.store import open_store
from tests.command_line import called
from tests.sync.central.accesses.examples import sent
from tests.sync.central.history.examples import days
from tests.sync.wire.examples import DEVICE, KEY

OLD = 1_600_000_000_000_000
"""When the centre got them: in 2020, long before today."""


def test_a_centre_moves_what_is_old_and_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    def centre(*words: str) -> tuple[int, str]:
        done = called("central", *words, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    assert called("central", "init", tmp_path, "--plain").returncode == 0
    code, said = centre("history", "archive")
    assert code == 2
    assert "[history]" in said
    configuration = tmp_path / "central.toml"
    folder = tmp_path / "history"
    text = configuration.read_text()
    configuration.write_text(
        f'{text}\n[history]\nfolder = "{folder}"\nafter_days = 31\naccesses_after_days = 31\n'
    )
    [database] = tmp_path.glob("*.sqlite")
    with closing(open_store(f"sqlite:///{database}")) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            key = KEY.public_key().public_bytes_raw()
            enrol_device(connection, DEVICE, ("green-court", "main"), key, 1)
        sent(store, days(2), now=OLD)
    code, said = centre("history", "archive", "--json")
    assert code == 0
    assert [json.loads(line)["count"] for line in said.splitlines()] == [5, 5, 4, 4]
    assert centre("history", "verify")[0] == 0
    code, said = centre("history", "show", "--json")
    assert {(row["kind"], row["count"], row["damaged"]) for row in map(json.loads, said.splitlines())} == {
        ("events", 10, 0),
        ("accesses", 8, 0),
    }
    next(folder.glob("events/*/*")).unlink()
    code, said = centre("history", "verify")
    assert (code, "is gone" in said) == (1, True)
    cut = min(folder.glob("accesses/*/*"))
    cut.write_bytes(cut.read_bytes()[:-20])
    altered = bytearray(max(folder.glob("accesses/*/*")).read_bytes())
    altered[100] ^= 1
    max(folder.glob("accesses/*/*")).write_bytes(altered)
    code, said = centre("history", "verify")
    wrong = {line.partition(": ")[0]: line for line in said.splitlines()}
    assert (code, len(wrong)) == (1, 3)
    assert "bytes, expected" in wrong[cut.relative_to(folder).as_posix()]
    assert "SHA-256" in wrong[max(folder.glob("accesses/*/*")).relative_to(folder).as_posix()]
    what_to_do = "it holds 4 rows of green-court; restore it from a backup, then: gatepost central history"
    assert what_to_do in wrong[cut.relative_to(folder).as_posix()]
    code, said = centre("history", "show")
    assert (code, "accesses: 8 in 2 files" in said, ", 2 files not as written" in said) == (0, True, True)
    assert what_to_do in said
    found = [line for line in centre("check")[1].splitlines() if " history: " in line]
    assert len(found) == 3
    assert all("restore it from a backup" in line for line in found)
    days_of_report = ("--first", "2026-03-01", "--last", "2026-03-05")
    assert centre("report", "create", "--place", "green-court", *days_of_report, "--actor", "wang")[0] == 0
    report = centre("report", "show", "1")[1]
    assert "green-court: a file of its history is not as written (gatepost central history verify)" in report


def test_holds_and_times_of_keeping_are_set_by_name(tmp_path: Path) -> None:
    def centre(*words: str) -> tuple[int, str]:
        done = called("central", *words, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    assert called("central", "init", tmp_path, "--plain").returncode == 0
    [database] = tmp_path.glob("*.sqlite")
    with closing(open_store(f"sqlite:///{database}")) as store, store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
    assert (
        centre("hold", "create", "green-court", "--case", "7", "--reason", "court", "--actor", "wang")[0] == 0
    )
    _, said = centre("hold", "list", "--json")
    [held] = [json.loads(line) for line in said.splitlines()]
    assert (held["case"], held["site"], held["subject"], held["actor"]) == ("7", "green-court", None, "wang")
    assert centre("hold", "lift", "1", "--reason", "closed", "--actor", "wang")[0] == 0
    assert centre("hold", "list", "--json") == (0, "")
    assert centre("hold", "lift", "1", "--reason", "closed")[0] != 0
    assert centre("retention", "set", "accesses", "--days", "400", "--actor", "wang")[0] == 0
    assert centre("retention", "list")[1].split() == ["accesses:", "400", "days", "everywhere"]
    assert centre("retention", "set", "accesses", "--days", "5")[0] != 0
    assert centre("retention", "set", "accesses", "--days", "0", "--actor", "wang")[0] == 0
    assert centre("retention", "list") == (0, "")
