"""A visitor's one-time pass, shown again at a gate whose journal was lost, in processes of the gate."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.configuration import load_configuration
from edge.errors import JournalError
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.journal.used_copy import FILE_NAME
from tests.examples import LONG
from tests.forked import gatepost, wait
from tests.waiting import soon

if TYPE_CHECKING:
    from tests.scenarios.conftest import Site

WITHIN = 60.0
"""Seconds for a gate's start and its first decision, on a busy machine."""


@dataclass(frozen=True)
class Lane:
    """A gate whose camera sees the pictures of one folder, once, at each start."""

    configuration: Path
    journal: Path
    copy: Path

    @classmethod
    def of(cls, site: Site, pictures: Path) -> Lane:
        text = site.configuration.read_text()
        site.configuration.write_text(
            text.replace('"v4l2:0"', f'"folder:{pictures}"').replace('"sface"', '"none"')
        )
        made = load_configuration(site.configuration)
        return cls(site.configuration, made.journal.path, made.registry.folder / FILE_NAME)

    def decides(self) -> tuple[str, str]:
        """Outcome and reason of what the gate decides on after a start; it is stopped then."""
        before = self._decisions().keys()
        log = self.configuration.with_name("log")
        gate = gatepost(("gate", "run", "--config", self.configuration), log, log)
        try:
            soon(lambda: not gate.is_alive() or not self._decisions().keys() <= before)
            assert gate.is_alive(), f"the gate has ended by itself: {log.read_text()[-2000:]}"
        finally:
            gate.terminate()
            wait(gate, WITHIN)
        [decided] = [said for digest, said in self._decisions().items() if digest not in before]
        return decided["outcome"], decided["reason"]

    def _decisions(self) -> dict[bytes, dict[str, Any]]:
        """What the journal holds of decisions, by the events' hashes."""
        with suppress(JournalError), closing(JournalReader(self.journal)) as reader:
            every = [entry for entry in reader.every() if entry.kind == EventKind.ACCESS_DECIDED]
            return {entry.hash: entry.content["decision"] for entry in every}
        return {}


def files_of(path: Path) -> list[Path]:
    return [file for file in path.parent.glob(f"{path.name}*") if not file.name.endswith(".lock")]


def remove(path: Path) -> None:
    for file in files_of(path):
        file.unlink()


@pytest.mark.longer
def test_a_used_one_time_pass_never_opens_again_whatever_becomes_of_the_journal(
    site: Site, tmp_path: Path
) -> None:
    pictures, older = tmp_path / "camera", tmp_path / "older"
    pictures.mkdir()
    site.run("subject", "create", "ann", "--group", "resident", "--status", "green")
    site.build()
    lane = Lane.of(site, pictures)
    resident = shutil.copy(site.pass_picture("ann"), pictures)
    assert lane.decides() == ("grant", "code_accepted")
    shutil.copytree(lane.journal.parent, older)
    Path(resident).unlink()

    shutil.copy(site.pass_picture("ann", "--once", name="once.png"), pictures)
    assert lane.decides() == ("grant", "code_accepted")

    def put_back_older() -> None:
        remove(lane.journal)
        shutil.copy(older / lane.journal.name, lane.journal)

    def empty() -> None:
        remove(lane.journal)
        lane.journal.touch()

    losses: dict[str, Callable[[], object]] = {
        "it was only stopped": lambda: None,
        "the journal is deleted": lambda: remove(lane.journal),
        "emptied": empty,
        "an older copy is put back": put_back_older,
        "it is damaged, and set aside": lambda: lane.journal.write_bytes(b"noise" * 5000),
        "the copy of what was used is deleted": lambda: remove(lane.copy),
        "the copy is damaged": lambda: lane.copy.write_bytes(b"noise" * 5000),
    }
    for how, lose in losses.items() if LONG else [*losses.items()][1::2]:
        lose()
        assert lane.decides() == ("deny", "pass_used"), how

    remove(lane.journal)
    remove(lane.copy)
    assert lane.decides() == ("deny", "pass_use_unknown"), "both are lost"
    if LONG:
        assert lane.decides() == ("deny", "pass_use_unknown"), "and stay so at the next start"
