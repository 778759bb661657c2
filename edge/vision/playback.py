"""Plays files through the worker that a camera has, in order and with no frame dropped; `replay` uses it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import VisionError
from edge.support.escaping import escaped
from edge.vision.configuration import AS_IT_IS, FrameMode, Playing, VisionConfiguration, WorkerTask
from edge.vision.reports import CameraReport, CameraState, InputRefused, Report
from edge.vision.worker.process import COMMAND, start_worker

RATE = 15.0
"""Frames a second that a gate analyses, and at which tools play films as one would see them."""


def play(
    inputs: Sequence[str],
    vision: VisionConfiguration,
    command: Sequence[str] = COMMAND,
    playing: Playing = AS_IT_IS,
) -> Iterator[Report]:
    """The reports on `inputs` (pictures and videos), each ended by a FINISHED report that names it.

    An input that kills or hangs the worker is refused by name, and a new worker goes on behind it.
    Raises VisionError where a worker fails before its first report.
    """
    waiting = [os.fsencode(name) for name in inputs]
    while waiting:
        worker = start_worker(WorkerTask(vision, FrameMode.EVERY, tuple(waiting), playing), command)
        started = False
        try:
            for report in worker.reports():
                started = True
                if isinstance(report, CameraReport) and report.state is CameraState.FINISHED:
                    if not waiting:
                        raise VisionError(
                            f"the vision worker finished more files than the {len(inputs)} that it was given"
                        )
                    waiting.pop(0)
                yield report
        except VisionError as error:
            if not started:
                raise
            if not waiting:
                return
            refused = escaped(os.fsdecode(waiting.pop(0)))
            yield InputRefused(refused, str(error), time.monotonic())
            yield CameraReport(CameraState.FINISHED, time.monotonic(), refused)
        finally:
            worker.close()


@dataclass(frozen=True)
class FoundBelow:
    """A picture or film in a folder, or why something there is not looked at."""

    path: Path
    problem: str = ""


def below(folder: Path) -> Iterator[FoundBelow]:
    """The pictures and films in `folder` and in all folders below it, folder by folder; links are followed.

    A link that leads back is told of, and leads nowhere. In memory is one folder's list at a time.
    """
    from edge.vision.cameras.capture import VIDEO_SUFFIXES  # noqa: PLC0415 - as in files_of
    from edge.vision.pictures.reading import SUFFIXES  # noqa: PLC0415

    kinds = SUFFIXES | VIDEO_SUFFIXES
    entered: set[tuple[int, int]] = set()
    problems: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=problems.append, followlinks=True):
        here = Path(place)
        identity = here.stat()
        if (identity.st_dev, identity.st_ino) in entered:
            folders.clear()
            yield FoundBelow(here, "leads to a folder that was looked at already")
            continue
        entered.add((identity.st_dev, identity.st_ino))
        folders.sort()
        yield from (FoundBelow(here / name) for name in sorted(files) if _suffix(name) in kinds)
        yield from map(_unlisted, problems)
        problems.clear()
    yield from map(_unlisted, problems)


def films_below(folder: Path) -> Iterator[Path]:
    """The films among what is `below` a folder. Raises VisionError where there are none."""
    from edge.vision.cameras.capture import VIDEO_SUFFIXES  # noqa: PLC0415 - as in files_of

    films = [found.path for found in below(folder) if _suffix(found.path.name) in VIDEO_SUFFIXES]
    if not films:
        kinds = ", ".join(sorted(suffix.removeprefix(".") for suffix in VIDEO_SUFFIXES))
        raise VisionError("no films in this folder", where=str(folder), remedy=f"put some into it: {kinds}")
    yield from films


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _unlisted(error: OSError) -> FoundBelow:
    return FoundBelow(Path(os.fsdecode(error.filename)), error.strerror or str(error))


def files_of(inputs: Sequence[Path]) -> tuple[str, ...]:
    """The files that `inputs` name: a folder stands for its pictures, 2 before 10.

    Raises VisionError where there are none, and for a folder that cannot be read or holds none. A missing
    file is left for the worker to refuse.
    """
    # The folder's order is the cameras'; the suffixes come with Pillow, which the gate itself never loads.
    from edge.vision.cameras.folder import no_pictures_in, pictures_in  # noqa: PLC0415

    if not inputs:
        raise VisionError(
            "nothing to look at", where="INPUT", remedy="name pictures, folders of them, or films"
        )
    names: list[str] = []
    for path in inputs:
        if path.is_dir():
            found = pictures_in(path)
            if not found:
                raise no_pictures_in(path)
            names.extend(str(item) for item in found)
        else:
            names.append(str(path))
    return tuple(names)
