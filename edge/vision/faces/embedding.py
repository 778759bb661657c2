"""Templates of many pictures, to measure an engine by: one picture in memory at a time, none fatal."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import VisionError
from edge.support.files import write_aside
from edge.vision.faces.engine import FaceEngine, Template
from edge.vision.faces.enrolment import refusal_of
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.pictures.reading import SUFFIXES, read_picture

MOST_PICTURES = 2_000_000


@dataclass(frozen=True)
class Embedded:
    """What `embed_all` made: row i of `templates` (n×d, unit length) is of the picture `names[i]`.

    Where `found` is False the row is zero, and `quality` 0.
    """

    names: NDArray[np.str_]
    templates: NDArray[np.float32]
    found: NDArray[np.bool_]
    quality: NDArray[np.float32]


def pictures_named(arguments: Iterable[str]) -> list[str]:
    """The files that `arguments` mean, as they were given: files, folders (all below them) and patterns.

    What does not exist stays in the list, to be named when it is read. Raises VisionError for too many.
    """
    names: list[str] = []
    for argument in arguments:
        for name in _meant_by(argument):
            names.append(name)
            if len(names) > MOST_PICTURES:
                raise VisionError(f"more than {MOST_PICTURES} pictures", remedy="measure in parts")
    return names


def _meant_by(argument: str) -> Iterator[str]:
    if os.path.isdir(argument):  # noqa: PTH112 - a Path would not keep the name as it was given
        yield from _below(argument)
    elif os.path.lexists(argument):
        yield argument
    else:
        matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - the same
        if not matches:
            yield argument
        for match in matches:
            if os.path.isdir(match):  # noqa: PTH112 - the same
                continue
            yield match


def _below(folder: str) -> Iterator[str]:
    for below, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122 - the same
                yield os.path.join(below, name)  # noqa: PTH118 - the same


def embed_all(
    names: Sequence[str],
    engine: FaceEngine,
    notify: Callable[[str], None],
    *,
    strict: bool = False,
) -> Embedded:
    """The template of the main face of each picture, made as enrolment and passage make it.

    Quality is reported, and refuses nothing unless `strict`. `notify` is called with the reason where a
    picture has no template.
    """
    templates = np.zeros((len(names), engine.dimensions), np.float32)
    found = np.zeros(len(names), np.bool_)
    quality = np.zeros(len(names), np.float32)
    for row, name in enumerate(names):
        try:
            templates[row], quality[row] = _embedded(Path(name), engine, strict=strict)
            found[row] = True
        except VisionError as error:
            notify(str(error))
    return Embedded(np.array(names, np.str_), templates, found, quality)


def _embedded(path: Path, engine: FaceEngine, *, strict: bool) -> tuple[Template, float]:
    try:
        image = read_picture(path)
        faces = faces_in(image, engine)
        if strict:
            refusal = refusal_of(image, faces)
            if refusal is not None:
                raise refusal
        if not faces:
            raise VisionError("there is no face in it")
        return engine.embed(image, faces[0], mirrored=True), judge(image, faces[0], ENROLMENT).score
    except VisionError as error:
        raise VisionError(error.what, where=error.where or str(path), remedy=error.remedy) from None


def check_writable(path: Path) -> None:
    """Raise VisionError where no file can be written: better before an hour's work than after it."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise VisionError("no file can be written there", where=str(path), remedy="name another --out")


def write_npz(path: Path, embedded: Embedded) -> None:
    """Write `embedded` to `path`, whole or not at all; raises VisionError where it cannot be written."""
    file = BytesIO()
    np.savez(
        file,
        names=embedded.names,
        templates=embedded.templates,
        found=embedded.found,
        quality=embedded.quality,
    )
    try:
        write_aside(path, file.getvalue())
    except OSError as error:
        raise VisionError(f"could not be written: {error.strerror or error}", where=str(path)) from None
