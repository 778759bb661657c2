"""The steps of a setup: each asks, judges what was answered, and tries it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from edge.boards.files import problems_of, read_board
from edge.boards.format import Board, Computer, ProblemSeverity
from edge.errors import ConfigurationError
from edge.lane.configuration import LaneDirection, PinKind
from edge.runtime.buses import buses_in_use
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.setup.core import (
    KEEP,
    NONE,
    OTHER,
    Draft,
    Question,
    SetupStep,
    Trial,
    TrialKind,
    board_question,
    camera_question,
    console_question,
    direction_question,
    inputs_trial,
    language_question,
    misfit,
    output_trials,
    scanner_kind_question,
    scanner_question,
    thermometer_question,
    voice_question,
)
from edge.setup.talk import Talk, absolute
from edge.setup.units import SCREEN
from edge.support.addresses import without_password
from edge.thermometry.configuration import ThermometerKind, ThermometerSection
from edge.vision.cameras.device import is_device
from edge.vision.configuration import NO_CAMERA


def ask_way(talk: Talk, draft: Draft, *, known: bool = True) -> Draft:
    """Direction and language. A direction that is not `known` is offered to no person; answers that do not
    say it go on, as they did in every version.
    """
    offered = draft.direction if known or not talk.asker.attended else None
    direction = talk.asker.choose(direction_question(offered))
    language = talk.asker.choose(language_question(draft.language))
    return replace(draft, direction=LaneDirection(direction), language="en" if language == "en" else "zh")


def ask_board(talk: Talk, draft: Draft) -> Draft:
    """The board file, then its lamps, its barrier, its inputs."""
    draft = talk.again(lambda: _board(talk, draft))
    board, _ = read_board(draft.board)
    if board.computer is not Computer.SIMULATED:
        talk.asker.tell(f"wiring and test sheet: gatepost board draw {draft.board} --out wiring.html")
        talk.asker.tell(f"lines for config.txt:  gatepost boot show {draft.board}")
    for trial in output_trials(board):
        talk.try_out(draft, trial)
    if draft.pins is PinKind.GPIO and talk.asker.attended:
        talk.try_out(draft, inputs_trial(board))
    return draft


def _board(talk: Talk, draft: Draft) -> Draft:
    name = talk.asker.choose(board_question(talk.found, draft, chosen_before=not talk.is_new))
    if name.endswith(".toml") or "/" in name:
        name = str(absolute(name, "board"))
    board, document = read_board(name)
    pins = talk.answers.pins or (PinKind.SIMULATED if board.computer is Computer.SIMULATED else PinKind.GPIO)
    chosen = replace(draft, board=name, pins=pins)
    if pins is PinKind.GPIO:
        _refuse_misfit(talk, board, name)
    _, _, configuration = talk.document(chosen)
    for found in problems_of(board, buses_in_use(configuration, board), document):
        if found.severity is ProblemSeverity.ERROR:
            raise ConfigurationError(found.what, where=f"board {name}: {found.where}", remedy=found.remedy)
        talk.asker.tell(f"warning: {found.where}: {found.what} → {found.remedy}")
    return chosen


def _refuse_misfit(talk: Talk, board: Board, name: str) -> None:
    problem = misfit(board.computer, talk.found)
    if problem:
        raise ConfigurationError(
            problem,
            where=f"board {name}",
            remedy='choose the board of this computer; pins = "simulated" only where nothing is wired',
        )


def ask_camera(talk: Talk, draft: Draft) -> Draft:
    """The camera, then a picture of it."""
    question = camera_question(talk.found, draft, chosen_before=not talk.is_new)

    def asked() -> Draft:
        source = talk.asker.choose(question)
        if source == OTHER:
            source = talk.asker.choose(Question("camera", "Its address: rtsp://… or http://…", free=True))
        return replace(draft, camera=_known_source(source), faces=talk.answers.faces or draft.faces)

    draft = talk.again(asked)
    if draft.camera != NO_CAMERA:
        talk.try_out(
            draft,
            Trial(
                TrialKind.CAMERA,
                before="Stand where people will stand, and look at the camera",
                question="Does the camera look at where people stand?",
                remedy="turn it, or choose the other one: gatepost setup --step camera",
            ),
        )
    return draft


def _known_source(source: str) -> str:
    """The source, in its one form; raises ConfigurationError for what no camera is named by."""
    kind, _, rest = source.partition(":")
    address = kind in {"rtsp", "rtsps", "http", "https"} and rest.startswith("//")
    if source in {NO_CAMERA, "picamera2"} or address or is_device(source):
        return source
    if kind in {"file", "folder"} and rest:
        return f"{kind}:{absolute(rest, 'camera')}"
    raise ConfigurationError(
        f"not a camera: {without_password(source)}",
        where="camera",
        remedy="write v4l2:0, /dev/video0, picamera2, rtsp://…, http://…, file:PATH, folder:PATH, or none",
    )


def ask_scanners(talk: Talk, draft: Draft) -> Draft:
    """Scanners and keypads, one after another; each reads something."""
    if talk.answers.scanner is not None:
        draft = replace(draft, scanner=talk.answers.scanner)
    elif draft.scanner and not talk.asker.confirm("keep_scanners", "Keep the present ones?", default=True):
        draft = replace(draft, scanner=())
    while talk.asker.attended:
        device = talk.asker.choose(scanner_question(talk.found, draft))
        if device == NONE:
            break
        draft = talk.again(lambda chosen=device, so_far=draft: _with_scanner(talk, so_far, chosen))  # type: ignore[misc]
    if draft.camera == NO_CAMERA and not draft.scanner:
        what = "without a camera and without a scanner this gate would see nobody"
        if not talk.asker.attended:
            raise ConfigurationError(what, where="camera, scanner", remedy="name one of the two")
        talk.asker.tell(what)
        return ask_scanners(talk, ask_camera(talk, draft))
    for section in draft.scanner:
        before = f"Hold a code before {section.name}, or type a number"
        talk.try_out(draft, Trial(TrialKind.SCANNER, section.name, before))
    return draft


def _with_scanner(talk: Talk, draft: Draft, device: str) -> Draft:
    path = absolute(device, "scanner")
    kinds = {reader.device: reader.kind for reader in talk.found.readers}
    kind = ScannerKind(talk.asker.choose(scanner_kind_question(device, kinds.get(device))))
    names = {section.name for section in draft.scanner}
    name = next(
        name
        for number in range(1, 100)
        if (name := f"{kind.value}-{number}" if number > 1 else kind.value) not in names
    )
    section = ScannerSection(name=name, kind=kind, device=str(path))
    if section.device in {one.device for one in draft.scanner}:
        raise ConfigurationError("is there already", where=section.device)
    return replace(draft, scanner=(*draft.scanner, section))


def ask_thermometer(talk: Talk, draft: Draft) -> Draft:
    """The thermometer, and one measurement."""
    if talk.answers.thermometer is not None:
        draft = replace(draft, thermometer=talk.answers.thermometer)
    else:
        choice = talk.asker.choose(thermometer_question(talk.found, draft))
        if choice == NONE:
            draft = replace(draft, thermometer=ThermometerSection())
        elif choice != KEEP:
            _, bus, address = choice.split(":")
            section = ThermometerSection(
                kind=ThermometerKind.MLX90614, bus=int(bus), address=int(address, 16)
            )
            draft = replace(draft, thermometer=section)
    if draft.thermometer.kind is not ThermometerKind.NONE:
        text = "Hold a hand a few centimetres before the thermometer"
        talk.try_out(draft, Trial(TrialKind.THERMOMETER, before=text))
    return draft


def ask_voice(talk: Talk, draft: Draft) -> Draft:
    """The recordings, and one of them played."""

    def asked() -> Draft:
        folder = talk.asker.choose(voice_question(talk.found, draft))
        return replace(draft, voice="" if folder == NONE else str(absolute(folder, "voice")))

    draft = talk.again(asked)
    if draft.voice:
        remedy = "the card's volume: alsamixer; another card: prompts.device (aplay -L). docs/prompts.md"
        talk.try_out(
            draft,
            Trial(TrialKind.VOICE, before="A prompt is played", question="Did you hear it?", remedy=remedy),
        )
    return draft


def ask_screen(talk: Talk, draft: Draft) -> Draft:
    """Whether people read a screen: a browser on this computer shows what the gate says."""
    screen = draft.screen if talk.answers.screen is None else talk.answers.screen
    if talk.asker.attended:
        text = "Do people read a screen that this computer shows?"
        screen = talk.asker.confirm("screen", text, default=screen)
    if screen:
        talk.asker.tell("its browser is started by the desktop: docs/prompts.md, Screen")
    elif draft.screen:
        talk.asker.tell(f"its page is still served until: systemctl disable --now {SCREEN}")
    return replace(draft, screen=screen)


def ask_console(talk: Talk, draft: Draft) -> Draft:
    """Where the staff's pages answer."""

    def asked() -> Draft:
        chosen = replace(draft, console=talk.asker.choose(console_question(draft)))
        talk.document(chosen)
        return chosen

    return talk.again(asked)


ASKS: dict[SetupStep, Callable[[Talk, Draft], Draft]] = {
    SetupStep.BOARD: ask_board,
    SetupStep.CAMERA: ask_camera,
    SetupStep.SCANNER: ask_scanners,
    SetupStep.THERMOMETER: ask_thermometer,
    SetupStep.VOICE: ask_voice,
    SetupStep.SCREEN: ask_screen,
    SetupStep.CONSOLE: ask_console,
}
