"""`gatepost central report`, as a person calls it: made, listed, shown, its files checked elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import called
from tests.sync.cli.test_central_export import centre

__all__ = ["centre"]
DAYS = ("--first", "2026-03-01", "--last", "2026-03-05")


def test_a_report_is_made_shown_and_checked(centre: Path) -> None:
    made = called(
        "central",
        "report",
        "create",
        "--place",
        "green-court",
        *DAYS,
        "--actor",
        "Wang Fang",
        "--json",
        cwd=centre,
    )
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert (said["report"], said["state"], said["actor"], said["gates"]) == (1, "made", "Wang Fang", 1)
    assert "green-court" in said["place"]

    [listed] = called("central", "report", "list", cwd=centre).stdout.splitlines()
    assert listed.startswith("1  ")
    shown = called("central", "report", "show", "1", "--save", "files", cwd=centre)
    assert "rests on" in shown.stdout, shown.stderr
    files = centre / "files"
    assert sorted(file.name for file in files.iterdir()) == [
        "report-1.parquet",
        "report-1.pdf",
        "report-1.proof",
        "report-1.xlsx",
    ]
    for suffix in ("pdf", "xlsx", "parquet"):
        proof = ("--proof", "report-1.proof", "--key", str(centre / "central.pub"))
        found = called("central", "verify-export", f"report-1.{suffix}", *proof, cwd=files)
        assert found.returncode == 0, found.stderr
    again = called("central", "report", "show", "1", "--save", "files", cwd=centre)
    assert again.returncode == 2
    assert "report-1.pdf" in again.stderr, "nothing is overwritten"


def test_what_cannot_be_made_says_what_to_do(centre: Path) -> None:
    for words, remedy in (
        (("create", "--first", "yesterday", "--last", "2026-03-05"), "2026-11-01"),
        (("create",), "first day"),
        (("create", "--place", "nowhere", *DAYS), "place list"),
        (("show", "7"), "report list"),
    ):
        refused = called("central", "report", *words, cwd=centre)
        assert refused.returncode != 0, refused.stdout
        assert remedy in refused.stderr, refused.stderr
