"""The installer's page: the camera's aim, the lane's lines, a simulated lane, checks, the log, the support
bundle.
"""

from __future__ import annotations

import secrets
from typing import Annotated

import msgspec
from fastapi import Form
from starlette.responses import Response

from edge.boards.format import OutputName
from edge.console.aiming import advice_on, marks_of
from edge.console.lane_drawing import drawn
from edge.console.pages.camera import picture_in
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import Right, Scene
from edge.staff.protocol import Done
from edge.staff.protocol.installing import (
    Bundle,
    ChecksView,
    LinesView,
    LogRead,
    MakeBundle,
    OutputsAsked,
    OutputsThere,
    ReadLog,
    RunChecks,
    Simulated,
    SimulateLane,
    Tried,
    TryOutput,
)
from edge.staff.protocol.preview import CameraView
from edge.staff.protocol.watching import Topic
from edge.support.decoding import msgpack_decoder
from edge.web.qr_code import qr_code
from edge.web.texts import N_
from edge.web.visit import NotFound

PAGES = ConsolePages()
SCENES = {
    Scene.GRANT: N_("Somebody is let in and walks through"),
    Scene.NOBODY_PASSES: N_("Somebody is let in and does not come"),
    Scene.REFUSED: N_("Somebody is refused"),
    Scene.OBSTACLE: N_("Something stands in the way"),
    Scene.BUTTON: N_("The wired button is pressed"),
    Scene.FIRE: N_("The fire input releases the barrier"),
}
OUTPUTS = {
    OutputName.RELAY_OPEN: N_("Open the barrier once"),
    OutputName.LAMP_RED: N_("Red lamp"),
    OutputName.LAMP_YELLOW: N_("Yellow lamp"),
    OutputName.LAMP_GREEN: N_("Green lamp"),
    OutputName.BUZZER: N_("Buzzer"),
}
LEVELS = {"info": N_("All lines"), "warning": N_("Warnings"), "error": N_("Errors")}
_camera = msgpack_decoder(CameraView)
_lines = msgpack_decoder(LinesView)
_checks = msgpack_decoder(ChecksView)


@PAGES.get("/installer", right=Right.INSTALL)
def installer(visit: VisitOf, tried: str = "") -> Response:
    there = visit.ask(OutputsAsked(), OutputsThere)
    certificate = visit.services.certificate
    return visit.page(
        "installer/installer.html",
        title=visit.gettext("Installer's page"),
        tab="/gate",
        outputs=[(name, OUTPUTS[name]) for name in there.tried if name in OUTPUTS],
        lines=there,
        key=secrets.token_hex,
        tried=OUTPUTS.get(OutputName(tried)) if tried in set(OutputName) else None,
        scenes=SCENES,
        levels=LEVELS,
        certificate=certificate,
        picture="" if certificate is None else qr_code(f"SHA256 {certificate.fingerprint}"),
    )


@PAGES.post("/installer/try", right=Right.INSTALL)
def try_output(
    visit: VisitOf, output: Annotated[str, Form()] = "", key: Annotated[str, Form()] = ""
) -> Response:
    if output not in set(OutputName):
        raise NotFound
    visit.ask(TryOutput(key, OutputName(output)), Tried)  # the gate refuses a key that is none
    return visit.go(f"/installer?tried={output}#outputs")


@PAGES.get("/installer/scene/{scene}", right=Right.INSTALL)
def scene(visit: VisitOf, scene: Scene) -> Response:
    played = visit.ask(SimulateLane(scene), Simulated)
    return visit.page(
        "installer/scene.html",
        title=visit.gettext(SCENES[scene]),
        tab="/gate",
        scenes=SCENES,
        scene=scene,
        played=played,
        drawing=drawn(played.timeline),
    )


@PAGES.post("/installer/checks", right=Right.INSTALL)
def check_again(visit: VisitOf) -> Response:
    visit.ask(RunChecks(), Done)
    return visit.go("/installer#checks")


@PAGES.get("/installer/log", right=Right.INSTALL)
def log(visit: VisitOf, level: str = "info") -> Response:
    if level not in LEVELS:
        raise NotFound
    return visit.page(
        "installer/log.html",
        title=visit.gettext("The gate's log"),
        tab="/gate",
        levels=LEVELS,
        level=level,
        lines=visit.ask(ReadLog(level), LogRead).lines,
    )


@PAGES.post("/installer/bundle", right=Right.INSTALL)
def bundle(visit: VisitOf) -> Response:
    made = visit.ask(MakeBundle(), Bundle)
    headers = {"content-disposition": f'attachment; filename="{made.name}"', "cache-control": "no-store"}
    return Response(made.data, media_type="application/zip", headers=headers)


# --- live ------------------------------------------------------------------------------------------


@PAGES.live(Topic.AIM, right=Right.INSTALL)
def aim(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    frame = _camera(bytes(value)).frame
    if frame is None:
        return visit.text_of("installer/live.html", "no_picture")
    return visit.text_of(
        "installer/live.html", "aim", frame, picture_in(value), advice_on(frame), marks_of(frame)
    )


@PAGES.live(Topic.INSTALLER, right=Right.INSTALL)
def lines(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    return visit.text_of("installer/live.html", "lines", _lines(bytes(value)))


@PAGES.live(Topic.CHECKS, right=Right.INSTALL)
def checks(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    return visit.text_of("installer/live.html", "checks", _checks(bytes(value)))
