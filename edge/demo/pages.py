"""The staff's pages of the demo's gate: somebody who may sign in, and a console for their browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_bytes

from msgspec.structs import replace

from edge.configuration import ConsoleSection, EnrolmentSection, GateConfiguration, StaffSection
from edge.console.running import served_console
from edge.staff.core import StaffRole
from edge.staff.hashing import Pins
from edge.staff.store import open_staff_store
from edge.staff.stored import StaffAccount

STAFF = "demo"
_NAME = "Wang Jianguo"


def with_staff(configuration: GateConfiguration, folder: Path) -> tuple[GateConfiguration, str]:
    """The gate with a manager who may sign in and enrol, and their PIN, made just now. Raises
    StaffFileError.
    """
    file, pins = folder / "staff.db", Pins(token_bytes)
    pin = pins.one_time(STAFF)
    with closing(open_staff_store(file)) as store:
        store.add(
            StaffAccount(
                STAFF,
                _NAME,
                StaffRole.MANAGER,
                registrar=False,
                pin=pins.hash(pin),
                must_change=False,
                duress=None,
                wrong=0,
                locked=0.0,
            )
        )
    staff = StaffSection(file=file, socket=folder / "staff.sock")
    enrolment = EnrolmentSection(folder / "enrolment", requests_of(folder))
    return replace(configuration, staff=staff, enrolment=enrolment), pin


def requests_of(folder: Path) -> Path:
    """Where the demo's gate leaves what it asks of the site's administration."""
    return folder / "requests"


@contextmanager
def pages_of(configuration: GateConfiguration, port: int) -> Iterator[str]:
    """The address of the staff's pages, which answer on this computer. Raises ConfigurationError."""
    socket = configuration.staff.socket
    assert socket is not None  # noqa: S101 - with_staff names one
    settings = ConsoleSection(listen=f"http://127.0.0.1:{port}", name="Green Court, entry", language="en")
    with served_console(settings, socket, settings.name) as server:
        yield server.address
