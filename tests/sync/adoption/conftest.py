"""A centre that invites gates: its authority with a real door over HTTPS, its database, their folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import randbytes

import pytest

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site
from edge.decision import Status, StatusRecord, Subject
from edge.lane.configuration import LaneDirection
from sync.adoption.adopting import Adopted, PresentGate, adopt
from sync.adoption.places import AdoptionPlaces, folder_places
from sync.ca.certificate_authority import CertificateAuthority, init_certificate_authority
from sync.ca.invitations import InvitationDoor
from sync.ca.serving import few_places, server_of
from sync.ca.site_secrets import keep_site_secrets
from sync.ca.web import RefusalLimit, enrolment_app
from sync.central.accounts.actor import SYSTEM
from sync.central.adoption.centre import InvitingCentre, inviting_centre
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.inviting import MadeInvitation, WantedGate, invite_gate
from sync.central.adoption.loop import AdoptionLoop
from sync.central.configuration import CentralConfiguration, load_configuration
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, open_store
from sync.gate_invitation import Direction, Language, code
from sync.gate_invitation.code import read_code
from sync.transport.clock import wall
from tests.command_line import called
from tests.ports import free_port
from tests.waiting import PATIENT

SITE = "green-court"


def utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class Office:
    """The centre, as its files: `door` is the port at which its door answers."""

    folder: Path
    admin: SiteAdmin
    authority: CertificateAuthority
    authority_folder: Path
    store: Store
    configuration: CentralConfiguration
    door: int
    limit: RefusalLimit
    dismissed: list[str] = field(default_factory=list)

    @property
    def centre(self) -> InvitingCentre:
        found = inviting_centre(self.configuration)
        assert found is not None
        return found

    @property
    def meeting(self) -> Path:
        return self.centre.folder

    def invite(
        self,
        gate: str = "main",
        *,
        direction: Direction | None = None,
        language: Language | None = None,
        replaces: bool = False,
        leave: bool = True,
    ) -> MadeInvitation:
        with self.store.writing() as connection:
            wanted = WantedGate(SITE, gate, direction, language, replaces)
            made = invite_gate(connection, SYSTEM, EVERYWHERE, wanted, self.centre, wall(), randbytes)
        if leave:
            InvitationExchange(self.meeting).ask(made.asked)
        return made

    def loop(self, changed: Callable[[], None] = lambda: None) -> AdoptionLoop:
        return AdoptionLoop(
            self.store, InvitationExchange(self.meeting), wall, self.dismissed.append, changed
        )

    def adopt(
        self,
        made: MadeInvitation,
        places: AdoptionPlaces,
        present: PresentGate | None = None,
        now: Callable[[], datetime] = utc,
        within: float = PATIENT,
    ) -> Adopted:
        return adopt(read_code(made.code), ("127.0.0.1", self.door), places, present, now, within=within)


@contextmanager
def opened_office(
    folder: Path, authority_folder: Path, authority: CertificateAuthority, ports: tuple[int, int]
) -> Iterator[Office]:
    """An office with the authority in a folder, and the broker's `ports` (gates, services)."""
    admin = init_site(
        folder / "site", SiteFile(SITE), {"main": LaneDirection.ENTRY, "out": LaneDirection.EXIT}, utc()
    )
    green = StatusRecord(Status.GREEN, "lab", "a test", "pcr", utc() - timedelta(days=1), None)
    admin.store.add(Subject("li-na", groups=frozenset({"resident"}), status=green))
    admin.build(utc(), REGISTRY_LIFETIME)
    authority.issue_service("enrolment", ["127.0.0.1"])
    keep_site_secrets(authority_folder, SITE, admin.folder / "keys")
    centre, door = folder / "centre", free_port()
    broker = f"127.0.0.1:{ports[1]}"
    done = called("central", "init", centre, "--broker", broker, "--take-over", admin.folder)
    assert done.returncode == 0, done.stderr
    for name in ("services-ca.pem", "central-tls.pem", "central-tls.key"):
        (centre / name).write_bytes((authority_folder / name).read_bytes())
        (centre / name).chmod(0o600)
    meeting = folder / "meeting"
    for part in ("asked", "answered"):
        (meeting / part).mkdir(parents=True)
    with (centre / "central.toml").open("a") as file:
        file.write(
            f'\n[adoption]\ndoor = "127.0.0.1:{door}"\nbroker = "127.0.0.1:{ports[0]}"\n'
            f'folder = "{meeting}"\n'
        )
    configuration, limit = load_configuration(centre / "central.toml"), RefusalLimit(1000)
    invitations = InvitationDoor(authority, authority_folder, meeting, utc)
    places = few_places()
    server = server_of(
        enrolment_app(authority, limit, invitations),
        ("127.0.0.1", door),
        (authority_folder / "enrolment.pem", authority_folder / "enrolment.key"),
        places,
    )
    thread = threading.Thread(target=places.run, args=(server,))
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    try:
        with closing(open_store(configuration.store.url)) as store:
            yield Office(folder, admin, authority, authority_folder, store, configuration, door, limit)
    finally:
        server.should_exit = True
        thread.join(PATIENT)


@pytest.fixture(scope="module", autouse=True)
def quick_codes() -> Iterator[None]:
    """What stretches a code takes a tenth of a second each time; tests/sync/gate_invitation has it whole."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(code._COST, "n", 2)
        yield


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    authority_folder = folder / "authority"
    authority = init_certificate_authority(authority_folder, SITE, utc)
    authority.issue_service("central", ())
    with opened_office(folder, authority_folder, authority, (8883, 8884)) as made:
        yield made


@pytest.fixture
def places(tmp_path: Path) -> AdoptionPlaces:
    return folder_places(tmp_path / "gate")
