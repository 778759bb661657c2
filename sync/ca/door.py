"""The door as a process: it serves devices, and meanwhile does what central asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import structlog

from edge.errors import GatepostError
from sync.ca.certificate_authority import CertificateAuthority
from sync.ca.invitations import InvitationDoor
from sync.ca.serving import Idle, few_places, inherited_sockets, server_of
from sync.ca.web import enrolment_app

_EVERY = 1.0


def run_door(
    authority: CertificateAuthority,
    keeps: Path,
    meeting: Path | None,
    listen: tuple[str, int],
    idle: float | None,
    now: Callable[[], datetime],
) -> None:
    """Serve until a signal, or until nobody has called for `idle` seconds and central asks for nothing.

    `keeps` is the authority's folder, `meeting` where it meets central, if it does. Raises GatepostError.
    """
    invitations = None if meeting is None else InvitationDoor(authority, keeps, meeting, now)
    places = few_places()
    server = server_of(
        enrolment_app(authority, invitations=invitations),
        listen,
        (keeps / "enrolment.pem", keeps / "enrolment.key"),
        places,
    )
    stop, quiet = Event(), None if idle is None else Idle(server, idle)

    def look() -> None:
        while not stop.wait(_EVERY):
            _look(invitations)
            if quiet is not None and quiet.is_over() and not (invitations and invitations.is_awaited()):
                server.should_exit = True

    beside = Thread(target=look, name="meeting")
    _look(invitations)
    beside.start()
    try:
        places.run(server, inherited_sockets(os.environ))
    finally:
        stop.set()
        beside.join()


def _look(invitations: InvitationDoor | None) -> None:
    if invitations is None:
        return
    try:
        invitations.look()
    except (OSError, GatepostError) as error:
        structlog.get_logger("sync.authority").warning("meeting_not_looked_after", error=str(error))
