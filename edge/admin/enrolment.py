"""Photographs of one person become templates in the site's store; the photographs are not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.admin.similarity import SAME_PICTURE, KnownFaces, Similarity, SimilarityLimits, agreeing, limits_for
from edge.admin.site_admin import SiteAdmin
from edge.decision import Subject
from edge.errors import VisionError
from edge.registry.templates import Vector, vector_of
from edge.support.files import read_bounded
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine

if TYPE_CHECKING:
    from edge.vision.faces.enrolment import SecondLook

MOST_TEMPLATES = 10
"""More templates of one person make the gallery larger and recognition no better."""
_ENOUGH = 2


class RemarkKind(StrEnum):
    REFUSED = "refused"  # a photograph that cannot be used
    SAME_PICTURE = "same_picture"  # twice, under one name or two
    DISAGREES = "disagrees"  # photographs under one name that show different people
    EXCHANGED = "exchanged"  # a photograph that is more like somebody else than like its own person
    FAR = "far"  # photographs hardly like the others of their person
    ALIKE = "alike"  # two names that look like one person
    DOUBTFUL = "doubtful"  # a photograph that is taken, and that somebody should look at
    FEW = "few"  # one photograph, where two or three serve better


@dataclass(frozen=True)
class Remark:
    """A remark for the staff, with the photographs that it is about."""

    kind: RemarkKind
    subject_id: str
    text: str
    photographs: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Enrolled:
    """The templates of one person, remarks for the staff, and the subjects whom they look like.

    `strays` are photographs that were left out because they show somebody else, as it seems.
    """

    engine: str = ""
    vectors: tuple[Vector, ...] = ()
    remarks: tuple[Remark, ...] = ()
    alike: tuple[Similarity, ...] = ()
    strays: tuple[Photograph, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(remark.text for remark in self.remarks)


@dataclass(frozen=True)
class Photograph:
    """A usable photograph: its template, and the SHA-256 of the file."""

    path: Path
    vector: Vector
    digest: bytes


def enrol(
    admin: SiteAdmin,
    photographs: Sequence[Path],
    engine_name: FaceEngineName,
    subject_id: str,
    engine: FaceEngine | None = None,
    *,
    as_they_are: bool = False,
) -> Enrolled:
    """Templates of `photographs`; raises VisionError for the first that cannot be used, or where they show
    different people.

    Pass an open `engine` when enrolling many people. With `as_they_are` a face that seems covered is taken.
    """
    if not photographs:
        return Enrolled()
    opened = engine or engine_for(engine_name)
    enrolled = Enrolment(admin, opened, as_they_are=as_they_are).examine(subject_id, photographs)
    refused = [remark.text for remark in enrolled.remarks if remark.kind is RemarkKind.REFUSED]
    if refused or not enrolled.vectors:
        raise VisionError(refused[0] if refused else "; ".join(enrolled.warnings))
    return enrolled


class Enrolment:
    """Photographs of one person after another, each compared with everybody who was enrolled before."""

    def __init__(self, admin: SiteAdmin, engine: FaceEngine, *, as_they_are: bool = False) -> None:
        self._admin = admin
        self._engine = engine
        self._as_they_are = as_they_are
        self._look: SecondLook | None = None  # opened for the first photograph
        self._known = known_faces(admin, engine.name, engine.dimensions)
        self._rule = admin.policy().face
        self._calibrations = admin.calibrations()
        self._files: dict[bytes, tuple[str, Path]] = {}  # whose each file is, by its hash
        self._strays = KnownFaces(engine.dimensions)  # left out of whose photographs
        self._left_out: dict[str, list[Photograph]] = {}

    @property
    def limits(self) -> SimilarityLimits:
        """The limits for as many templates as are enrolled now."""
        return limits_for(self._engine.name, self._known.templates, self._rule, self._calibrations)

    def examine(self, subject_id: str, photographs: Sequence[Path]) -> Enrolled:
        """The result for these photographs; whatever is wrong with one becomes a remark, never an error."""
        taken, remarks = self._usable(photographs, subject_id)
        remarks += self._under_two_names(subject_id, taken)
        enrolled = self.weigh(subject_id, taken)
        found = self._strays_like(subject_id, enrolled)
        self._strays.add(subject_id, [item.vector for item in enrolled.strays])
        self._left_out.setdefault(subject_id, []).extend(enrolled.strays)
        return replace(enrolled, remarks=(*remarks, *enrolled.remarks, *found))

    def weigh(self, subject_id: str, taken: Sequence[Photograph], *, renew: bool = False) -> Enrolled:
        """The result for usable photographs of one person: doubles left out, look-alikes named.

        With `renew` they replace the templates there, and need not be similar to them.
        """
        own = [] if renew else self._known.of(subject_id)
        return weighed(subject_id, taken, own, self._engine.name, self._known, self.limits)

    def keep(self, subject: Subject, enrolled: Enrolled, *, known: bool) -> None:
        """Write the subject with the new templates; `known` says that it is there already."""
        store = self._admin.store
        if known:
            store.change(subject, enrolled.vectors, enrolled.engine)
        else:
            store.add(subject, enrolled.vectors, enrolled.engine)
        self._known.add(subject.id, enrolled.vectors)
        flag_alike(self._admin, enrolled)

    def _strays_like(self, subject_id: str, enrolled: Enrolled) -> list[Remark]:
        """Remarks on photographs left out of somebody else's before, which may be of this person."""
        near = [self._strays.nearest(vector, but=subject_id) for vector in enrolled.vectors]
        found = {
            _other(similar, subject_id): similar.score
            for similar in sorted(filter(None, near), key=lambda similar: similar.score)
            if similar.score >= self.limits.alike
        }
        return [
            _remark(
                RemarkKind.EXCHANGED,
                subject_id,
                f"{_paths(self._left_out[other])}, left out of {other}, may be {subject_id} "
                f"(cosine {score:.2f}): exchanged? Move what shows {subject_id} there, and import again",
                self._left_out[other],
            )
            for other, score in found.items()
        ]

    def _usable(self, photographs: Sequence[Path], subject_id: str) -> tuple[list[Photograph], list[Remark]]:
        """The usable photographs, and remarks why the others are not, or should be looked at."""
        # The library behind an engine is large: commands without photographs never load it.
        from edge.vision.faces.enrolment import open_second_look, portrait_of  # noqa: PLC0415
        from edge.vision.pictures.reading import MOST_BYTES  # noqa: PLC0415

        self._look = self._look or open_second_look()
        taken, remarks = [], []
        for path in photographs:
            try:
                portrait = portrait_of(path, self._engine, self._look, as_they_are=self._as_they_are)
                digest = hashlib.sha256(read_bounded(path, MOST_BYTES, follow=True)).digest()
            except (VisionError, OSError) as error:
                remarks.append(Remark(RemarkKind.REFUSED, subject_id, str(error), (path,)))
                continue
            taken.append(Photograph(path, np.asarray(portrait.template), digest))
            remarks += [
                Remark(RemarkKind.DOUBTFUL, subject_id, f"{path}: {doubt}", (path,))
                for doubt in portrait.doubts
            ]
        return taken, remarks

    def _under_two_names(self, subject_id: str, taken: Sequence[Photograph]) -> list[Remark]:
        remarks = []
        for item in taken:
            owner, path = self._files.setdefault(item.digest, (subject_id, item.path))
            if owner != subject_id:
                text = f"{item.path} is the same picture as {path}: one person under two ids?"
                pictures = (item.path, path)
                remarks.append(Remark(RemarkKind.SAME_PICTURE, subject_id, text, pictures))
        return remarks


def looks_of(vectors: Sequence[Vector]) -> list[Photograph]:
    """Templates of pictures that were never files, as photographs."""
    return [
        Photograph(Path(f"look {number}"), vector, hashlib.sha256(vector.tobytes()).digest())
        for number, vector in enumerate(vectors, start=1)
    ]


def engine_for(name: FaceEngineName) -> FaceEngine:
    engine = open_engine(name)
    if engine is None:
        raise VisionError("a face engine is needed for photographs", remedy="--engine sface")
    return engine


def known_faces(admin: SiteAdmin, engine: str, dimensions: int) -> KnownFaces:
    """Everybody's templates by `engine`, opened once for many comparisons."""
    known = KnownFaces(dimensions)
    for subject_id, templates in admin.store.opened_templates().items():
        known.add(subject_id, [vector_of(plain) for made_by, plain in templates if made_by == engine])
    return known


def weighed(
    subject_id: str,
    taken: Sequence[Photograph],
    own: Sequence[Vector],
    engine: str,
    known: KnownFaces,
    limits: SimilarityLimits,
) -> Enrolled:
    """As `Enrolment.weigh`: what comes of `taken`, where `own` are the person's templates so far."""
    different, remarks = _without_doubles(subject_id, taken)
    kept = [different[place] for place in agreeing([item.vector for item in different], limits.same)]
    odd = [item for item in different if item not in kept]
    if odd:
        text = f"{_paths(odd)}: not the person of the other photographs: two people under one name?"
        remarks.append(_remark(RemarkKind.DISAGREES, subject_id, text, different))
    if kept and own and not any(float(item.vector @ mine) >= limits.same for item in kept for mine in own):
        text = f"{_paths(kept)}: not the person who is enrolled as {subject_id}"
        remarks.append(_remark(RemarkKind.DISAGREES, subject_id, text, kept))
        odd, kept = different, []
    room = max(0, MOST_TEMPLATES - len(own))
    if len(kept) > room:
        text = f"{subject_id}: {MOST_TEMPLATES} templates are enough: {_paths(kept[room:])} left out"
        remarks.append(_remark(RemarkKind.REFUSED, subject_id, text, kept[room:]))
    kept = kept[:room]
    if kept and len(kept) + len(own) < _ENOUGH:
        text = f"{subject_id}: one photograph; two or three, taken on different days, miss far less often"
        remarks.append(_remark(RemarkKind.FEW, subject_id, text, ()))
    remarks += _second_guess(subject_id, different, kept, own, known, limits)
    alike = _alike(subject_id, kept, known, limits)
    for similar in alike:
        other = _other(similar, subject_id)
        text = (
            f"{subject_id} looks like {other} (cosine {similar.score:.2f}): twins, or one person under two "
            "ids? Both are flagged to need face and code"
        )
        remarks.append(_remark(RemarkKind.ALIKE, subject_id, text, kept))
    return Enrolled(engine, tuple(item.vector for item in kept), tuple(remarks), alike, tuple(odd))


def _second_guess(
    subject_id: str,
    different: Sequence[Photograph],
    kept: Sequence[Photograph],
    own: Sequence[Vector],
    known: KnownFaces,
    limits: SimilarityLimits,
) -> list[Remark]:
    """Remarks on photographs more like somebody else than their own person, and hardly like that person."""
    remarks = []
    far: list[tuple[Photograph, float]] = []
    for item in different:
        fellows = [*(other.vector for other in different if other is not item), *own]
        if not fellows:
            continue
        like = max(float(item.vector @ vector) for vector in fellows)
        near = known.nearest(item.vector, but=subject_id)
        if near is not None and near.score >= limits.alike and near.score > like:
            text = (
                f"{item.path} is more like {_other(near, subject_id)} (cosine {near.score:.2f}) than like "
                f"{subject_id} (at most {like:.2f}): exchanged? See whom it shows, and move it"
            )
            remarks.append(_remark(RemarkKind.EXCHANGED, subject_id, text, [item]))
        elif like < limits.alike and any(item is one for one in kept):
            far.append((item, like))
    if far:
        text = (
            f"{_paths([item for item, _ in far])}: hardly like the other photographs of {subject_id} (cosine "
            f"{min(like for _, like in far):.2f}, where a gate needs {limits.alike:.2f}): somebody else, "
            "or an old or poor picture? Look at it, and take another"
        )
        remarks.append(_remark(RemarkKind.FAR, subject_id, text, [item for item, _ in far]))
    return remarks


def _other(similar: Similarity, subject_id: str) -> str:
    return similar.one if similar.other == subject_id else similar.other


def _remark(kind: RemarkKind, subject_id: str, text: str, about: Sequence[Photograph]) -> Remark:
    return Remark(kind, subject_id, text, tuple(item.path for item in about))


def _paths(items: Sequence[Photograph]) -> str:
    return ", ".join(str(item.path) for item in items)


def flag_alike(admin: SiteAdmin, enrolled: Enrolled) -> None:
    """Note that people who look alike need a second factor."""
    for subject_id in sorted({name for pair in enrolled.alike for name in (pair.one, pair.other)}):
        admin.store.need_second_factor(subject_id)


def _without_doubles(subject_id: str, taken: Sequence[Photograph]) -> tuple[list[Photograph], list[Remark]]:
    different: list[Photograph] = []
    remarks = []
    for item in taken:
        first = next((other for other in different if _same_picture(item, other)), None)
        if first is None:
            different.append(item)
        else:
            text = f"{item.path} is the same picture as {first.path}: left out"
            pictures = (item.path, first.path)
            remarks.append(Remark(RemarkKind.SAME_PICTURE, subject_id, text, pictures))
    return different, remarks


def _same_picture(one: Photograph, other: Photograph) -> bool:
    return one.digest == other.digest or float(one.vector @ other.vector) >= SAME_PICTURE


def _alike(
    subject_id: str, kept: Sequence[Photograph], known: KnownFaces, limits: SimilarityLimits
) -> tuple[Similarity, ...]:
    """The other subjects who look like any of these, each once, with their highest similarity."""
    best: dict[tuple[str, str], Similarity] = {}
    for item in kept:
        near = known.nearest(item.vector, but=subject_id)
        if near is not None and near.score >= limits.alike:
            pair = (near.one, near.other)
            best[pair] = max(best.get(pair, near), near, key=lambda similar: similar.score)
    return tuple(best.values())
