"""What a capture session leaves in the site's store of subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge.admin.enrolment import Enrolled, Enrolment, Remark, RemarkKind, flag_alike, looks_of
from edge.admin.site_admin import SiteAdmin
from edge.decision import Subject
from edge.errors import VisionError
from edge.vision.faces.capture_session import Capture


def enrol_captured(
    admin: SiteAdmin, enrolling: Enrolment, subject: Subject, taken: Sequence[Capture], *, renew: bool
) -> Enrolled:
    """Write the templates of `taken` into the store, with `renew` in place of those that there are.

    Raises VisionError where they are not of the person who is enrolled already.
    """
    enrolled = enrolling.weigh(subject.id, looks_of([look.template for look in taken]), renew=renew)
    if not enrolled.vectors:
        raise VisionError("; ".join(enrolled.warnings) or "no new template was captured")
    enrolled = replace(enrolled, remarks=(*enrolled.remarks, *_doubts(subject.id, taken)))
    if renew:
        admin.store.renew(subject, enrolled.vectors, enrolled.engine)
    else:
        admin.store.change(subject, enrolled.vectors, enrolled.engine)
    flag_alike(admin, enrolled)
    return enrolled


def _doubts(subject_id: str, taken: Sequence[Capture]) -> tuple[Remark, ...]:
    """What to look at, each once, however many looks show it."""
    doubts = dict.fromkeys(doubt for look in taken for doubt in look.doubts)
    return tuple(Remark(RemarkKind.DOUBTFUL, subject_id, f"{subject_id}: {doubt}") for doubt in doubts)
