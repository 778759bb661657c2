"""Makes the enrolment of a gate, where gate.toml says that residents are enrolled there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from edge.configuration import EnrolmentSection
from edge.journal.format import Event
from edge.staff.asking import AllowedRequest, Handled, Table
from edge.staff.enrolment.answers import RIGHTS, answers_of
from edge.staff.enrolment.desk import EnrolmentDesk
from edge.staff.enrolment.ports import EnrolmentPorts, LeftOut, LivePictures
from edge.staff.enrolment.requests import RequestFolder
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.refusals import refused


@dataclass(frozen=True)
class EnrolmentMeans:
    """What an enrolment needs of the gate besides what its staff have: the site's `template_key` of now, what
    makes templates here, what looks through the camera, and whose faces are left out.
    """

    section: EnrolmentSection
    template_key: Callable[[], bytes]
    engine: str
    pictures: LivePictures
    left_out: LeftOut


def desk_of(means: EnrolmentMeans, gate: GatePorts, note: Callable[[Event], None]) -> EnrolmentDesk | None:
    """The enrolment of a gate; None where none is configured, or its folder cannot be used."""
    section = means.section
    if section.folder is None or section.outbox is None:
        return None
    ports = EnrolmentPorts(
        gate.site,
        gate.gate,
        means.engine,
        means.template_key,
        gate.clock,
        gate.holdings,
        means.pictures,
        means.left_out,
        note,
        gate.entropy,
    )
    try:
        return EnrolmentDesk(ports, RequestFolder(section.folder, section.outbox, section.answers))
    except OSError as error:
        structlog.get_logger("edge.enrolment").error("enrolment_not_here", error=str(error))
        return None


def table_of(desk: EnrolmentDesk | None, gate: GatePorts) -> Table:
    """Who may ask what of the `desk`; without one everything is answered so."""
    if desk is not None:
        return answers_of(desk, gate.clock, gate.holdings, gate.record)
    return {kind: Handled(right, _not_here) for kind, right in RIGHTS.items()}


def _not_here(_: AllowedRequest) -> Answer:
    return refused(RefusedWhy.POLICY, detail="enrolment")
