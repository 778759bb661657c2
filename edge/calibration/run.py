"""From a folder of photographs to a calibration and its report: what the command line asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from edge.calibration.core import (
    Calibration,
    OpenSetTrials,
    Suspicion,
    calibrate,
    gaps,
    groups,
    histograms,
    open_set,
    suspects,
    thresholds_under,
)
from edge.calibration.people import LabelledFaces, labelled_faces, read_labels
from edge.calibration.report import Findings
from edge.decision import FaceRule
from edge.errors import VisionError
from edge.vision.faces.embedding import embed_all, pictures_named
from edge.vision.faces.engine import FaceEngine

_CONDITIONS = ((1, 1), (2, 1), (2, 3))
"""The numbers of templates and frames in the report."""
_DRAWS = 20


@dataclass(frozen=True)
class Measured:
    """The people of a folder and what is wrong with their photographs.

    `people` are those to be measured by: of two that are probably one, the second is left out.
    """

    people: LabelledFaces
    suspects: tuple[Suspicion, ...]
    refused: tuple[str, ...] = field(default=())


def measure(
    folder: Path, engine: FaceEngine, tell: Callable[[str], None], *, keep_suspects: bool
) -> Measured:
    """Every photograph of `folder` as a template; raises VisionError where there are none."""
    if not folder.is_dir():
        raise VisionError("there is no such folder", where=str(folder))
    names = pictures_named([str(folder)])
    if not names:
        raise VisionError("there are no pictures", where=str(folder), remedy="a sub-folder for each person")
    refused: list[str] = []

    def note(text: str) -> None:
        refused.append(text)
        tell(text)

    people = labelled_faces(embed_all(names, engine, note), folder, read_labels(folder / "labels.csv"))
    found = suspects(people.vectors, people.owners, people.names)
    left_out = set() if keep_suspects else {suspicion.other for suspicion in found}
    return Measured(people.without(left_out), found, tuple(refused))


def calibration_of(
    measured: Measured, engine: str, source: str, made: date, covered: LabelledFaces | None = None
) -> Calibration:
    """The calibration that follows; `covered` are photographs of the same people under a mask."""
    people = measured.people
    masked = None
    if covered is not None:
        places = {name: place for place, name in enumerate(people.names)}
        known = [place for place, owner in enumerate(covered.owners) if covered.names[owner] in places]
        belong = [places[covered.names[covered.owners[place]]] for place in known]
        masked = covered.vectors[known], np.array(belong, np.int64)
    return calibrate(people.vectors, people.owners, engine=engine, source=source, made=made, covered=masked)


def findings_of(measured: Measured, calibration: Calibration, rule: FaceRule, enrolled: int) -> Findings:
    """The content of a report, for a gate with `enrolled` templates and the risk that `rule` takes."""
    people = measured.people
    thresholds = thresholds_under(rule, calibration, enrolled)
    by_group = tuple(groups(people.vectors, people.owners, people.names, people.labels, thresholds.confirm))
    return Findings(
        calibration=calibration,
        thresholds=thresholds,
        histograms=histograms(people.vectors, people.owners),
        trials=tuple(_trials(people, enrolled)),
        suspects=measured.suspects,
        refused=measured.refused,
        groups=by_group,
        gaps=tuple(gaps(by_group)),
    )


def _trials(people: LabelledFaces, enrolled: int) -> Iterator[tuple[str, OpenSetTrials]]:
    """Open sets of at most `enrolled` residents, where a fifth of the people are left to be strangers."""
    residents = min(enrolled, 4 * len(people.names) // 5)
    for templates, frames in _CONDITIONS:
        try:
            trials = open_set(
                people.vectors,
                people.owners,
                enrolled=residents,
                templates=templates,
                frames=frames,
                draws=_DRAWS,
            )
        except ValueError:
            continue  # nobody has so many photographs
        yield (
            f"1:N among {residents}, {_counted(templates, 'photograph')}, {_counted(frames, 'frame')}",
            trials,
        )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' if number != 1 else ''}"
