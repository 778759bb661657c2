"""A morning at the gate of Green Court: who lives there, who comes, and what they hold up."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import msgspec
import numpy as np

from edge.admin.enrolment import enrol
from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.decision import Status, StatusRecord, Subject
from edge.demo.portraits import portraits
from edge.demo.scenes import Image, empty_lane, with_code, with_photograph, with_portrait
from edge.errors import ConfigurationError, VisionError
from edge.lane.configuration import LaneDirection
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.factory import open_engine
from edge.vision.pictures.reading import read_picture

HOLD = 0.5
"""Seconds that one picture is shown, where nothing moves."""
LEAD = 1.5
"""Seconds that the lane is empty before the first person comes."""
STANDS = 600.0
"""Seconds that somebody stands before the camera who is to be enrolled."""
NEWCOMER = "flat-712"
"""Who moved in, and has no face in the registry yet."""
_MARK = ".gatepost-demo"


@dataclass(frozen=True)
class MorningScene:
    """Somebody comes: the picture that the camera sees, for how many seconds, and a description.

    With `others` the camera sees these in turn with it: a hand trembles.
    """

    says: str
    picture: Image
    seconds: float
    others: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Morning:
    """A site that was made for the demo, and the scenes of its morning."""

    folder: Path
    scenes: tuple[MorningScene, ...]
    camera: str = "camera"
    hold: float = HOLD

    @property
    def configuration(self) -> Path:
        return self.folder / "gates" / "main" / "gate.toml"

    @property
    def pictures(self) -> Path:
        return self.folder / self.camera

    def scene_of(self, picture: str) -> MorningScene | None:
        """The scene that a file of the camera's folder belongs to; None for the empty lane."""
        number, _, kind = Path(picture).stem.partition("-")
        return self.scenes[int(number)] if kind.startswith("scene") else None


def prepare(
    folder: Path, *, camera: bool = False, begins_after: float = LEAD, staffed: bool = False
) -> Morning:
    """Make the site in `folder` (an earlier demo's is replaced) and the pictures of its camera,
    which sees an empty lane for `begins_after` seconds first. Where it is `staffed`, numbers count, and
    somebody stands there at the end who is to be enrolled.

    Raises ConfigurationError where something else lies in `folder`.
    """
    if folder.exists():
        if not (folder / _MARK).exists():
            raise ConfigurationError(
                "not a folder of an earlier demo", where=str(folder), remedy="name another with --folder"
            )
        shutil.rmtree(folder)
    now = datetime.now(UTC)
    site = SiteFile("green-court", "Green Court", "Asia/Shanghai", address="110105")
    admin = init_site(folder, site, {"main": LaneDirection.ENTRY}, now, language="en")
    (folder / _MARK).touch()
    _look_for_life(folder, "off")
    if staffed:
        _count_numbers(folder)
    faces = _faces()
    _subjects(admin, faces, now)
    scenes = _scenes(admin, faces, now)
    if staffed and faces:
        scenes = (*scenes, _newcomer(faces))
    admin.build(now, REGISTRY_LIFETIME)
    morning = Morning(folder, scenes)
    if not camera:
        _write_pictures(morning, begins_after)
        _use_folder_camera(morning)
    return morning


def photograph_held_up(morning: Morning) -> Morning | None:
    """The same gate once its policy looks for living faces, and somebody who holds a photograph up to it.

    None without portraits.
    """
    faces = _faces()
    if not faces:
        return None
    _look_for_life(morning.folder, "passive")
    open_site_admin(morning.folder).build(datetime.now(UTC), REGISTRY_LIFETIME)
    trembling = (0, 3, -4, 5, -2)
    first, *others = (with_photograph(empty_lane(), _chen(faces), aside) for aside in trembling)
    says = "a stranger with a photograph of Ms Chen on their phone, now that the gate looks for life"
    scene = MorningScene(says, first, 10.0, tuple(others))
    held_up = Morning(morning.folder, (scene,), "camera-held-up", hold=0.1)
    _write_pictures(held_up)
    text = morning.configuration.read_text(encoding="utf-8")
    shown = text.replace(_source(morning), _source(held_up))
    morning.configuration.write_text(shown, encoding="utf-8")
    return held_up


def _look_for_life(folder: Path, mode: str) -> None:
    """Write `mode` of liveness into the policy: the residents are photographs, which is what it refuses."""
    policy = folder / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    said, places = re.subn(r'(?m)(?<=^\[face\.liveness\]\n)mode = "\w+"$', f'mode = "{mode}"', text)
    if places != 1:
        raise ConfigurationError("has no mode below [face.liveness]", where=str(policy), remedy="add one")
    policy.write_text(said, encoding="utf-8")


def _count_numbers(folder: Path) -> None:
    """Have the policy let staff give visitors a number to type."""
    with (folder / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write("\n[numbers]\ncount = true\n")


def _faces() -> dict[str, Path]:
    """The portraits; empty without network or model files: then the morning has codes only."""
    try:
        return portraits()
    except VisionError:
        return {}


def _subjects(admin: SiteAdmin, faces: dict[str, Path], now: datetime) -> None:
    since = now - timedelta(days=20)

    def status(value: Status, reason: str) -> StatusRecord:
        return StatusRecord(value, "district health authority", reason, "2020-03 tracing", since)

    residents = frozenset({"resident"})
    people = (
        ("flat-501", "Ms Chen", status(Status.GREEN, "no contact"), "astronaut.png"),
        ("flat-302", "Mr Zhou", status(Status.GREEN, "no contact"), "president.jpg"),
        ("flat-104", "Grandma Liu", status(Status.GREEN, "no contact"), ""),
        ("flat-207", "Mr Wang", status(Status.YELLOW, "same train as a case"), ""),
        ("flat-408", "Ms Sun", status(Status.RED, "tested positive"), ""),
        ("flat-610", "Mr Gao", status(Status.TIMEOUT, "the city's service did not answer"), ""),
        (NEWCOMER, "Mr He", status(Status.GREEN, "no contact"), ""),
    )
    engine = open_engine(FaceEngineName.SFACE) if faces else None
    for number, (identity, name, record, portrait) in enumerate(people, start=1):
        photographs = [faces[portrait]] if portrait in faces else []
        enrolled = enrol(admin, photographs, FaceEngineName.SFACE, identity, engine)
        subject = Subject(identity, name, f"{number}/1/{identity[-3:]}", residents, record, language="en")
        admin.store.add(subject, enrolled.vectors, enrolled.engine)


def _scenes(admin: SiteAdmin, faces: dict[str, Path], now: datetime) -> tuple[MorningScene, ...]:
    lane = empty_lane()
    hour = timedelta(hours=1)

    def text_of(request: PassRequest) -> str:
        issued = issue_pass(admin, request, now)
        name = f"pass-{issued.claims.subject_id.replace(':', '-')}-{issued.claims.pass_id[:4]}.png"
        (admin.folder / "passes").mkdir(exist_ok=True)
        cv2.imwrite(str(admin.folder / "passes" / name), with_code(lane, issued.text))
        return issued.text

    def resident(identity: str) -> str:
        return text_of(PassRequest(identity))

    def shown(says: str, text: str, seconds: float = 2.0) -> MorningScene:
        return MorningScene(says, with_code(lane, text), seconds)

    plumber = text_of(PassRequest("visitor:plumber", True, now - hour, now + 3 * hour, once=True))
    yesterday = text_of(PassRequest("visitor:cousin", True, now - 30 * hour, now - 20 * hour))
    genuine = resident("flat-104")
    # Two triples of base45 in the signature change places: well formed, and not what was signed.
    forged = genuine[:-9] + genuine[-6:-3] + genuine[-9:-6] + genuine[-3:]
    coded = [
        shown("Grandma Liu, no phone: her pass on paper", genuine),
        shown("a plumber with a one-time visitor pass", plumber),
        shown("the plumber's friend, with a photo of the same pass", plumber),
        shown("Mr Wang, whose code turned yellow overnight", resident("flat-207")),
        shown("Ms Sun, whose code is red", resident("flat-408")),
        shown("Mr Gao, whose health service does not answer", resident("flat-610")),
        shown("a cousin with yesterday's visitor pass", yesterday),
        shown("somebody who altered Grandma Liu's pass", forged),
        shown("a parcel man who shows a payment code", "https://qr.alipay.com/fkx0demo", 2.5),
    ]
    return (*_faced(lane, faces), *coded, *_strangers(lane, faces))


def _faced(lane: Image, faces: dict[str, Path]) -> tuple[MorningScene, ...]:
    if not faces:
        return ()
    president = _shoulders(read_picture(faces["president-later.jpg"]))
    return (
        MorningScene(
            "Ms Chen, on her way home from the night shift", with_portrait(lane, _chen(faces), light=0.9), 2.0
        ),
        MorningScene("Mr Zhou, years older than on his photograph", with_portrait(lane, president), 2.0),
    )


def _chen(faces: dict[str, Path]) -> Image:
    """Ms Chen's head and shoulders."""
    return read_picture(faces["astronaut.png"])[0:330, 60:390]


def _strangers(lane: Image, faces: dict[str, Path]) -> tuple[MorningScene, ...]:
    if not faces:
        return ()
    stranger = _shoulders(read_picture(faces["stranger.jpg"]))
    return (
        MorningScene(
            "somebody whom nobody knows: asked for a pass, shows none; staff press the button",
            with_portrait(lane, stranger),
            10.0,
        ),
    )


def _newcomer(faces: dict[str, Path]) -> MorningScene:
    stranger = _shoulders(read_picture(faces["stranger.jpg"]))
    says = f"the same man: Mr He ({NEWCOMER}), who moved in; enrol him on the staff's pages"
    return MorningScene(says, with_portrait(empty_lane(), stranger), STANDS)


def _shoulders(portrait: Image) -> Image:
    """The upper part of a portrait, about as wide as high."""
    return np.ascontiguousarray(portrait[: round(portrait.shape[1] * 1.1)])


def _write_pictures(morning: Morning, begins_after: float = LEAD) -> None:
    """One file for each picture that is shown, the empty lane between the scenes."""
    morning.pictures.mkdir()
    lane = empty_lane()
    number = 0

    def write(name: str, seconds: float, *pictures: Image) -> None:
        nonlocal number
        written: list[Path] = []
        for place in range(round(seconds / morning.hold)):
            target = morning.pictures / f"{name}-{number:04}.png"
            number += 1
            if place < len(pictures):
                cv2.imwrite(str(target), pictures[place])
                written.append(target)
            else:
                os.link(written[place % len(written)], target)

    write("0-empty", begins_after, lane)
    for index, scene in enumerate(morning.scenes):
        write(f"{index}-scene", scene.seconds, scene.picture, *scene.others)
        write(f"{index}-then-empty", 2.0, lane)


def _use_folder_camera(morning: Morning) -> None:
    path = morning.configuration
    text = path.read_text(encoding="utf-8")
    text = text.replace('camera = "v4l2:0"', _source(morning))
    path.write_text(text + "\n[encounter]\ngone_after = 1.0\n", encoding="utf-8")


def _source(morning: Morning) -> str:
    """The camera that shows its pictures, as gate.toml names it."""
    camera = msgspec.json.encode(f"folder:{morning.pictures.resolve()}").decode()
    return f"camera = {camera}\nhold = {morning.hold}"
