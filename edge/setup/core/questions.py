"""The questions of a setup: each offers what was found, the present or likeliest choice first."""

from __future__ import annotations

import msgspec

from edge.configuration import ConsoleSection
from edge.lane.configuration import LaneDirection
from edge.scanners.configuration import ScannerKind
from edge.setup.core.boards import boards_by_fit, misfit
from edge.setup.core.draft import Draft
from edge.setup.core.found import DeviceKind, Found, I2cFound, SiteFound
from edge.thermometry.configuration import ThermometerKind
from edge.vision.configuration import NO_CAMERA

OTHER = "other"
"""The choice by which something is named that was not found."""
KEEP = "keep"
NONE = "none"


class OfferedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` is what it stands for, `text` what a person reads."""

    value: str
    text: str = ""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is its name in the file of answers. An empty `default` has to be answered. `free` takes any text,
    not only a choice.
    """

    key: str
    text: str
    choices: tuple[OfferedAnswer, ...] = ()
    default: str = ""
    free: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)


def site_question(sites: tuple[SiteFound, ...]) -> Question:
    """Where the site's administration left this gate's keys."""
    choices = tuple(OfferedAnswer(one.place, f"site {one.site}: gates {_named(one)}") for one in sites)
    default = sites[0].place if len(sites) == 1 else ""
    return Question("site", "The site's folder, this gate's folder, or a bundle", choices, default, free=True)


def _named(site: SiteFound) -> str:
    return ", ".join(offered.gate for offered in site.gates)


def gate_question(site: SiteFound, present: str) -> Question:
    """Which of the site's gates this is."""
    choices = tuple(OfferedAnswer(one.gate, one.direction.value) for one in site.gates)
    names = [one.gate for one in site.gates]
    default = present if present in names else names[0] if len(names) == 1 else ""
    return Question("gate", f"Which gate of {site.site} is this?", choices, default)


def direction_question(present: LaneDirection | None) -> Question:
    """Which way people pass; None: nobody has said it yet."""
    choices = (
        OfferedAnswer("entry", "people come in here"),
        OfferedAnswer("exit", "people go out here"),
        OfferedAnswer("both", "both ways through one lane; decided as an entry"),
    )
    return Question("direction", "Which way do people pass?", choices, present.value if present else "")


def language_question(present: str) -> Question:
    choices = (OfferedAnswer("zh", "中文"), OfferedAnswer("en", "English"))
    return Question(
        "language", "The language of prompts, for people whom the registry does not name", choices, present
    )


def board_question(found: Found, draft: Draft, *, chosen_before: bool) -> Question:
    """Which board file says what is wired; those that cannot be wired to this computer are not offered."""
    boards = boards_by_fit(found)
    fitting = [board for board in boards if not misfit(board.computer, found)]
    choices = tuple(OfferedAnswer(board.name, board.about) for board in fitting)
    likeliest = fitting[0].name if fitting else ""
    seen = " · ".join(filter(None, (found.model, found.hat and f"HAT: {found.hat}")))
    here = f" (here: {seen})" if seen else ""
    text = f"Which board is wired?{here} Its name, or the path of a board file of yours"
    return Question("board", text, choices, draft.board if chosen_before else likeliest, free=True)


def camera_question(found: Found, draft: Draft, *, chosen_before: bool) -> Question:
    """Which camera: of two, a person says which."""
    usable = [camera for camera in found.cameras if not camera.problem]
    choices = (
        *(
            OfferedAnswer(camera.source, camera.name + (f" [{camera.problem}]" if camera.problem else ""))
            for camera in found.cameras
        ),
        OfferedAnswer(OTHER, "a network camera: rtsp://… or http://…"),
        OfferedAnswer(NO_CAMERA, "no camera: codes by a scanner alone"),
    )
    found_one = usable[0].source if len(usable) == 1 else "" if usable else NO_CAMERA
    return Question(
        "camera",
        "Which camera looks at people?",
        choices,
        draft.camera if chosen_before else found_one,
        free=True,
    )


def scanner_question(found: Found, draft: Draft) -> Question:
    """Which reader is added, or none (more)."""
    taken = {section.device for section in draft.scanner}
    choices = (
        *(
            OfferedAnswer(
                one.device,
                f"{one.name} ({'serial' if one.kind is DeviceKind.SERIAL else 'types like a keyboard'})",
            )
            for one in found.readers
            if one.device not in taken
        ),
        OfferedAnswer(NONE, "no more" if draft.scanner else "none"),
    )
    have = ", ".join(f"{section.name} ({section.kind.value})" for section in draft.scanner)
    text = f"Add a code scanner or keypad?{f' There are: {have}' if have else ''}"
    return Question("scanner", text, choices, NONE, free=True)


def scanner_kind_question(device: str, kind: DeviceKind | None) -> Question:
    """What a device is, as far as its kind leaves that open."""
    choices = {
        DeviceKind.SERIAL: (OfferedAnswer(ScannerKind.SERIAL, "code scanner on a serial line"),),
        DeviceKind.KEYS: (
            OfferedAnswer(ScannerKind.HID, "code scanner that types like a keyboard"),
            OfferedAnswer(ScannerKind.KEYPAD, "people type numbers on it"),
        ),
    }
    offered = choices[kind] if kind else (*choices[DeviceKind.SERIAL], *choices[DeviceKind.KEYS])
    return Question("scanner.kind", f"What is {device}?", offered, offered[0].value)


def thermometer_question(found: Found, draft: Draft) -> Question:
    """What measures temperatures."""
    measures = [one for one in found.i2c if "MLX90614" in one.what]
    choices = (
        *(
            OfferedAnswer(_thermometer_at(one), f"MLX90614 on I²C bus {one.bus}, address {one.address:#04x}")
            for one in measures
        ),
        OfferedAnswer(NONE, "no temperatures are measured"),
    )
    present = draft.thermometer.kind
    default = NONE if present is ThermometerKind.NONE else KEEP
    if present is not ThermometerKind.NONE:
        choices = (OfferedAnswer(KEEP, f"the present one: {present.value}"), *choices)
    return Question("thermometer", "Which thermometer?", choices, default)


def _thermometer_at(one: I2cFound) -> str:
    return f"mlx90614:{one.bus}:{one.address:#04x}"


NEARBY, HERE_ONLY = "https://0.0.0.0:8443", ConsoleSection().listen


def console_question(draft: Draft) -> Question:
    """Who reaches the pages of the staff."""
    choices = (
        OfferedAnswer(NEARBY, "tablets in the local network, by TLS"),
        OfferedAnswer(HERE_ONLY, "nobody but this computer"),
    )
    return Question("console", "Where do the staff's pages answer?", choices, draft.console, free=True)


def voice_question(found: Found, draft: Draft) -> Question:
    """What people hear."""
    sound = f"sound: {', '.join(found.sounds)}" if found.sounds else "no sound card was found"
    text = f"The folder of recordings, or none ({sound})"
    return Question("voice", text, (OfferedAnswer(NONE, "the gate is mute"),), draft.voice or NONE, free=True)
