"""What shows that a version works: its start and its probe in the journal that the gate serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.decision import Decision, Mode, Outcome, PassVerdict, Reason
from edge.journal.factory import open_journal
from edge.journal.feed.server import journal_server
from edge.journal.format import Event, GateStarted, ProbeDecided
from edge.journal.store import Journal
from sync.updates import host
from sync.updates.core import UpdateError
from sync.updates.host import GATE, JournalWitness, Systemd, units_are_stale
from tests.edge.registry.repository import NOW
from tests.events import noted

PROBED = Decision(Outcome.DENY, Reason.TEST_CODE, "pass.probe")
OLD, NEW = GateStarted("0.1.0", "", 1), GateStarted("0.2.0", "", 1)
WORKS = ProbeDecided(PROBED, PassVerdict.GENUINE, Mode.CODE, 1, "", 1.0)
FAILS = ProbeDecided(PROBED, PassVerdict.GENUINE, Mode.CODE, 1, "gone", 1.0, ("camera",))


@contextmanager
def serving(folder: Path, *events: Event) -> Iterator[tuple[Journal, Path]]:
    path, place = folder / "journal.sqlite", folder / "journal.sock"
    with open_journal(path, "main", NOW) as journal, journal_server(path, place):
        for event in events:
            journal.append(event, NOW)
        yield journal, place


def witness(place: Path | None, *, looks: int = 3) -> JournalWitness:
    """One whose time is over after so many looks."""
    ticks = iter(range(1000))
    return JournalWitness(
        place, within=float(looks), monotonic=lambda: float(next(ticks)), pause=lambda _: None
    )


@pytest.mark.parametrize(
    ("before", "probed"), [([], False), ([WORKS], True), ([WORKS, FAILS], False), ([FAILS, WORKS], True)]
)
def test_how_the_gate_is_before_an_exchange(tmp_path: Path, before: list[Event], probed: bool) -> None:
    with serving(tmp_path, OLD, *before, noted()) as (journal, place):
        assert witness(place).newest() == (journal.epoch, len(before) + 2, probed)


ENOUGH: list[tuple[str, list[Event], bool, str]] = [
    ("started, and its probe works", [NEW, WORKS], True, ""),
    ("its probe works at last", [NEW, FAILS, WORKS], True, ""),
    ("nobody probed before", [NEW], False, ""),
    ("it did not start", [noted()], False, "its start is not in the journal"),
    ("the old one started", [OLD, WORKS], True, "its start is not in the journal"),
    ("no probe", [NEW, noted()], True, "its probe does not answer"),
    ("a probe of the old one", [WORKS, NEW], True, "its probe does not answer"),
    ("a probe that fails", [NEW, FAILS], True, "its probe found wrong: camera"),
    ("it gave way to the old one", [NEW, OLD, WORKS], True, "its start is not in the journal"),
]


@pytest.mark.parametrize(
    ("after", "probed", "why"), [row[1:] for row in ENOUGH], ids=[row[0] for row in ENOUGH]
)
def test_what_shows_that_a_version_works(tmp_path: Path, after: list[Event], probed: bool, why: str) -> None:
    with serving(tmp_path, NEW, WORKS, OLD) as (journal, place):
        for event in after:
            journal.append(event, NOW)
        look = witness(place)
        if why:
            with pytest.raises(UpdateError, match=why):
                look.works("0.2.0", journal.epoch, 3, probed=probed)
        else:
            look.works("0.2.0", journal.epoch, 3, probed=probed)


def test_a_gate_that_is_gone_is_waited_for_so_long(tmp_path: Path) -> None:
    gone = witness(tmp_path / "journal.sock")
    assert gone.newest() == (b"", 0, False)
    with pytest.raises(UpdateError, match="the gate does not run"):
        gone.works("0.2.0", b"", 0, probed=True)


def test_a_gate_that_serves_no_journal_is_believed_when_it_is_ready() -> None:
    witness(None).works("0.2.0", b"", 0, probed=False)


@pytest.mark.parametrize(
    ("read", "started", "verb"),
    [
        ("5000", "5001", "start"),  # by Restart=, since
        ("5000", "4999", "restart"),  # by what was read before
        ("5000", "0", "restart"),  # never
        ("0", "4999", "restart"),
        ("", "4999", "restart"),  # a systemd that does not say it
        ("5000", "[not set]", "restart"),
    ],
)
def test_a_gate_that_systemd_has_started_since_is_not_started_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str, started: str, verb: str
) -> None:
    said, systemctl = tmp_path / "said", tmp_path / "systemctl"
    systemctl.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f'"show --value --property UnitsLoadTimestampMonotonic") echo "{read}" ;;\n'
        f'"show --value --property ExecMainStartTimestampMonotonic {GATE}") echo "{started}" ;;\n'
        f'*) echo "$*" >>{said} ;;\n'
        "esac\n"
    )
    systemctl.chmod(0o755)
    monkeypatch.setattr(host, "_SYSTEMCTL", str(systemctl))
    Systemd().run_as_read(GATE, 10)
    assert said.read_text() == f"{verb} {GATE}\n"


def test_what_systemctl_says_of_its_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text("#!/bin/sh\nprintf 'Job failed \\377.\\nmore\\n' >&2; exit 1\n")
    systemctl.chmod(0o755)
    monkeypatch.setattr(host, "_SYSTEMCTL", str(systemctl))
    with pytest.raises(
        UpdateError, match=r"systemctl restart gatepost-gate\.service failed: Job failed .\. "
    ):
        Systemd().run_as_read(GATE, 10)


def test_units_are_stale_where_the_generator_would_give_others_now(tmp_path: Path) -> None:
    """As at a start of a computer whose /opt/gatepost is mounted after systemd asked."""
    generator, given = tmp_path / "gatepost-units", tmp_path / "given"
    given.mkdir()
    assert not units_are_stale(generator, given)
    generator.write_text('#!/bin/sh\necho "# of 2.0" >"$1/gatepost-gate.service"\n')
    generator.chmod(0o755)
    (given / "other.service").write_text("none of ours")
    assert units_are_stale(generator, given)
    (given / "gatepost-gate.service").write_text("# of 1.0\n")
    assert units_are_stale(generator, given)
    (given / "gatepost-gate.service").write_text("# of 2.0\n")
    assert not units_are_stale(generator, given)
    generator.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UpdateError, match="cannot be told"):
        units_are_stale(generator, given)
