"""From a folder of photographs to a calibration and its report: what the command line asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from edge.calibration.core import (
    ErrorGroup,
    Labels,
    OpenSetTrials,
    SuspectedPair,
    calibrate,
    gaps,
    groups,
    histograms,
    open_set,
    record_of,
    suspects,
)
from edge.calibration.format import Calibration, CalibrationRecord, thresholds_under
from edge.calibration.people import LabelledFaces, labelled_faces
from edge.calibration.report import Findings
from edge.decision import FaceRule
from edge.errors import VisionError
from edge.vision.faces.embedding import embed_all, pictures_named
from edge.vision.faces.engine import FaceEngine

_CONDITIONS = ((1, 1), (2, 1), (2, 3))
"""The numbers of templates and frames in the report."""
_DRAWS = 20


@dataclass(frozen=True)
class MeasuredPeople:
    """The people of a folder and what is wrong with their photographs.

    `people` are those to be measured by: of two that are probably one, the second is left out.
    """

    people: LabelledFaces
    suspects: tuple[SuspectedPair, ...]
    refused: tuple[str, ...] = field(default=())


def measure(
    folder: Path,
    engine: FaceEngine,
    tell: Callable[[str], None],
    labels: Labels | None = None,
    *,
    keep_suspects: bool,
) -> MeasuredPeople:
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

    people = labelled_faces(embed_all(names, engine, note), folder, labels or {})
    for remark in people.ungrouped():
        tell(remark)
    found = suspects(people.vectors, people.owners, people.names)
    left_out = set() if keep_suspects else {suspicion.other for suspicion in found}
    return MeasuredPeople(people.without(left_out), found, tuple(refused))


def record_made(
    measured: MeasuredPeople, engine: str, source: str, made: date, covered: LabelledFaces | None = None
) -> CalibrationRecord:
    """What follows for everybody and each group; `covered` are the same people under a mask."""
    people = measured.people
    masked = None
    if covered is not None:
        places = {name: place for place, name in enumerate(people.names)}
        known = [place for place, owner in enumerate(covered.owners) if covered.names[owner] in places]
        belong = [places[covered.names[covered.owners[place]]] for place in known]
        masked = covered.vectors[known], np.array(belong, np.int64)
    together = people.vectors, people.owners
    everybody = calibrate(*together, engine=engine, source=source, made=made, covered=masked)
    return record_of(everybody, *together, people.names, people.labels, masked)


def groups_of(
    measured: MeasuredPeople, confirm: float, identify: tuple[OpenSetTrials, float] | None = None
) -> tuple[ErrorGroup, ...]:
    """The errors of each group at the threshold `confirm` for 1:1, and in trials at theirs for 1:N."""
    people = measured.people
    return tuple(groups(people.vectors, people.owners, people.names, people.labels, confirm, identify))


def findings_of(
    measured: MeasuredPeople, calibration: Calibration, rule: FaceRule, enrolled: int
) -> Findings:
    """The content of a report, for a gate with `enrolled` templates and the risk that `rule` takes."""
    people = measured.people
    thresholds = thresholds_under(rule, calibration, enrolled)
    trials = tuple(_trials(people, enrolled))
    tried = None
    if trials:
        once = trials[0][1]
        tried = once, thresholds_under(rule, calibration, once.photographs).identify
    by_group = groups_of(measured, thresholds.confirm, tried)
    return Findings(
        calibration=calibration,
        thresholds=thresholds,
        histograms=histograms(people.vectors, people.owners),
        trials=trials,
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
