"""The steps that make a centre, as values: what, where, whose, which mode. A dry run prints exactly what is
done: both have the same plan. Nothing secret is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from sync.ca.certificate_authority import BROKER, CENTRAL, ENROLMENT
from sync.ca.renewing import BROKER_FILES, CENTRAL_FILES, READABLE_BY_SERVICE
from sync.central.checking.units import MOSQUITTO, UNITS
from sync.central.configuration import BackupSection
from sync.central.setup import Nodes, configuration_text
from sync.installing.places import CentrePlaces
from sync.installing.wishes import Wishes

SERVICES_PORT = 8884


class InstallingAct(StrEnum):
    """What kind a step is of."""

    USER = "user"
    FOLDER = "folder"
    AUTHORITY = "authority"
    SERVICE = "certificate"
    COPY = "copy"
    TEXT = "file"
    CONFIGURATION = "configuration"
    PASSWORD = "password file"
    SECRET = "new password"
    NODES = "nodes' files"
    KEY = "key"
    SITE = "site"
    HANDED = "keys of a site"
    ROLE = "database role"
    DATABASE = "database"
    TABLES = "tables"
    ADMINISTRATOR = "administrator"
    UNIT = "unit"


@dataclass(frozen=True)
class Step:
    """One step. `where` is a path, or the name of what is made; `owner` is user:group.

    `data` is what a file gets. Of a configuration that is there the tables `asked` become so, where they
    are missing or as in `earlier`, which setup wrote; all else stays. With `deep` all that is in a folder
    becomes its owner's.
    """

    act: InstallingAct
    where: str
    why: str
    owner: str = ""
    mode: int | None = None
    source: Path | None = None
    data: bytes = b""
    asked: tuple[str, ...] = ()
    earlier: bytes = b""
    deep: bool = False
    hosts: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return Path(self.where)

    @property
    def origin(self) -> Path:
        """Where its content comes from. Raises ValueError for a step that has no such place."""
        if self.source is None:
            raise ValueError(f"the step {self.act} {self.where} comes from nowhere")
        return self.source


def plan_of(wishes: Wishes, places: CentrePlaces) -> tuple[Step, ...]:
    """The steps, in order."""
    return (
        *_users(places),
        *_folders(wishes, places),
        *_authority(wishes, places),
        *(_broker(places) if wishes.has_mosquitto else ()),
        *(_nodes(wishes, places) if wishes.nodes else ()),
        *_central(wishes, places),
        *_database(wishes, places),
        *_keys(wishes, places),
        Step(
            InstallingAct.ADMINISTRATOR,
            wishes.administrator,
            "signs in first, by a link that is printed at the end",
        ),
        *_units(wishes),
    )


def _users(places: CentrePlaces) -> Iterator[Step]:
    yield Step(InstallingAct.USER, places.central_user, "runs central")
    yield Step(InstallingAct.USER, places.authority_user, "issues certificates: at the door, and once a day")


def _folders(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    central, authority = places.central_user, places.authority_user
    conf = f"root:{central}"
    # The authority passes through, to `tls` in it, and sees nothing.
    yield Step(InstallingAct.FOLDER, str(places.configuration_folder), "configuration", conf, 0o751)
    yield Step(
        InstallingAct.FOLDER, str(places.tls), "central's certificate", f"{authority}:{central}", 0o2750
    )
    own = f"{central}:{central}"
    yield Step(InstallingAct.FOLDER, str(places.state), "keys and state", own, 0o700, deep=True)
    door = places.door
    yield Step(InstallingAct.FOLDER, str(door), "where central and the authority meet", "root:root", 0o755)
    yield Step(InstallingAct.FOLDER, str(door / "asked"), "central writes", f"{central}:{authority}", 0o2750)
    yield Step(
        InstallingAct.FOLDER, str(door / "answered"), "the authority writes", f"{authority}:{central}", 0o2750
    )
    if wishes.broker:
        # Nodes get copies; their authority, which renews them here, is then the only reader but root.
        owner = f"{authority}:{places.broker_group if wishes.has_mosquitto else authority}"
        yield Step(
            InstallingAct.FOLDER, str(places.broker), "the broker's certificates and lists", owner, 0o2750
        )
    if wishes.backup is not None:
        # One of its own: the disk may be others' too.
        folder = str(_backups(wishes.backup, places))
        yield Step(InstallingAct.FOLDER, folder, "a backup of every night", own, 0o700)


def _authority(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    folder, owner = places.authority, f"{places.authority_user}:{places.authority_user}"
    name = wishes.hosts[0]
    what = f"certificates of {name}"
    yield Step(InstallingAct.AUTHORITY, str(folder), what, owner, 0o700, hosts=(name,), deep=True)
    names = tuple(dict.fromkeys((*wishes.hosts, "localhost", "127.0.0.1")))
    for service, hosts in ((BROKER, wishes.broker_names), (ENROLMENT, names), (CENTRAL, ())):
        yield Step(
            InstallingAct.SERVICE,
            service,
            "valid 90 days, renewed after 60",
            owner,
            0o600,
            folder,
            hosts=hosts,
        )


def _certificates(places: CentrePlaces, owner: str) -> Iterator[Step]:
    for name in BROKER_FILES:
        target = str(places.broker / name)
        yield Step(
            InstallingAct.COPY, target, "for the broker", owner, READABLE_BY_SERVICE, places.authority / name
        )


def _nodes(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    central, secret = places.central_user, places.management
    yield from _certificates(places, f"{places.authority_user}:{places.authority_user}")
    own = f"{central}:{central}"
    yield Step(InstallingAct.SECRET, str(secret), "by which central keeps RabbitMQ", own, 0o600)
    what = f"what is copied to {', '.join(wishes.nodes)}, each its folder"
    yield Step(InstallingAct.NODES, str(places.nodes), what, "root:root", 0o700, secret, hosts=wishes.nodes)


def _broker(places: CentrePlaces) -> Iterator[Step]:
    owner = f"{places.authority_user}:{places.broker_group}"
    yield from _certificates(places, owner)
    for name in ("devices.acl", "services.acl"):
        # Mosquitto warns of a list that others than root or it could write.
        text = _shipped(name)
        yield Step(
            InstallingAct.TEXT,
            str(places.broker / name),
            "who may what",
            owner,
            READABLE_BY_SERVICE,
            data=text,
        )
    conf, limits = _shipped("gatepost.conf"), _shipped("limits.conf")
    yield Step(
        InstallingAct.TEXT, str(places.broker_configuration), "the broker", "root:root", 0o644, data=conf
    )
    yield Step(
        InstallingAct.TEXT, str(places.broker_limits), "its open files", "root:root", 0o644, data=limits
    )


def _central(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    central, conf = places.central_user, f"root:{places.central_user}"
    for name in CENTRAL_FILES:
        owner, source = f"{places.authority_user}:{central}", places.authority / name
        yield Step(
            InstallingAct.COPY, str(places.tls / name), "for central", owner, READABLE_BY_SERVICE, source
        )
    if wishes.password is not None:
        own = f"{central}:{central}"
        yield Step(
            InstallingAct.PASSWORD, str(places.password), "of the database", own, 0o600, wishes.password
        )
    state, tls = places.seen(places.state), places.seen(places.tls)

    backup = None
    if wishes.backup is not None:
        authority = places.seen(places.authority)
        folder = places.seen(_backups(wishes.backup, places))
        backup = BackupSection(folder, wishes.recipients, also=(authority,))

    nodes = None
    if wishes.nodes:
        reached = (wishes.nodes_name,) if wishes.nodes_name else wishes.nodes
        nodes = Nodes(wishes.nodes, reached, places.seen(places.management))

    def text(nodes: Nodes | None) -> bytes:
        return configuration_text(
            wishes.database.url,
            "localhost",
            SERVICES_PORT,
            keys=state,
            tls=tls,
            publishes=wishes.take_over is not None,
            reached=wishes.hosts[0],
            backup=backup,
            nodes=nodes,
        ).encode()

    # Taking a site over, backups, and a cluster in place of Mosquitto, may be asked for later.
    takes = wishes.take_over
    asked = {
        "registry": takes,
        "commands": takes,
        "backup": backup,
        "broker": nodes,
        "adoption": nodes,
    }
    yield Step(
        InstallingAct.CONFIGURATION,
        str(places.configuration),
        "central.toml",
        conf,
        0o640,
        data=text(nodes),
        asked=tuple(name for name, wish in asked.items() if wish is not None),
        earlier=text(None),
    )


def _database(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    if wishes.database.is_local_server:
        yield Step(InstallingAct.ROLE, places.central_user, "signs in by its system user: no password")
        yield Step(InstallingAct.DATABASE, wishes.database.name, "events and people", places.central_user)
    yield Step(InstallingAct.TABLES, wishes.database.url, "of this version", places.central_user)


def _keys(wishes: Wishes, places: CentrePlaces) -> Iterator[Step]:
    """After the database, which a site's people and versions go into."""
    own = f"{places.central_user}:{places.central_user}"
    if wishes.take_over is not None:
        yield Step(
            InstallingAct.SITE, str(places.state), "keys, rules, registry", own, 0o700, wishes.take_over
        )
        owner, kept = f"{places.authority_user}:{places.authority_user}", str(places.authority / "sites")
        yield Step(
            InstallingAct.HANDED, kept, "root and template key, for gates", owner, 0o700, wishes.take_over
        )
    yield Step(InstallingAct.KEY, str(places.state / "central.key"), "signs what central says", own, 0o600)


def _units(wishes: Wishes) -> Iterator[Step]:
    if wishes.has_mosquitto:
        yield Step(InstallingAct.UNIT, MOSQUITTO, "the broker: 8883 for devices, 8884 for services")
    for unit in UNITS:
        yield Step(InstallingAct.UNIT, unit, "starts now and at each start of the machine")


def _shipped(name: str) -> bytes:
    return (resources.files("firmware_config") / "mosquitto" / name).read_bytes()


def _backups(disk: Path, places: CentrePlaces) -> Path:
    return places.root / disk.absolute().relative_to("/") / "gatepost"
