"""The support bundle: it says what is wrong with a gate, and nothing of anybody.

A gate whose every text is marked shows it: no mark is in the bundle.
"""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from edge.admin.site_admin import SiteFile, init_site
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import ClockTrust, WallTime
from edge.diagnostics.beside import Beside, look_beside
from edge.diagnostics.board_facts import BoardFacts, board_facts
from edge.diagnostics.bundle import MOST_BUNDLE_BYTES, BundleContents, bundle_of
from edge.diagnostics.check import check_beside, check_gate
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.redaction import known_words, plain_fields
from edge.journal.factory import open_journal
from edge.journal.format import LaneDuress, ShiftBegun, StaffDuress
from edge.lane.configuration import LaneDirection
from edge.support.recent_log import MOST_LINES, RecentLine, RecentLog

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MARKS = ("hidden", "marked", "马克")
"""What is hidden by where it stands, and what because it is known to name somebody."""
PEOPLE = known_words(("marked-wei", "Marked Berg", "marked/2/301", "马克"))


@pytest.fixture(scope="module")
def gate_toml(tmp_path_factory: pytest.TempPathFactory) -> GateConfiguration:
    """The gate of a site that was just made."""
    folder = tmp_path_factory.mktemp("site") / "site"
    init_site(folder, SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOON)
    return load_configuration(folder / "gates" / "main" / "gate.toml")


def lines(**fields: object) -> tuple[RecentLine, ...]:
    """A line of a log, as it is kept."""
    log = RecentLog(plain_fields)
    log.note(
        None, "info", {"timestamp": "2026-03-03T12:00:00Z", "level": "info", "event": "happened", **fields}
    )
    return log.lines


def opened(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def marked(configuration: GateConfiguration) -> GateConfiguration:
    """The configuration with a mark in each text that a person chose."""
    table = msgspec.to_builtins(configuration, enc_hook=str)
    table["gate"] |= {"id": "hidden-gate", "site": "hidden-site", "device": "hidden-device"}
    table["vision"] |= {"camera": "rtsp://hidden:hidden@hidden.example/live"}
    return msgspec.convert(table, GateConfiguration, dec_hook=lambda kind, value: kind(value))


CHECKS = (
    CheckResult(Verdict.BAD, "policy", "gate 'hidden-gate' is not in it: everybody is refused", "mend it"),
    CheckResult(Verdict.WARNING, "counts", "/srv/hidden/inbox is not a folder", "check counts.inbox"),
    CheckResult(Verdict.WARNING, "camera", "rtsp://hidden:***@hidden.example gives no picture"),
    CheckResult(Verdict.WARNING, "faces", "marked-wei and Marked Berg look alike; 马克 as well"),
)  # fmt: skip


def test_a_gate_full_of_marks_gives_a_bundle_without_one(gate_toml: GateConfiguration) -> None:
    log = (
        *lines(staff="hidden-fang", subject="hidden", text="hidden", by="hidden", input="/hidden/a.jpg"),
        *lines(error="the file '/home/hidden/x' of marked-wei, Marked Berg, 马克 is damaged"),
        *lines(error='hidden@example.org, https://hidden/, ~/hidden.jpg: "hidden" is no picture'),
        *lines(reason="hidden wei", detail="rtsp://hidden:hidden@hidden gives nothing", name="hidden"),
    )
    beside = Beside(
        CHECKS,
        BoardFacts("Raspberry Pi 4", 4, 0.5, 60.0, 512, 4096, 9000, 30000, 51.0),
        {"gatepost": "1"},
        {"access_decided": 7},
    )
    files = opened(bundle_of(BundleContents(marked(gate_toml), beside, log, NOON, PEOPLE)))
    for name, text in files.items():
        assert not [mark for mark in MARKS if mark in text.casefold()], name
    checks = json.loads(files["checks.json"])["checks"]
    assert [check["verdict"] for check in checks] == ["bad", "warning", "warning", "warning"]
    assert checks[0]["text"] == "gate … is not in it: everybody is refused"
    assert json.loads(files["events.json"]) == {"access_decided": 7}
    assert json.loads(files["board.json"])["celsius"] == 51.0
    assert json.loads(files["configuration.json"])["vision"]["width"] == 640
    assert "is damaged" in files["log.txt"]


def test_a_bundle_tells_nobody_of_duress(gate_toml: GateConfiguration) -> None:
    """Whoever forces somebody at a gate may have a bundle made, and read it."""
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    with closing(open_journal(gate_toml.journal.path, gate_toml.gate.id)) as journal:
        for event in (StaffDuress("wang", "let_in"), LaneDuress(shift="wang"), ShiftBegun("wang")):
            journal.append(event, wall)
    counted = look_beside(gate_toml).events
    assert counted["shift_begun"] == 1
    assert not [kind for kind in counted if "duress" in kind]


def test_a_bundle_is_small_whatever_is_logged(gate_toml: GateConfiguration) -> None:
    """The newest lines are kept; the oldest go first."""
    draw = Random(1)
    log = tuple(
        line
        for number in range(MOST_LINES)
        for line in lines(line_number=number, **{f"n{field}": draw.random() for field in range(60)})
    )
    packed = bundle_of(BundleContents(gate_toml, Beside(), log, NOON, frozenset()))
    assert len(packed) <= MOST_BUNDLE_BYTES
    assert f"line_number={MOST_LINES - 1} " in opened(packed)["log.txt"]
    assert "line_number=0 " not in opened(packed)["log.txt"]


def test_only_the_newest_lines_of_a_log_are_held() -> None:
    log = RecentLog(plain_fields)
    for number in range(2 * MOST_LINES):
        log.note(None, "info", {"event": "happened", "number": number})
    assert [line.fields["number"] for line in log.lines] == list(range(MOST_LINES, 2 * MOST_LINES))


def test_a_process_beside_the_gate_finds_what_the_command_finds(gate_toml: GateConfiguration) -> None:
    """Camera, pins, thermometer and scanners are the gate's own meanwhile, and left alone."""
    beside = look_beside(gate_toml)
    assert beside.problem == ""
    found = [(check.verdict, check.what, check.remedy) for check in check_beside(gate_toml)]
    assert [(check.verdict, check.what, check.remedy) for check in beside.checks] == found
    assert {found.what for found in beside.checks} < {found.what for found in check_gate(gate_toml)} | {
        "journal"
    }
    assert not {"camera", "pins", "thermometer", "scanners"} & {found.what for found in beside.checks}
    assert beside.board is not None
    assert beside.board.memory > 0
    assert {"python", "kernel", "gatepost", "msgspec"} <= beside.versions.keys()


@pytest.mark.parametrize(
    "command", [("false",), ("/no/such/program",), ("cat", "/dev/null"), ("echo", "noise")]
)
def test_a_process_that_fails_is_a_problem_in_words(
    gate_toml: GateConfiguration, command: tuple[str, ...]
) -> None:
    assert look_beside(gate_toml, command).problem.startswith("the checks could not be made")


def test_the_board_says_how_warm_it_is_where_linux_does(tmp_path: Path) -> None:
    def put(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert board_facts(tmp_path, tmp_path).celsius is None
    put("proc/meminfo", "MemTotal: 3884000 kB\nMemAvailable: 2000000 kB\nnoise\n")
    put("proc/loadavg", "0.52 0.4 0.3 1/200 999\n")
    put("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    put("sys/class/thermal/thermal_zone0/temp", "51234\n")
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n")
    found = board_facts(tmp_path / "not" / "there", tmp_path)
    assert (found.model, found.celsius, found.load) == ("Raspberry Pi 4 Model B Rev 1.4", 51.2, 0.52)
    assert (found.memory, found.memory_free, found.throttled) == (3792, 1953, True)
