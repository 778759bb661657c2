"""Measures liveness in pictures and films, each passage as a gate would form it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from edge.diagnostics.core import (
    ANEW_AFTER,
    FilmPassages,
    JudgedBy,
    Passage,
    PassageOutcome,
    person_of,
    species_of,
)
from edge.errors import VisionError
from edge.support.escaping import escaped
from edge.vision.configuration import LivenessName, Playing, VisionConfiguration
from edge.vision.liveness.factory import MESH, MODELS, VETO, is_here
from edge.vision.playback import RATE, below, play
from edge.vision.reports import CameraReport, CameraState, InputRefused, Sighting

_MOST_FILES, _MOST_BYTES = 400, 400_000
"""What one worker is given at a time: its task is bounded, and a huge folder must not be held in memory."""


@dataclass(frozen=True)
class PassageOf:
    """One passage, and the file that shows it, of which the name says which species it shows, and whom.

    `error` says why the file is unreadable.
    """

    file: str
    folder: str
    species: str
    person: str | None
    passage: Passage
    error: str = ""

    def plain(self) -> dict[str, Any]:
        """As `faces liveness --json` prints it."""
        passage = self.passage
        fields: dict[str, Any] = {
            "file": self.file,
            "folder": self.folder,
            "species": self.species,
            "person": self.person,
            "outcome": passage.outcome.value,
        }
        if self.error:
            return fields | {"error": self.error}
        return fields | {
            "at": passage.at,
            "frames": passage.frames,
            "seconds": passage.seconds,
            "measure": passage.measure,
            "nets": passage.nets,
            "veto": passage.veto,
            "verdict": {mode.value: _verdict(alive) for mode, alive in passage.alive.items()},
            "moves": passage.moves,
            "refused": passage.refused,
            "several": passage.several,
        }


@dataclass(frozen=True)
class _File:
    """A file to measure, and the names of the folders that it lies in, as far as they were named."""

    path: Path
    folders: tuple[str, ...]

    def shows(self, passage: Passage, error: str = "") -> PassageOf:
        folders, stem = self.folders, escaped(self.path.stem)
        return PassageOf(
            escaped(str(self.path)),
            (folders or ("",))[-1],
            species_of(folders, stem),
            person_of(folders, stem),
            passage,
            error,
        )


def refuse_without(mode: JudgedBy) -> None:
    """Raise VisionError where models are not on this machine without which `mode` cannot judge."""
    needed = (*MODELS, VETO) if mode is JudgedBy.VETO else MODELS
    missing = [name for name in needed if not is_here(name)]
    if missing:
        what = f"liveness cannot be measured here without {' and '.join(missing)}"
        raise VisionError(what, remedy=f"gatepost models get {' '.join(missing)}")


def unused_without() -> tuple[str, ...]:
    """The models that are not on this machine and without which less is measured."""
    return tuple(name for name in (VETO, MESH) if not is_here(name))


def measure(paths: Sequence[Path], mode: JudgedBy = JudgedBy.PASSIVE) -> Iterator[PassageOf]:
    """The passages in `paths` (pictures, films, folders and all below them), file by file.

    A file that cannot be read, and a folder in which there is nothing, are an UNREADABLE passage; the others
    go on. Raises VisionError where nothing can be measured: a model is missing, or no worker starts.
    """
    refuse_without(mode)
    vision = VisionConfiguration(liveness=LivenessName.MINIFASNET)
    return chain.from_iterable(_measured(group, vision, mode) for group in _groups(_found(paths)))


# --- which files ---------------------------------------------------------------------------------


def _found(paths: Sequence[Path]) -> Iterator[_File | PassageOf]:
    for path in paths:
        if not path.is_dir():
            yield _File(path, _named(path)[:-1])
            continue
        nothing = True
        for file in _all_below(path):
            nothing = nothing and isinstance(file, PassageOf)
            yield file
        if nothing:
            yield _unreadable(path, "no pictures or films in this folder")


def _all_below(folder: Path) -> Iterator[_File | PassageOf]:
    outer = _named(folder)
    for found in below(folder):
        inner = tuple(escaped(part) for part in found.path.relative_to(folder).parts[:-1])
        if found.problem:
            yield _unreadable(found.path, found.problem)
        else:
            yield _File(found.path, (*outer, *inner))


def _named(path: Path) -> tuple[str, ...]:
    """The last three names of `path`: of a file, its folder's and the one around it are among them."""
    parts = Path(os.path.abspath(path)).parts[1:]  # noqa: PTH100 - a link is called what it is called here
    count = 2 if path.is_dir() else 3
    return tuple(escaped(part) for part in parts[-count:])


def _unreadable(path: Path, why: str) -> PassageOf:
    folders = _named(path)
    return _File(path, folders if path.is_dir() else folders[:-1]).shows(
        Passage(PassageOutcome.UNREADABLE), why
    )


def _groups(files: Iterable[_File | PassageOf]) -> Iterator[list[_File | PassageOf]]:
    group: list[_File | PassageOf] = []
    size = 0
    for file in files:
        group.append(file)
        size += len(os.fsencode(file.path)) if isinstance(file, _File) else 0
        if len(group) >= _MOST_FILES or size >= _MOST_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


# --- measured ------------------------------------------------------------------------------------


def _measured(
    group: Sequence[_File | PassageOf], vision: VisionConfiguration, mode: JudgedBy
) -> Iterator[PassageOf]:
    yield from (item for item in group if isinstance(item, PassageOf))
    files = [item for item in group if isinstance(item, _File)]
    waiting = iter(files)
    file, forming, error = next(waiting, None), FilmPassages(mode), ""
    playing = Playing(rate=RATE, anew_after=ANEW_AFTER, faces_only=True)
    for report in play([str(each.path) for each in files], vision, playing=playing):
        if isinstance(report, Sighting):
            forming.see(report)
        elif isinstance(report, InputRefused):
            error = report.reason
        elif isinstance(report, CameraReport) and report.state is CameraState.FINISHED and file is not None:
            yield from _of_file(file, forming, error)
            file, forming, error = next(waiting, None), FilmPassages(mode), ""


def _of_file(file: _File, forming: FilmPassages, error: str) -> Iterator[PassageOf]:
    if forming.saw_frames:
        yield from (file.shows(passage) for passage in forming.passages())
    if error or not forming.saw_frames:
        yield file.shows(Passage(PassageOutcome.UNREADABLE), error or "no frame in it can be read")


def _verdict(alive: bool | None) -> str | None:
    return None if alive is None else (PassageOutcome.ALIVE if alive else PassageOutcome.PICTURE).value
