"""Checks a gate for what would keep it from working: each result says what, where and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import models
from edge.boards.files import load_board, problems_of, read_board
from edge.boards.format import Board, ProblemSeverity
from edge.configuration import GateConfiguration
from edge.devices.pins import PinFactory, board_pins, held_by_others
from edge.diagnostics.check_liveness import check_liveness
from edge.diagnostics.check_packaged import check_packaged
from edge.diagnostics.check_registry import check_clock, check_registry
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.check_scanners import check_scanners
from edge.diagnostics.check_updates import check_updates
from edge.errors import DeviceError, GatepostError, VisionError
from edge.lane.configuration import LaneDirection, PinKind
from edge.prompts.texts import LANGUAGES, recorded_texts
from edge.prompts.voice import file_of, recording_of
from edge.runtime.buses import buses_in_use
from edge.runtime.people_counting import lane_of
from edge.support.disks import existing
from edge.thermometry.configuration import ThermometerKind
from edge.thermometry.factory import thermometer_for
from edge.vision.configuration import FaceEngineName
from edge.vision.worker.confinement import offered
from edge.vision.worker.process import try_to_start

_Check = Callable[[GateConfiguration], Iterator[CheckResult]]
_Named = tuple[str, _Check]

_ENOUGH_SPACE = 200 * 1024 * 1024


def check_gate(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Check everything that a gate needs before it runs; nothing is changed."""
    return _checked(_CHECKS, configuration)


def check_beside(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Check what can be checked of a gate that runs, and has its devices for itself."""
    return _checked(_BESIDE, configuration)


def _checked(checks: Iterable[_Named], configuration: GateConfiguration) -> Iterator[CheckResult]:
    for name, check in checks:
        try:
            yield from check(configuration)
        except (GatepostError, models.ModelError) as error:
            yield CheckResult(Verdict.BAD, name, f"{error.where}: {error.what}".strip(": "), error.remedy)


def _models(configuration: GateConfiguration) -> Iterator[CheckResult]:
    if configuration.vision.engine is FaceEngineName.SFACE:
        for name in ("yunet", "sface"):
            yield CheckResult(Verdict.GOOD, "models", f"{name}: {models.path_of(name)}")
    else:
        yield CheckResult(
            Verdict.GOOD, "models", f"faces = {configuration.vision.engine}: no model files needed"
        )


def _camera(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Take one picture, in this process: the check is not the gate."""
    if not configuration.vision.watches:
        yield CheckResult(Verdict.GOOD, "camera", "none is asked for: this gate reads codes by its scanners")
        return
    # OpenCV is loaded by the worker and by this check, never by the gate.
    from edge.vision.cameras.factory import camera_for  # noqa: PLC0415
    from edge.vision.configuration import FrameMode  # noqa: PLC0415

    camera = camera_for(configuration.vision, FrameMode.LIVE)
    try:
        camera.open()
        taken = camera.next_picture()
    finally:
        camera.close()
    if taken is None:
        yield CheckResult(Verdict.BAD, "camera", f"{camera.name} gives no picture")
        return
    height, width = taken[0].shape[:2]
    yield CheckResult(Verdict.GOOD, "camera", f"{camera.name}: {width}×{height}")


def _worker(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Whether a vision worker starts, and what one that somebody has taken over could still reach."""
    if not configuration.vision.watches:
        return
    try:
        try_to_start(configuration.vision)
    except VisionError as error:
        text = f"cannot start, so this gate sees nobody: {error.what}"
        yield CheckResult(Verdict.BAD, "vision worker", text, error.remedy or "mend what it says")
        return
    yield from _confinement(configuration)


def _confinement(_configuration: GateConfiguration) -> Iterator[CheckResult]:
    """What a vision worker that somebody has taken over could still reach."""
    remedies = {
        "files": "use Debian's kernel, with landlock among lsm= of its command line; see docs/security.md",
        "system calls": "apt-get install libseccomp2",
    }
    missing = offered()
    for text in missing:
        remedy = remedies.get(text.partition(":")[0], "a newer kernel can; see docs/security.md")
        yield CheckResult(Verdict.WARNING, "vision worker", f"not fully confined: {text}", remedy)
    if not missing:
        yield CheckResult(Verdict.GOOD, "vision worker", "confined: reaches its camera, nothing of the gate")


def _board(configuration: GateConfiguration) -> Iterator[CheckResult]:
    board, document = read_board(configuration.lane.board)
    for found in problems_of(board, buses_in_use(configuration, board), document):
        verdict = Verdict.BAD if found.severity is ProblemSeverity.ERROR else Verdict.WARNING
        yield CheckResult(verdict, f"board {board.name}", f"{found.where}: {found.what}", found.remedy)


def _pins(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Whether the board's lines are to be had."""
    board = load_board(configuration.lane.board)
    if configuration.lane.pins is PinKind.GPIO:
        with closing(board_pins(board)) as pins:
            yield CheckResult(Verdict.GOOD, "pins", f"GPIO can be used: {pins.chip_name}")
            for text in held_by_others(board, pins):
                yield CheckResult(Verdict.BAD, "pins", text, "disable what uses it, or use another pin")
            yield from _relay_board(board, pins)
    else:
        yield CheckResult(
            Verdict.WARNING, "pins", "pins are simulated: no barrier will move", 'write pins = "gpio"'
        )


def _relay_board(board: Board, pins: PinFactory) -> Iterator[CheckResult]:
    """Whether the relay board answers on its bus."""
    if board.relay_board is None:
        return
    try:
        pins.probe()
    except DeviceError as error:
        yield CheckResult(Verdict.BAD, "relay board", f"{error.where}: {error.what}", error.remedy)
    else:
        yield CheckResult(Verdict.GOOD, "relay board", f"a {board.relay_board.model} answers")


def _disk(configuration: GateConfiguration) -> Iterator[CheckResult]:
    folder = existing(configuration.journal.path.parent)
    free = shutil.disk_usage(folder).free
    verdict = Verdict.GOOD if free > _ENOUGH_SPACE else Verdict.WARNING
    remedy = "" if verdict is Verdict.GOOD else "free some space"
    yield CheckResult(verdict, "disk", f"{free >> 20} MiB free for the journal", remedy)
    if not os.access(folder, os.W_OK):
        yield CheckResult(Verdict.BAD, "journal", f"{folder} cannot be written", "give it to the gate's user")


def _journal(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """Who may open it besides the gate, and how the sync process reads its events."""
    section = configuration.journal
    path = section.path
    files = [path, *(path.with_name(f"{path.name}-{ending}") for ending in ("wal", "shm"))]
    open_ones = [file for file in files if _mode(file) & 0o077]
    if open_ones and _mode(path.parent) & 0o011:
        text = f"others may open {open_ones[0]}, and keep the gate from writing"
        yield CheckResult(Verdict.WARNING, "journal", text, f"chmod 0700 {path.parent}; chmod 0600 {path}*")
    if section.socket is None and section.acknowledged is not None:
        text = "not served: no event reaches central"
        yield CheckResult(Verdict.WARNING, "journal", text, "set journal.socket in gate.toml and sync.toml")
    elif section.socket is not None and not os.access(section.socket.parent, os.W_OK):
        text = f"{section.socket} cannot be created: no event reaches central"
        yield CheckResult(Verdict.WARNING, "journal", text, "check journal.socket in gate.toml")


def _mode(path: Path) -> int:
    """The mode of what is at `path`; 0 where nobody but its owner can say."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _lane(configuration: GateConfiguration) -> Iterator[CheckResult]:
    if configuration.gate.direction is LaneDirection.BOTH:
        yield CheckResult(
            Verdict.WARNING,
            "direction",
            "both ways are decided on as entries: home isolation is not enforced here",
            "give each way its own gate; with two beams, at least the passages are counted each way",
        )


def _thermometer(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """One measurement, of what is before it now."""
    section = configuration.thermometer
    device = thermometer_for(section)
    if device is None:
        yield CheckResult(Verdict.GOOD, "thermometer", "none is asked for")
        return
    try:
        device.open()
        raw = device.read()
    except DeviceError as error:
        # The gate works without it: nobody is refused for a missing measurement.
        yield CheckResult(Verdict.WARNING, "thermometer", f"{error.where}: {error.what}", error.remedy)
        return
    finally:
        device.close()
    around = "" if raw.ambient is None else f", ambient {raw.ambient:.2f} °C"
    far = "" if raw.distance is None else f", distance {raw.distance:.0f} mm"
    offset = f", offset {section.offset:+.2f} °C by configuration" if section.offset else ""
    verdict = Verdict.WARNING if section.kind is ThermometerKind.SIMULATED else Verdict.GOOD
    yield CheckResult(verdict, "thermometer", f"{device.name}: {raw.celsius:.2f} °C{around}{far}{offset}")


def _counting(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """What the count is based on, and the files that the gates exchange."""
    lane, section = lane_of(configuration, load_board(configuration.lane.board)), configuration.counts
    if lane.beams:
        yield CheckResult(Verdict.GOOD, "counting", "two beams see who passes, and which way")
    else:
        yield CheckResult(
            Verdict.WARNING, "counting", "no two beams: figures are estimates", "wire beam_outer, beam_inner"
        )
    if section.inbox is not None and not section.inbox.is_dir():
        yield CheckResult(
            Verdict.WARNING, "counts", f"{section.inbox} is not a folder", "check counts.inbox in gate.toml"
        )
    if section.outbox is not None and not os.access(section.outbox.parent, os.W_OK):
        yield CheckResult(
            Verdict.WARNING,
            "counts",
            f"{section.outbox} cannot be written",
            "check counts.outbox in gate.toml",
        )


def _prompts(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """The recordings, the player, and whether a screen can be shown."""
    section = configuration.prompts
    if section.screen and configuration.staff.socket is None:
        yield CheckResult(
            Verdict.WARNING,
            "screen",
            "nobody can show it: staff.socket is not named",
            "name staff.file and staff.socket in gate.toml, and start the console: docs/prompts.md",
        )
    if section.voice is None:
        yield CheckResult(Verdict.GOOD, "voice", "none is asked for")
        return
    if shutil.which("aplay") is None:
        yield CheckResult(
            Verdict.WARNING, "voice", "aplay is not installed", "sudo apt-get install alsa-utils"
        )
    files = [file_of(section.voice, language, code) for language in LANGUAGES for code in recorded_texts()]
    bad = [error for error in map(_unusable, files) if error is not None]
    if bad:
        text = f"{len(bad)} of {len(files)} recordings cannot be used; {bad[0].where}: {bad[0].what}"
        yield CheckResult(Verdict.WARNING, "voice", text, f"gatepost prompts render {section.voice}")
    else:
        yield CheckResult(
            Verdict.GOOD, "voice", f"{section.voice}: every prompt in {' and '.join(LANGUAGES)}"
        )


def _unusable(recording: Path) -> DeviceError | None:
    try:
        recording_of(recording)
    except DeviceError as error:
        return error
    return None


_CHECKS: tuple[_Named, ...] = (
    ("models", _models),
    ("liveness", check_liveness),
    ("camera", _camera),
    ("vision worker", _worker),
    ("scanners", check_scanners),
    ("board", _board),
    ("pins", _pins),
    ("lane", _lane),
    ("counting", _counting),
    ("thermometer", _thermometer),
    ("voice", _prompts),
    ("registry", check_registry),
    ("clock", check_clock),
    ("disk", _disk),
    ("journal", _journal),
    ("computer", check_packaged),
    ("updates", check_updates),
)
_TAKES_NO_DEVICE = frozenset(
    {
        _models,
        check_liveness,
        _board,
        _lane,
        _counting,
        _prompts,
        check_registry,
        check_clock,
        _disk,
        _journal,
        check_packaged,
    }
)
"""Named one by one: a check that somebody adds opens nothing beside a gate before it is named here."""
_BESIDE: tuple[_Named, ...] = (
    *(each for each in _CHECKS if each[1] in _TAKES_NO_DEVICE),
    ("vision worker", _confinement),
)
