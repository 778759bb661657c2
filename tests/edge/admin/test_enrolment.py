"""A photograph is doubted: hardly like its fellows, or more like somebody else. It is said, with what to do.

The faces here are directions: how alike two photographs are is chosen to the hundredth.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import models
from edge.admin.enrolment import Enrolled, Enrolment, Photograph, RemarkKind, engine_for
from edge.admin.site_admin import SiteFile, init_site
from edge.decision import Subject
from edge.lane.configuration import LaneDirection
from edge.registry.templates import Vector
from edge.vision.configuration import FaceEngineName
from tests.edge.admin.test_similarity import faces, like

FAR, EXCHANGED, ALIKE, DISAGREES = (
    RemarkKind.FAR,
    RemarkKind.EXCHANGED,
    RemarkKind.ALIKE,
    RemarkKind.DISAGREES,
)
LI_NA, WANG, *OTHERS = faces(302, 8)


@pytest.fixture
def enrolment(tmp_path: Path) -> Enrolment:
    """A site with three hundred templates, so that a gate needs some 0.45 where a pass-holder needs 0.32."""
    try:
        models.path_of("sface")
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: no model file: {error}")
    now = datetime(2026, 3, 3, tzinfo=UTC)
    admin = init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    engine = engine_for(FaceEngineName.SFACE)
    admin.store.add(Subject("crowd"), tuple(OTHERS), engine.name)
    return Enrolment(admin, engine)


def photographs(**vectors: Vector) -> list[Photograph]:
    return [Photograph(Path(f"{name}.jpg"), vector, name.encode()) for name, vector in vectors.items()]


def kinds(enrolled: Enrolled) -> dict[RemarkKind, str]:
    return {remark.kind: remark.text for remark in enrolled.remarks if remark.kind is not RemarkKind.FEW}


@pytest.mark.parametrize(("cosine", "said"), [(0.36, [FAR]), (0.6, []), (0.2, [DISAGREES])])
def test_two_photographs_hardly_alike_are_both_taken_and_doubted(
    enrolment: Enrolment, cosine: float, said: list[RemarkKind]
) -> None:
    enrolled = enrolment.weigh("li-na", photographs(a=LI_NA, b=like(LI_NA, cosine)))
    assert [*kinds(enrolled)] == said
    assert len(enrolled.vectors) == (0 if said == [DISAGREES] else 2)


def test_of_three_the_one_that_is_hardly_like_the_others_is_named_with_what_to_do(
    enrolment: Enrolment,
) -> None:
    far = like(LI_NA, 0.37, 5)
    enrolled = enrolment.weigh("li-na", photographs(a=LI_NA, b=like(LI_NA, 0.8), c=far))
    said = kinds(enrolled)
    assert [*said] == [FAR]
    assert said[FAR].startswith("c.jpg: hardly like the other photographs of li-na (cosine 0.37")
    assert "take another" in said[FAR]
    assert len(enrolled.vectors) == 3, "it is said, not dropped"


def test_a_new_photograph_hardly_like_what_is_enrolled_is_doubted_unless_it_replaces_it(
    enrolment: Enrolment,
) -> None:
    enrolment.keep(Subject("li-na"), enrolment.weigh("li-na", photographs(a=LI_NA)), known=False)
    new = photographs(b=like(LI_NA, 0.36))
    assert [*kinds(enrolment.weigh("li-na", new))] == [FAR]
    assert [*kinds(enrolment.weigh("li-na", new, renew=True))] == []


def test_one_photograph_has_no_fellows(enrolment: Enrolment) -> None:
    assert [*kinds(enrolment.weigh("li-na", photographs(a=LI_NA)))] == []


def test_a_photograph_of_somebody_else_is_said_to_be_whose_it_is_like(enrolment: Enrolment) -> None:
    """Taken or left out: wang's photograph among those of li-na is wang's."""
    enrolment.keep(Subject("wang"), enrolment.weigh("wang", photographs(w=WANG)), known=False)
    of_wang = like(WANG, 0.7, 7)
    left_out = enrolment.weigh("li-na", photographs(a=LI_NA, b=like(LI_NA, 0.8), c=of_wang))
    assert [*kinds(left_out)] == [DISAGREES, EXCHANGED]
    assert "c.jpg is more like wang (cosine 0.70)" in kinds(left_out)[EXCHANGED]
    assert len(left_out.vectors) == 2

    between = of_wang * 0.9 + LI_NA * 0.5
    between /= (between @ between) ** 0.5
    taken = enrolment.weigh("li-na", photographs(a=LI_NA, c=between))
    assert len(taken.vectors) == 2
    assert [*kinds(taken)] == [EXCHANGED, ALIKE], "both will need face and code"


def test_who_is_like_somebody_else_and_more_like_himself_is_a_twin_and_not_exchanged(
    enrolment: Enrolment,
) -> None:
    enrolment.keep(Subject("wang"), enrolment.weigh("wang", photographs(w=WANG)), known=False)
    twin = like(WANG, 0.6)
    enrolled = enrolment.weigh("li-na", photographs(a=twin, b=like(twin, 0.9, 4)))
    assert [*kinds(enrolled)] == [ALIKE]


def test_a_subject_who_gets_somebody_elses_photograph_is_told_whose(enrolment: Enrolment) -> None:
    for name, face in (("wang", WANG), ("li-na", LI_NA)):
        enrolment.keep(Subject(name), enrolment.weigh(name, photographs(a=face)), known=False)
    enrolled = enrolment.weigh("li-na", photographs(c=like(WANG, 0.7)))
    assert enrolled.vectors == ()
    assert [*kinds(enrolled)] == [DISAGREES, EXCHANGED]
    assert "wang" in kinds(enrolled)[EXCHANGED]
