"""Photographs of one person become templates in the site's book; the photographs are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.errors import VisionError
from edge.registry.templates import Vector
from edge.site.office import SiteOffice
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.opening import open_engine

SAME_PERSON = 0.363
"""OpenCV's own threshold for SFace, two good pictures of one person: below it they are hardly the same."""
_TAKEN_FOR = 0.6
"""So like somebody else that both need a second factor, or are one person under two ids."""


@dataclass(frozen=True)
class Enrolled:
    """The templates of one person, and what somebody should look at."""

    engine: str = ""
    vectors: tuple[Vector, ...] = ()
    warnings: tuple[str, ...] = ()


def enrol(
    office: SiteOffice,
    photographs: Sequence[Path],
    engine_name: FaceEngineName,
    subject_id: str,
    engine: FaceEngine | None = None,
) -> Enrolled:
    """Templates of `photographs`; raises VisionError for the first that cannot be used.

    `engine` saves opening it again where many people are enrolled.
    """
    if not photographs:
        return Enrolled()
    # The library behind an engine is large: commands without photographs never load it.
    from edge.vision.enrolment import template_of  # noqa: PLC0415

    engine = engine or open_engine(engine_name)
    if engine is None:
        raise VisionError("photographs need a face engine", remedy="--engine sface")
    vectors = tuple(np.asarray(template_of(path, engine)) for path in photographs)
    warnings = []
    for path, vector in zip(photographs, vectors, strict=True):
        if engine_name is FaceEngineName.SFACE and float(vector @ vectors[0]) < SAME_PERSON:
            warnings.append(f"{path} hardly looks like {photographs[0]}: is it the same person?")
        likeness = office.likeness(vector, engine.name)
        if likeness is not None and likeness[0] != subject_id and likeness[1] > _TAKEN_FOR:
            warnings.append(
                f"{path} looks like {likeness[0]} (cosine {likeness[1]:.2f}): twins, or one person twice? "
                "they need face_and_code"
            )
    return Enrolled(engine.name, vectors, tuple(warnings))
