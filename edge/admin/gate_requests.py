"""Answers what gates ask for, at a site without an operations centre: files of their outboxes, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from edge.admin.enrolment import Enrolled, RemarkKind, flag_alike, known_faces, looks_of, weighed
from edge.admin.similarity import limits_for
from edge.admin.site_admin import SiteAdmin
from edge.admin.subject_store import AnsweredRequest, Granted
from edge.consent import Consent, ConsentAnswer, is_wording
from edge.enrolling import ConsentPaper, open_paper
from edge.errors import GatepostError, RegistryError
from edge.registry.format import SealedTemplate
from edge.registry.templates import Vector, unseal_by
from edge.registry_requests import (
    ANSWER_SUFFIX,
    MOST_REQUEST_BYTES,
    MOST_REQUESTS,
    REQUEST_SUFFIX,
    Choice,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
    read_request,
)
from edge.signing.cose import instant, microseconds
from edge.support.files import READABLE_BY_GROUP, Durability, list_bounded, read_bounded, write_aside

_MOST_NAMES = 16 * MOST_REQUESTS
"""Names in one folder that are looked at: of several gates, with their answers."""
_REMARKS = {RemarkKind.ALIKE, RemarkKind.EXCHANGED, RemarkKind.FAR}
_REFUSE_IT = "refuse it, and say why"


@dataclass(frozen=True)
class FiledRequest:
    """A request in the file at `path`, with the signed paper that it brings, opened."""

    path: Path
    request: EnrolmentRequest
    paper: ConsentPaper | None

    def refused(self, what: str, remedy: str = _REFUSE_IT) -> RegistryError:
        """Why it cannot be accepted."""
        return RegistryError(what, where=str(self.path), remedy=remedy)


@dataclass(frozen=True)
class AnswerWritten:
    """What became of a request, in which file its gate reads that, and what staff should look at.

    `again`: it was answered before, and only its file is written again.
    """

    noted: AnsweredRequest
    file: Path
    warnings: tuple[str, ...] = ()
    again: bool = False


def request_files(folder: Path) -> list[Path]:
    """The files of requests in `folder`, by name; raises RegistryError."""
    try:
        return list_bounded(folder, f"*{REQUEST_SUFFIX}", _MOST_NAMES)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(folder)) from None


def open_request(admin: SiteAdmin, path: Path) -> FiledRequest:
    """The request in a file; raises RegistryError where it is none, or not sealed under this site's key."""
    again = "copy it from the gate's outbox again"
    try:
        request = read_request(read_bounded(path, MOST_REQUEST_BYTES, follow=True))
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path), remedy=again) from None
    except GatepostError as error:
        raise RegistryError(f"is no request of a gate: {error.what}", where=str(path), remedy=again) from None
    return FiledRequest(path, request, _paper_of(admin, path, request))


def accept(admin: SiteAdmin, asked: FiledRequest, actor: str, answers: Path, now: datetime) -> AnswerWritten:
    """Do what is asked, and leave the answer in `answers`; raises RegistryError, and then nothing is done.

    The templates take the place of all that the record had; people who look alike need a second factor.
    """
    noted = _noted(admin, asked, RequestState.ACCEPTED, actor, now)
    if before := _known(admin, asked, noted):
        return AnswerWritten(before, _write(asked, before, answers), again=True)
    _refuse_if_hindered(admin, asked)
    granted, enrolled = _grant(admin, asked, now)
    for name in _two_people(admin, asked):
        admin.store.need_second_factor(name)
    flag_alike(admin, enrolled)
    admin.store.answer_request(noted, granted)
    warnings = (*_other_engines(admin, asked), *_worth_a_look(enrolled))
    return AnswerWritten(noted, _write(asked, noted, answers), warnings)


def refuse(
    admin: SiteAdmin, asked: FiledRequest, actor: str, reason: str, answers: Path, now: datetime
) -> AnswerWritten:
    """Leave in `answers` that it is not done, and why; raises RegistryError.

    A withdrawal that can be done is not refused: it is the person's right.
    """
    if not reason.strip():
        raise RegistryError("no reason is given", where="--reason", remedy="the gate's staff read it")
    noted = _noted(admin, asked, RequestState.REFUSED, actor, now)
    if before := _known(admin, asked, noted):
        return AnswerWritten(before, _write(asked, before, answers, reason), again=True)
    if asked.request.kind is RequestKind.WITHDRAW and _hindrance(admin, asked) is None:
        raise asked.refused("a withdrawal is nobody's to refuse", "accept it")
    admin.store.answer_request(noted)
    return AnswerWritten(noted, _write(asked, noted, answers, reason))


# --- what it brings --------------------------------------------------------------------------------


def _paper_of(admin: SiteAdmin, path: Path, request: EnrolmentRequest) -> ConsentPaper | None:
    if not request.paper:
        return None
    own = "answer it in the folder of the site that its gate belongs to"
    try:
        paper = open_paper(request.paper, request.id, keys=admin.keys.templates.every)
    except GatepostError:
        raise RegistryError(
            "is sealed under another key: of another site, or changed", where=str(path), remedy=own
        ) from None
    said = (request.subject, request.staff, request.wording, request.language, request.guardian)
    signed = (paper.subject, paper.staff, paper.wording, paper.language, paper.guardian is not None)
    if said != signed or request.digest != paper.digest():
        raise RegistryError("says other things than the paper in it", where=str(path), remedy=_REFUSE_IT)
    return paper


def _opened(admin: SiteAdmin, asked: FiledRequest, templates: tuple[SealedTemplate, ...]) -> list[Vector]:
    try:
        keys = admin.keys.templates.every
        vectors = [unseal_by(each, keys, site=admin.site.id)[0] for each in templates]
    except RegistryError:
        what = "its templates are sealed for another site, person or version of the record, or changed"
        raise asked.refused(what) from None
    if len({vector.shape for vector in vectors}) > 1:
        raise asked.refused("its templates are not all of one engine")
    return vectors


# --- whether it can be done ------------------------------------------------------------------------


def _refuse_if_hindered(admin: SiteAdmin, asked: FiledRequest) -> None:
    hindrance = _hindrance(admin, asked)
    if hindrance is not None:
        raise hindrance


def _hindrance(admin: SiteAdmin, asked: FiledRequest) -> RegistryError | None:
    """Why the record does not take what is asked, whatever it brings; None where it does."""
    request = asked.request
    if not admin.store.knows(request.subject):
        return asked.refused(f"nobody is {request.subject!r} here any more")
    version = admin.store.get(request.subject).version
    if version < request.version:
        return asked.refused(f"is about version {request.version} of the record, held is {version}")
    consents = admin.store.consents(request.subject)
    if not consents or consents[-1].at < instant(request.at):
        return None
    last = consents[-1].answer
    if request.kind is RequestKind.ENROL and last is ConsentAnswer.WITHDRAWN:
        return asked.refused("they withdrew their consent after this was asked")
    if request.kind is RequestKind.WITHDRAW and last is ConsentAnswer.GIVEN:
        return asked.refused("they consented anew after this was asked")
    return None


def _grant(admin: SiteAdmin, asked: FiledRequest, now: datetime) -> tuple[Granted, Enrolled]:
    request = asked.request
    if request.kind is RequestKind.JOIN:
        raise asked.refused(
            "two records of one person are joined by hand",
            "see to both, then refuse it, and say what was done",
        )
    if request.kind is RequestKind.WITHDRAW:
        at = min(instant(request.at), now)
        consent = Consent(ConsentAnswer.WITHDRAWN, at, request.staff, language=_language(admin, asked))
        return Granted(request.subject, (), consent), Enrolled()
    paper = asked.paper
    if paper is None or not request.templates or not is_wording(paper.wording):
        raise asked.refused("brings no templates with a consent to a text that is known here")
    if request.choice not in {"", Choice.TWO_PEOPLE}:
        raise asked.refused(f"staff say {request.choice!r} of who looks alike")
    sealed = tuple(
        SealedTemplate(request.subject, request.version, request.engine, each) for each in request.templates
    )
    enrolled = _weigh(admin, asked, _opened(admin, asked, sealed))
    consent = Consent(
        ConsentAnswer.GIVEN, min(instant(paper.at), now), paper.staff, paper.wording, paper.language
    )
    return Granted(request.subject, sealed, consent), enrolled


def _weigh(admin: SiteAdmin, asked: FiledRequest, vectors: list[Vector]) -> Enrolled:
    """The templates among those of everybody else, as an enrolment here weighs them."""
    request = asked.request
    known = known_faces(admin, request.engine, vectors[0].size)
    limits = limits_for(request.engine, known.templates, admin.policy().face, admin.calibrations())
    enrolled = weighed(request.subject, looks_of(vectors), [], request.engine, known, limits)
    if enrolled.strays or not enrolled.vectors:
        raise asked.refused("its templates are not of one person", "refuse it, and have them enrolled anew")
    return enrolled


def _language(admin: SiteAdmin, asked: FiledRequest) -> str:
    return admin.store.get(asked.request.subject).language


def _two_people(admin: SiteAdmin, asked: FiledRequest) -> list[str]:
    """Whom the gate's staff called two people who look alike, as far as they are there."""
    request = asked.request
    if request.choice != Choice.TWO_PEOPLE:
        return []
    return [name for name in (request.subject, request.alike) if name and admin.store.knows(name)]


def _worth_a_look(enrolled: Enrolled) -> tuple[str, ...]:
    return tuple(remark.text for remark in enrolled.remarks if remark.kind in _REMARKS)


def _other_engines(admin: SiteAdmin, asked: FiledRequest) -> tuple[str, ...]:
    others = {template.engine for template in admin.store.templates()} - {asked.request.engine}
    if not others or not asked.request.templates:
        return ()
    named = ", ".join(sorted(others))
    return (f"made by {asked.request.engine}, others here by {named}: a gate uses one engine",)


# --- the answer ------------------------------------------------------------------------------------


def _noted(
    admin: SiteAdmin, asked: FiledRequest, state: RequestState, actor: str, now: datetime
) -> AnsweredRequest:
    if not actor.strip():
        raise RegistryError("nobody is named who answers", where="--actor", remedy="write your name")
    version = admin.store.last_number("registry") + 1 if state is RequestState.ACCEPTED else 0
    return AnsweredRequest(asked.request.id.hex(), state.value, microseconds(now), version, actor.strip())


def _known(admin: SiteAdmin, asked: FiledRequest, noted: AnsweredRequest) -> AnsweredRequest | None:
    """What became of it before, where that is the same; raises RegistryError where it is not."""
    before = admin.store.answered_request(noted.id)
    if before is not None and before.state != noted.state:
        at = f"{instant(before.at):%Y-%m-%d %H:%M} UTC"
        raise asked.refused(f"was {before.state} by {before.actor} at {at}", "each is answered once")
    return before


def _write(asked: FiledRequest, noted: AnsweredRequest, answers: Path, reason: str = "") -> Path:
    state = RequestState(noted.state)
    answer = EnrolmentAnswer(asked.request.id, state, noted.at, noted.version, reason.strip()[:1024])
    path = answers / f"{noted.id}{ANSWER_SUFFIX}"
    try:
        write_aside(path, msgspec.json.encode(answer), READABLE_BY_GROUP, Durability.LASTING)
    except OSError as error:
        raise RegistryError(
            f"it is {noted.state}, and the answer could not be written: {error.strerror or error}",
            where=str(path),
            remedy="say it again with --answers FOLDER: it is done once, and the answer written again",
        ) from None
    return path
