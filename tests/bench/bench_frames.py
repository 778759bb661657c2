"""What a frame costs: this pipeline against the loop that tutorials teach, side by side, one thread.

The loop: `face_recognition.face_locations` and `face_encodings`, and `pyzbar.decode`, on every frame. Times
are the processor's, of the one thread that does it all: what else the computer does is not counted.
"Everything" is both nets, the net that only objects and the mesh, for a living face and for a picture that is
measured on.

python tests/bench/bench_frames.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import segno

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.vision.cameras.scene import SceneWatch
from edge.vision.checks import expected_of, problem_of
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import (
    ENGINE_NAMES,
    CodeReaderName,
    FaceEngineName,
    LivenessName,
    VisionConfiguration,
    WorkerTask,
)
from edge.vision.faces.factory import open_engine
from edge.vision.faces.mesh import open_mesh
from edge.vision.frame import Frame, Image
from edge.vision.liveness.factory import means, open_liveness
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from edge.vision.preview.maker import preview_of
from edge.vision.reports import Blur, Box, FaceSighting, Sighting
from edge.vision.worker.wire import ReportDecoder, encode
from tests.attacks.made import Species, presentation

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
FRAMES = 100
RATE = 10.0
AT_A_GATE = 15.0


def lane(noise: int = 3) -> Image:
    """An empty lane as a camera gives it: no two frames quite alike."""
    grey = np.linspace(90, 170, 480)[:, None, None] + np.zeros((480, 640, 3))
    return np.clip(grey + np.random.default_rng().normal(0, noise, grey.shape), 0, 255).astype(np.uint8)


def with_face() -> Image | None:
    if not FACES.is_dir():
        return None
    photograph = read_picture(min(FACES.glob("*/*.jpg")))
    picture = lane()
    picture[120:370, 195:445] = photograph
    return picture


def with_code() -> Image:
    matrix = np.pad(np.array(segno.make_qr("A" * 222, error="m").matrix, np.uint8), 4)
    drawn = np.kron(255 * (1 - matrix), np.ones((5, 5))).astype(np.uint8)
    picture = lane()
    side = drawn.shape[0]
    picture[80 : 80 + side, 150 : 150 + side] = drawn[:, :, None]
    return picture


def milliseconds(
    look: Callable[[Image, int], Any], make: Callable[[], Image], count: int
) -> tuple[float, float]:
    """Mean and 95th percentile for a frame, over a stream of `count` frames at ten a second."""
    times = []
    for number in range(count):
        picture = make()
        began = time.thread_time()
        look(picture, number)
        times.append(1000 * (time.thread_time() - began))
    return float(np.mean(times)), float(np.percentile(times, 95))


def tutorial() -> Callable[[Image, int], Any] | None:
    try:
        import face_recognition
        from pyzbar import pyzbar
    except ImportError as error:
        print(f"SKIPPED the tutorials' loop: {error}")
        return None

    def look(picture: Image, _: int) -> None:
        rgb = np.ascontiguousarray(picture[:, :, ::-1])
        places = face_recognition.face_locations(rgb)
        face_recognition.face_encodings(rgb, places)
        pyzbar.decode(picture)

    return look


def pipeline() -> Callable[[Image, int], Any]:
    made = Pipeline(
        VisionConfiguration(), open_engine(FaceEngineName.SFACE), open_reader(CodeReaderName.ZXING)
    )
    return lambda picture, number: made.analyse(Frame(picture, number + 1, 100.0 + number / RATE, "bench"))


def everything() -> None:
    """What each stage costs a face with all that can be measured, and a whole stay of a face."""
    here = means(VisionConfiguration())
    if not (FACES.is_dir() and here.nets and here.veto and here.mesh):
        print(f"SKIPPED everything on: {here}, photographs at {FACES}: {FACES.is_dir()}")
        return
    portrait = read_picture(min(FACES.glob("*/*.jpg")))
    on_phone = list(presentation(Species.PHONE, portrait, 1, FRAMES))
    draw = np.random.default_rng(1)
    streams: dict[str, list[Image]] = {
        # At its own size, 250 by 250: laid into another scene the nets see a picture's edge.
        "a living face": [_noisy(portrait, draw) for _ in range(FRAMES)],
        "a picture on a phone": on_phone,
    }
    for name, frames in streams.items():
        analyser = Pipeline(
            VisionConfiguration(),
            open_engine(FaceEngineName.SFACE),
            open_reader(CodeReaderName.ZXING),
            open_liveness(LivenessName.MINIFASNET),
            open_mesh(),
        )
        times, embedded = [], []
        for number, picture in enumerate(frames):
            began = time.thread_time()
            seen = analyser.analyse(Frame(picture, number + 1, 100.0 + number / AT_A_GATE, "bench"))
            times.append(1000 * (time.thread_time() - began))
            embedded.append(any(face.template for face in seen.faces))
        took, measured = np.array(times), np.array(embedded)
        first = slice(0, round(AT_A_GATE))
        print(
            f"{name:<22}mean {took.mean():.1f}, of the first second {took[first].mean():.1f}; measured "
            f"{took[measured].mean():.1f} ({measured.sum()} frames), others {took[~measured].mean():.1f}"
        )


def _noisy(picture: Image, draw: np.random.Generator) -> Image:
    return np.clip(picture + draw.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def report_of_a_face() -> bytes:
    template = np.full(128, 128**-0.5, "<f4").tobytes()
    face = FaceSighting(
        1,
        Box(9, 9, 99, 99),
        0.9,
        ((1.0, 1.0),) * 5,
        engine=ENGINE_NAMES[FaceEngineName.SFACE],
        template=template,
    )
    return encode(Sighting(1, 1.0, "bench", 640, 480, (face,)))


def guards() -> dict[str, tuple[Callable[[Image, int], Any], Callable[[], Any]]]:
    """What is done besides: does a camera show a scene, previews (worker); can a report be (gate)."""
    watch, decoder, expected = (
        SceneWatch(600.0),
        ReportDecoder(),
        expected_of(WorkerTask(VisionConfiguration())),
    )
    data = report_of_a_face()
    landmarks = ((300.0, 200.0), (340.0, 200.0), (320.0, 222.0), (304.0, 245.0), (336.0, 245.0))
    two = tuple(
        FaceSighting(track, Box(270 - 200 * track, 150, 100, 130), 0.9, landmarks) for track in (0, 1)
    )
    seen = Sighting(1, 1.0, "bench", 640, 480, two)

    def show(picture: Image, _: int) -> None:
        preview_of(Frame(picture, 1, 1.0, "bench"), seen, Blur.BYSTANDERS, finds_faces=True)

    def check(_: Image, number: int) -> None:
        for report in decoder.feed(data):
            problem_of(report, expected, float(number + 1))  # type: ignore[arg-type]

    return {
        "a scene? 30 a second": (lambda picture, number: watch.fault_of(picture, number / 30), lane),
        "a report?": (check, bytes),
        "a preview, 5 a second": (show, with_face if FACES.is_dir() else lane),
    }


def main() -> int:
    cv2.setNumThreads(1)
    face = with_face()
    scenes: dict[str, Callable[[], Image]] = {"empty lane": lane, "a code": with_code}
    if face is not None:
        picture = face
        scenes["a face"] = lambda: _noisy(picture, np.random.default_rng())
    loop = tutorial()
    print(
        f"{'640x480, ms a frame':<22}{'this: mean':>12}{'p95':>8}{'tutorial: mean':>16}{'p95':>8}{'ratio':>8}"
    )
    for name, make in scenes.items():
        ours = milliseconds(pipeline(), make, FRAMES)
        line = f"{name:<22}{ours[0]:>12.2f}{ours[1]:>8.1f}"
        if loop is not None:
            theirs = milliseconds(loop, make, FRAMES // 5)
            line += f"{theirs[0]:>16.1f}{theirs[1]:>8.1f}{theirs[0] / ours[0]:>8.1f}"
        print(line)
    print("everything on, 15 frames a second:")
    everything()
    for name, (look, make_one) in guards().items():
        mean, most = milliseconds(look, make_one, 3 * FRAMES)
        print(f"{name:<22}{mean:>12.2f}{most:>8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
