"""Makes the enrolment of a gate, where gate.toml says that residents are enrolled there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from edge.configuration import EnrolmentSection
from edge.journal.format import Event
from edge.staff.asking import AllowedRequest, Handled, Table, Watched
from edge.staff.enrolment.answers import RIGHTS, answers_of
from edge.staff.enrolment.desk import EnrolmentDesk
from edge.staff.enrolment.live import LiveEnrolment
from edge.staff.enrolment.ports import EnrolmentPorts, LeftOut, LivePictures
from edge.staff.enrolment.requests import RequestFolder
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol.watching import Topic
from edge.staff.refusals import refused
from edge.staff.views.published import Published
from edge.support.tasks import Poll


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


Told = Callable[[Callable[[], None]], None]
"""Takes what is to be called when there is something to do."""


@dataclass(frozen=True)
class EnrolmentSide:
    """What a gate's staff side has of its enrolment: who is asked what, who has to know that a topic is
    watched, who hears what happens, and what is polled.
    """

    table: Table
    watched: Mapping[Topic, Watched] = field(default_factory=dict)
    hear: Callable[[object], None] = lambda _: None
    tasks: tuple[tuple[str, Poll, Told], ...] = ()


def enrolment_of(
    means: EnrolmentMeans, gate: GatePorts, note: Callable[[Event], None], published: Published
) -> EnrolmentSide:
    """The enrolment of a gate, with what is `published` of it. Where none is configured, or its folder cannot
    be used, everything is answered so.
    """
    desk = _desk_of(means, gate, note)
    if desk is None:
        return NOT_HERE
    live = LiveEnrolment(desk, partial(published.publish, Topic.ENROLMENT), gate.clock.monotonic)
    return EnrolmentSide(
        answers_of(desk, gate.clock, gate.holdings, gate.record, live.changed),
        {Topic.ENROLMENT: live.watched},
        live.hear,
        (("enrolment", desk.poll, lambda _: None), ("enrolment shown", live.poll, live.at_work)),
    )


def _desk_of(means: EnrolmentMeans, gate: GatePorts, note: Callable[[Event], None]) -> EnrolmentDesk | None:
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


def _not_here(_: AllowedRequest) -> Answer:
    return refused(RefusedWhy.POLICY, detail="enrolment")


NOT_HERE: Final = EnrolmentSide({kind: Handled(right, _not_here) for kind, right in RIGHTS.items()})
"""Of a gate at which nobody is enrolled."""
