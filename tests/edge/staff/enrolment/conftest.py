"""A gate at which residents are enrolled: its camera shows whom a test says, its staff ask on its console."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edge.configuration import EnrolmentSection
from edge.consent import WORDING
from edge.decision import FaceProblem
from edge.enrolling.rows import yaw_of
from edge.liveness import HeadPose
from edge.registry_requests import (
    EnrolmentRequest,
    RequestKind,
    read_request,
)
from edge.runtime.gate_at_work import Gate
from edge.staff.core.roles import StaffRole
from edge.staff.protocol.enrolment import BeginEnrolment, EnrolmentNow, EnrolmentShown, SignConsent
from edge.vision.reports import EnrolmentLook
from tests.edge.staff.staffed import Staffed, at_work
from tests.simulation.site import ENGINE, Site

SIGNED = SignConsent(WORDING, "zh", strokes=(((100, 300), (300, 100), (500, 300)),))


def _nothing_is_written(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_INSERT else sqlite3.SQLITE_OK


class Enrolling(Staffed):
    """A gate with an enrolment's folders."""

    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder, site)
        self.kept, self.outbox, self.answers = folder / "enrolment", folder / "requests", folder / "answers"
        section = EnrolmentSection(self.kept, self.outbox, self.answers)
        self.configuration = replace(self.configuration, enrolment=section)
        self._noise = Random(5)
        self._gate: Gate | None = None
        self._connections: list[sqlite3.Connection] = []

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        made = super().connect(path, read_only=read_only, timeout=timeout)
        self._connections.append(made)
        return made

    def has_card(self, *, works: bool) -> None:
        """Let whatever is to be written to its card from now on fail, or be written again."""
        self.card_fails = not works
        for connection in self._connections:
            with suppress(sqlite3.ProgrammingError):  # closed by now
                connection.set_authorizer(None if works else _nothing_is_written)

    def begin(self) -> Gate:
        self._gate = super().begin()
        return self._gate

    def end(self, gate: Gate) -> None:
        """End the gate that runs now, which a restart may have put into the place of `gate`."""
        super().end(self._gate or gate)

    def restart(self) -> None:
        """Stop the gate in order, and start it again on the same card."""
        assert self._gate is not None
        super().end(self._gate)
        self.begin()
        self.pass_time(2.0)

    # --- people before the camera ------------------------------------------------------------

    def look(
        self, angle: float, face: str, *, faces: int = 1, problems: tuple[FaceProblem, ...] = ()
    ) -> None:
        """One frame of somebody whose head is turned by so many degrees, as the worker reports it."""
        vector = self.site.faces.face(face)
        noise = np.random.default_rng(self._noise.getrandbits(32)).standard_normal(vector.size)
        seen = vector + 0.3 * noise / np.linalg.norm(noise)
        usable = faces == 1 and not problems
        self.see(
            EnrolmentLook(
                self.monotonic(),
                faces,
                182.0,
                HeadPose(yaw_of(angle)),
                problems,
                engine=ENGINE,
                template=np.asarray(seen / np.linalg.norm(seen), "<f4").tobytes() if usable else b"",
            )
        )
        self.pass_time(0.6)

    # --- an enrolment ------------------------------------------------------------------------

    def begins(self, subject: str, session: str) -> EnrolmentShown:
        answer = self.ask(BeginEnrolment(subject), session)
        assert isinstance(answer, EnrolmentShown), answer
        return answer

    def now(self, session: str) -> Any:
        return self.ask(EnrolmentNow(), session)

    def consents(self, subject: str, session: str, signed: SignConsent = SIGNED) -> EnrolmentShown:
        self.begins(subject, session)
        answer = self.ask(signed, session)
        assert isinstance(answer, EnrolmentShown), answer
        return answer

    def is_photographed(self, subject: str, session: str, face: str = "") -> EnrolmentShown:
        """Consent, then three pictures and one more, in which they are recognised."""
        self.consents(subject, session)
        for angle in (0.0, 16.0, -16.0, 0.0):
            self.look(angle, face or subject)
            shown = self.now(session)
        assert isinstance(shown, EnrolmentShown)
        return shown

    # --- what came of it ---------------------------------------------------------------------

    def requests(self) -> list[EnrolmentRequest]:
        """What lies in the outbox."""
        return [read_request(path.read_bytes()) for path in sorted(self.outbox.glob("*.request"))]

    def asked(self, kind: RequestKind) -> EnrolmentRequest:
        [request] = [each for each in self.requests() if each.kind is kind]
        return request

    def on_disk(self) -> bytes:
        """Everything that the gate has written, in one piece."""
        return b"\0".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[Enrolling]:
    """A gate at work, with a manager, a guard, and a guard who is a registrar."""
    gate = Enrolling(tmp_path / "gate", site)
    gate.add("ma", StaffRole.MANAGER)
    gate.add("wang", StaffRole.GUARD)
    gate.add("zhao", StaffRole.GUARD, registrar=True)
    gate.add("fitter", StaffRole.INSTALLER)
    with at_work(gate):
        gate.publish(site.subjects)
        gate.pass_time(5.0)
        yield gate


@pytest.fixture
def ann(site: Site) -> str:
    """A resident."""
    return site.people[0]


@pytest.fixture
def ma(here: Enrolling) -> str:
    """The manager's session."""
    return here.sign_in("ma")
