"""`gatepost update repository`: the publisher's side: keys, versions offered, metadata kept fresh."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer, objects, warn
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError
from edge.support.toml_words import in_words

if TYPE_CHECKING:
    from sync.updates.publishing.repository import Publishing

repository_app = cyclopts.App(
    name="repository", help="Offer versions to gates, as their publisher; never on a gate."
)
key_app = cyclopts.App(name="key", help="The publisher's keys.")
models_app = cyclopts.App(name="models", help="The model files that come with versions.")
repository_app.command(key_app)
repository_app.command(models_app)

Folder = Annotated[Path, Parameter(name="FOLDER", help="The repository's folder, which a web server serves.")]
Keys = Annotated[
    tuple[Path, ...],
    ToRead,
    Parameter(name="--keys", help="A folder with keys; name each medium that is needed."),
]
Role = Annotated[
    str, Parameter(name="ROLE", help="root, targets, snapshot, timestamp, software, models or registry.")
]
Threshold = Annotated[
    tuple[str, ...], Parameter(name="--threshold", help="How many of a role's keys must sign: ROLE=COUNT.")
]
_USUAL = {"root": 2}


@key_app.command
def create(
    role: Role,
    folder: Annotated[Path, Parameter(name="KEYS", help="The folder to make them in.")],
    /,
    *,
    count: Annotated[int, Parameter(help="How many.", validator=Number(gte=1, lte=100))] = 1,
    json: Json = False,
) -> None:
    """Make keys of ROLE in KEYS: Ed25519, readable by their owner alone.

    Example: gatepost update repository key create root /media/a
    """
    from sync.updates.publishing.role_keys import make_keys

    _check_role(role)
    made = make_keys(folder, role, count)
    for path in made:
        answer({"key": str(path)}, f"{path}: keep it offline, but for snapshot and timestamp", json=json)


@repository_app.command
def init(folder: Folder, /, *, keys: Keys, threshold: Threshold = (), json: Json = False) -> None:
    """Make a repository: its first root, which gates are to trust, and its roles.

    Two keys of root must sign unless --threshold says otherwise, and one of each other role.

    Example: gatepost update repository init repo --keys /media/a --keys /media/b --keys online
    """
    told = _counts(threshold)
    for role in told:
        _check_role(role)
    _publishing(folder, keys).create(_USUAL | told)
    root = folder / "metadata" / "1.root.json"
    answer(
        {"file": str(root)}, f"{root}: into the packages, or to each gate as root in update.toml", json=json
    )


@repository_app.command
def publish(
    folder: Folder,
    /,
    *packages: Annotated[
        Path, ToRead, Parameter(name="PACKAGE", help="Its .deb files, one a Debian and processor.")
    ],
    keys: Keys,
    channel: Annotated[str, Parameter(help="The channel that offers it.")] = "stable",
    notes: Annotated[str, Parameter(help="What people are told of it.")] = "",
    minimum: Annotated[str, Parameter(help="The oldest version that may take it.")] = "",
    change: Annotated[
        tuple[str, ...],
        Parameter(name="--change", help="A reason for which it may decide otherwise; one each."),
    ] = (),
    schema: Annotated[
        tuple[str, ...],
        Parameter(name="--schema", help="STORE=VERSION that it writes; by default as this software does."),
    ] = (),
    json: Json = False,
) -> None:
    """Sign a version, and offer it as the newest of its channel. What is published never changes.

    Example: gatepost update repository publish repo dist/gatepost_0.2.0+*.deb --keys /media/s --keys online
    """
    import msgspec

    from edge.decision import Reason
    from sync.updates.core import CHANNEL, SoftwareRelease
    from sync.updates.packages import read_package
    from sync.updates.stores import WRITES

    unknown = [code for code in change if code not in {reason.value for reason in Reason}]
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]!r} is no reason", where="--change", remedy="docs/policy.md lists them"
        )
    if CHANNEL.fullmatch(channel) is None:
        raise ConfigurationError(
            f"{channel!r} cannot be a channel", where="--channel", remedy="small letters"
        )
    read = [read_package(path) for path in packages]
    versions = sorted({package.version for package in read})
    if len(versions) != 1:
        raise ConfigurationError(
            f"packages of {len(versions)} versions", where="PACKAGE", remedy="name those of one"
        )
    fields = {
        "version": versions[0],
        "notes": notes,
        "minimum": minimum,
        "changes": change,
        "schemas": _counts(schema) or dict(WRITES),
    }
    try:
        release = msgspec.convert(fields, SoftwareRelease)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            in_words(error, SoftwareRelease),
            where="publish",
            remedy="gatepost update repository publish --help",
        ) from None
    publishing = _publishing(folder, keys)
    paths, without = publishing.add(read, release, channel), publishing.unoffered(read)
    warn(
        (
            f"without {name}, which gates get by hand: it comes with a version published after models publish"
            for name in without
        ),
        json=json,
    )
    answer({"version": release.version, "files": paths, "without": without}, *paths, json=json)


@models_app.command(name="publish")
def publish_models(
    folder: Folder,
    /,
    *files: Annotated[
        Path, ToRead, Parameter(name="FILE", help="Model files of the catalogue, known by their hash.")
    ],
    keys: Keys,
    json: Json = False,
) -> None:
    """Sign model files: gates get them with the next version published whose package does not carry them.

    Example: gatepost update repository models publish repo MiniFASNet*.onnx --keys /media/m --keys online
    """
    from sync.updates.publishing.catalogued import read_model

    read = {read_model(path): path for path in files}
    paths = _publishing(folder, keys).add_models(read)
    known = "" if paths else "nothing is new: what was named is offered already"
    answer({"files": paths}, *paths, *filter(None, [known]), json=json)


@repository_app.command
def withdraw(
    folder: Folder,
    version: Annotated[str, Parameter(name="VERSION", help="What is offered no more.")],
    /,
    *,
    keys: Keys,
    newest: Annotated[str, Parameter(help="The newest version of the channel from now on.")],
    channel: Annotated[str, Parameter(help="Of which channel.")] = "stable",
    json: Json = False,
) -> None:
    """Offer a version no more. Gates that have it keep it: publish a newer one for them.

    Example: gatepost update repository withdraw repo 0.2.0 --newest 0.1.0 --keys /media/s --keys online
    """
    paths = _publishing(folder, keys).withdraw(version, channel, newest)
    answer({"version": version, "files": paths}, *(f"{path}: withdrawn" for path in paths), json=json)


@repository_app.command
def renew(
    folder: Folder,
    /,
    *,
    keys: Keys,
    role: Annotated[
        tuple[str, ...],
        Parameter(name="--role", help="Besides, sign this role again as it is, before it expires; one each."),
    ] = (),
    json: Json = False,
) -> None:
    """Sign a new timestamp, and snapshot, with the keys that lie where it is served; by a timer, daily.

    Example: gatepost update repository renew repo --role root --keys /media/a --keys /media/b --keys online
    """
    for name in role:
        _check_role(name)
    publishing = _publishing(folder, keys)
    publishing.sign_again(tuple(dict.fromkeys(role)))
    rows = publishing.shown()
    until = rows["timestamp"]["until"]
    again = [f"{name}: version {rows[name]['version']}, until {rows[name]['until']:%F}" for name in role]
    answer({"until": until}, *again, f"fresh until {until:%Y-%m-%d %H:%M} UTC", json=json)


@repository_app.command
def rotate(
    folder: Folder,
    role: Role,
    /,
    *,
    keys: Keys,
    threshold: Annotated[
        int | None,
        Parameter(
            help="How many of its keys must sign; by default as many as before.",
            validator=Number(gte=1, lte=100),
        ),
    ] = None,
    retired: Annotated[
        tuple[Path, ...],
        ToRead,
        Parameter(name="--retired", help="Folders of root keys that sign for the last time."),
    ] = (),
    json: Json = False,
) -> None:
    """Let the keys of ROLE that lie in --keys count from now on, and no others; gates follow by themselves.

    Example: gatepost update repository rotate repo software --keys /media/new --keys /media/t --keys online
    """
    _check_role(role)
    publishing = _publishing(folder, keys, retired)
    before = publishing.thresholds()[role]
    publishing.rotate(role, threshold)
    row = publishing.shown()[role]
    said = f"{role}: version {row['version']}, until {row['until']:%Y-%m-%d}, {row['threshold']} must sign"
    changed = row["threshold"] != before
    fields = {"version": row["version"], "threshold": row["threshold"], "before": before}
    answer(fields, f"{said}, where it was {before} before" if changed else said, json=json)


@repository_app.command
def show(folder: Folder, /, *, json: Json = False) -> None:
    """Show of each role its version, its end, how many keys sign, and what it offers.

    Example: gatepost update repository show repo
    """
    rows = _publishing(folder, ()).shown()
    if json:
        objects({"role": role, **row} for role, row in rows.items())
        return
    for role, row in rows.items():
        print(
            f"{role:10} version {row['version']}, until {row['until']:%Y-%m-%d}, {row['threshold']} must sign"
        )
        for path in row["offered"]:
            print(f"           {path}")


def _check_role(role: str) -> None:
    from sync.updates.publishing.role_keys import ROLES

    if role not in ROLES:
        raise ConfigurationError(f"{role!r} is no role", remedy=f"one of {', '.join(ROLES)}")


def _publishing(folder: Path, keys: tuple[Path, ...], retired: tuple[Path, ...] = ()) -> Publishing:
    from sync.updates.publishing.repository import Publishing

    return Publishing(folder, keys, datetime.now(UTC), retired)


def _counts(words: tuple[str, ...]) -> dict[str, int]:
    counts = {}
    for word in words:
        name, is_given, count = word.partition("=")
        if not (is_given and count.isdecimal() and 0 < int(count) < 1000):
            raise ConfigurationError(f"{word!r} is no NAME=COUNT", remedy="write for example root=2")
        counts[name] = int(count)
    return counts
