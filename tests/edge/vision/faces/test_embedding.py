"""`gatepost faces embed`: what anybody may measure the engine by."""

from __future__ import annotations

import resource
import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.faces.embedding import check_writable, embed_all, pictures_named, write_npz
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import portrait_of
from edge.vision.faces.portraits import faces_in
from edge.vision.pictures.reading import read_picture
from tests.command_line import called
from tests.examples import few


def saved(path: Path, image: np.ndarray, form: str = "PNG", **options: object) -> Path:
    Pillow.fromarray(np.ascontiguousarray(image[:, :, ::-1])).save(path, form, **options)
    return path


def quiet(_: str) -> None:
    """Nobody listens."""


def test_a_folder_means_the_pictures_below_it_a_pattern_what_it_matches_and_a_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/2.jpg", "a/1.PNG", "a/b/3.webp", "a/notes.txt", "c.jpg", "d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert pictures_named(["a", "?.jpg", "./c.jpg", "gone.jpg", "none-*.jpg"]) == [
        "a/1.PNG",
        "a/2.jpg",
        "a/b/3.webp",
        "c.jpg",
        "d.jpg",
        "./c.jpg",
        "gone.jpg",
        "none-*.jpg",
    ]


def test_the_file_is_what_it_says_and_bad_pictures_are_in_it_as_not_found(
    tmp_path: Path, engine: FaceEngine, portraits: list[Path]
) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "noise.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(500))
    saved(tmp_path / "wall.png", np.full((200, 300, 3), 128, np.uint8))
    names = [str(path) for path in (portraits[0], *sorted(tmp_path.iterdir()), tmp_path / "gone.jpg")]
    reasons: list[str] = []
    out = tmp_path / "out.npz"
    write_npz(out, embed_all(names, engine, reasons.append))
    with np.load(out, allow_pickle=False) as file:
        assert set(file.files) == {"names", "templates", "found", "quality"}
        assert file["names"].dtype.kind == "U"
        assert file["names"].tolist() == names
        assert file["found"].tolist() == [True, False, False, False, False]
        assert file["templates"].dtype == np.float32
        assert file["templates"].shape == (5, engine.dimensions)
        lengths = np.linalg.norm(file["templates"], axis=1)
        assert lengths == pytest.approx([1.0, 0.0, 0.0, 0.0, 0.0], abs=1e-5)
        assert file["quality"].dtype == np.float32
        assert 0.0 < file["quality"][0] <= 1.0
    assert [reason.split(":")[0] for reason in reasons] == names[1:]


def test_a_template_is_the_one_that_enrolment_makes(engine: FaceEngine, portraits: list[Path]) -> None:
    embedded = embed_all([str(portraits[0])], engine, quiet)
    assert np.array_equal(embedded.templates[0], portrait_of(portraits[0], engine).template)


def test_strict_refuses_what_enrolment_refuses_and_only_then(
    tmp_path: Path, engine: FaceEngine, portraits: list[Path]
) -> None:
    dark = saved(tmp_path / "dark.png", (read_picture(portraits[0]) // 6).astype(np.uint8))
    assert embed_all([str(dark)], engine, quiet).found.tolist() == [True]
    reasons: list[str] = []
    assert embed_all([str(dark)], engine, reasons.append, strict=True).found.tolist() == [False]
    assert "dark" in reasons[0]


@pytest.mark.parametrize("case", ["fills the picture", "tiny", "far away", "sideways by EXIF", "grey"])
def test_a_face_is_found_however_the_picture_was_taken(
    case: str, tmp_path: Path, engine: FaceEngine, portraits: list[Path]
) -> None:
    image = read_picture(portraits[0])
    face = faces_in(image, engine)[0].box
    top, left = int(face.top), int(face.left)
    path = tmp_path / "x.png"
    if case == "fills the picture":
        saved(path, image[top : top + int(face.height), left : left + int(face.width)])
    elif case == "tiny":
        saved(path, cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA).astype(np.uint8))
    elif case == "far away":
        wide = np.full((1500, 2000, 3), 90, np.uint8)
        wide[600:850, 900:1150] = image
        saved(path, wide)
    elif case == "sideways by EXIF":
        exif = Pillow.Exif()
        exif[0x0112] = 6
        saved(path, np.rot90(image), "PNG", exif=exif)
    else:
        grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
        saved(path, grey.astype(np.uint8))
    embedded = embed_all([str(portraits[0]), str(path)], engine, quiet)
    assert embedded.found.all()
    limit = 0.4 if case == "tiny" else 0.8
    assert float(embedded.templates[0] @ embedded.templates[1]) > limit


def test_of_several_faces_the_near_one_in_the_middle_counts(
    tmp_path: Path, engine: FaceEngine, portraits: list[Path]
) -> None:
    meant, other = read_picture(portraits[0]), read_picture(portraits[2])
    scene = np.full((400, 700, 3), 100, np.uint8)
    scene[80:330, 225:475] = meant
    scene[20:145, 20:145] = cv2.resize(other, (125, 125))
    path = saved(tmp_path / "scene.png", scene)
    embedded = embed_all([str(portraits[0]), str(path)], engine, quiet)
    assert float(embedded.templates[0] @ embedded.templates[1]) > 0.8


def test_a_place_that_takes_no_file_is_refused_before_the_work(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone" / "out.npz"):
        with pytest.raises(VisionError, match="out"):
            check_writable(place)


@pytest.mark.longer
def test_pictures_of_every_size_do_not_make_the_memory_grow(
    tmp_path: Path, engine: FaceEngine, portraits: list[Path]
) -> None:
    """The worst that was held at once (ru_maxrss) stays after the first round, whatever follows."""
    image = read_picture(portraits[0])
    for side in few(range(200, 800, 40), 6):
        saved(tmp_path / f"{side}.png", cv2.resize(image, (side, side)).astype(np.uint8))
    names = pictures_named([str(tmp_path)])
    embed_all(names, engine, quiet)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    embed_all(names * 3, engine, quiet)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024


def test_the_command_says_what_it_did_on_standard_error(tmp_path: Path, portraits: list[Path]) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "t.npz"
    done = subprocess.run(
        [sys.executable, "-m", "edge.cli.main", "faces", "embed", portraits[0], tmp_path, "--out", out],
        capture_output=True,
        text=True,
        check=False,
    )
    if "model" in done.stderr and done.returncode:
        pytest.skip(f"LOUD SKIP: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "bad.jpg: not a picture" in done.stderr
    assert "1 of 2 pictures" in done.stderr
    with np.load(out) as file:
        assert file["found"].tolist() == [True, False]


@pytest.mark.usefixtures("engine")
def test_where_no_picture_can_be_used_that_is_a_problem_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "t.npz"
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    done = called("faces", "embed", tmp_path, "--out", out)
    assert (done.returncode, out.exists()) == (1, False)
    assert "0 of 1 picture can be used" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "x.npz"], "there are no pictures"),
        (["x.jpg", "--out", "x.npz", "--engine", "none"], "need a face engine"),
        (["x.jpg", "--out", "no/such/folder/x.npz"], "no file can be written there"),
    ],
)
def test_what_cannot_be_asked_is_said(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge.cli.main import command

    monkeypatch.chdir(tmp_path)
    with pytest.raises(VisionError, match=said):
        command()(["faces", "embed", *arguments])


def test_the_second_engine_writes_the_same_kind_of_file(portraits: list[Path]) -> None:
    pytest.importorskip("dlib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from edge.vision.faces.dlib_engine import open_dlib

        dlib = open_dlib()
    reasons: list[str] = []
    embedded = embed_all([str(path) for path in portraits[:2]], dlib, reasons.append)
    assert embedded.found.all(), reasons
    assert np.linalg.norm(embedded.templates, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
