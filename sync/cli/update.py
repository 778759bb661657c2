"""`gatepost update`: newer versions of this software, fetched, tried, put in force, and taken back."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer, note
from edge.cli.arguments import GateFile, gate_configuration, gate_file
from edge.cli.logs import quiet_logs
from sync.cli.update_repository import repository_app
from sync.updates.configuration import UPDATE_TOML

if TYPE_CHECKING:
    from edge.journal.format import SoftwareUpdateEnded
    from sync.updates.core import SoftwareRelease
    from sync.updates.place import Place

app = cyclopts.App(name="update", help="Newer software: fetch it, try it out, put it in force, go back.")
app.command(repository_app)

UpdateFile = Annotated[Path, Parameter(name="--update", help="The gate's update.toml.")]
_SHADOWED = 60.0


@app.command
def get(
    version: Annotated[str, Parameter(name="VERSION", help="By default what update.toml says.")] = "",
    /,
    *,
    wanted: Annotated[
        Path | None, Parameter(help="The file in which the gate names the version that the centre asks for.")
    ] = None,
    update: UpdateFile = UPDATE_TOML,
    json: Json = False,
) -> None:
    """Fetch a version, and verify it; nothing is installed by that.

    Example: gatepost update get 0.2.0
    """
    from sync.updates.core import checked_version
    from sync.updates.place import Place
    from sync.updates.unfetched import telling

    told = checked_version(version, "VERSION") if version else ""
    place = Place()
    with telling(place, wanted, time.time):
        release = _fetched(place, told, wanted, update)
    if release is None:
        answer({"version": None}, "metadata is fresh; there is no version to take", json=json)
        return
    fields = {"version": release.version, "notes": release.notes, "changes": release.changes}
    answer(fields, f"{release.version} is fetched: gatepost update apply", release.notes, json=json)


@app.command(name="apply")
def apply_fetched(
    *,
    again: Annotated[bool, Parameter(help="Also a version that did not work here.")] = False,
    update: UpdateFile = UPDATE_TOML,
    config: GateFile = None,
    json: Json = False,
) -> int:
    """Verify what was fetched, try it out beside the gate, put it in force; go back where it does not work.

    What was interrupted is gone on with. Exit 1 unless the version is in force. As root.

    Example: gatepost update apply
    """
    from sync.updates.applying import ExchangeMeans, apply, source_of
    from sync.updates.configuration import load_update_configuration, root_of_trust, shipped_root
    from sync.updates.host import JournalWitness, Systemd
    from sync.updates.place import Place, locked, platform_here
    from sync.updates.unfetched import note_unfetched

    place = Place()
    with locked(place):
        unfetched = note_unfetched(place, time.time())
    if unfetched is not None:
        return _told(unfetched, json=json)
    configuration = load_update_configuration(update)
    source = source_of(configuration, root_of_trust(configuration, shipped_root()), platform_here())
    witness = JournalWitness(gate_configuration(config).journal.socket)
    with locked(place):
        ended = apply(ExchangeMeans(place, Systemd(), witness), source, again=again)
    return _told(ended, json=json)


@app.command(name="back")
def back_by_hand(
    version: Annotated[
        str, Parameter(name="VERSION", help="By default the newest older one on this gate's disk.")
    ] = "",
    /,
    *,
    config: GateFile = None,
    json: Json = False,
) -> int:
    """Put an older version in force again that lies on this gate's disk, by hand.

    Nothing is tried out before: the gate restarts. Where the older one does not work, the one that runs
    comes back. Exit 1 unless the older one is in force. As root.

    Example: gatepost update back 0.1.0
    """
    from sync.updates.applying import ExchangeMeans
    from sync.updates.core import UpdateCause
    from sync.updates.host import JournalWitness, Systemd
    from sync.updates.place import Place, locked
    from sync.updates.way_back import back

    place = Place()
    witness = JournalWitness(gate_configuration(config).journal.socket)
    with locked(place):
        ended = back(ExchangeMeans(place, Systemd(), witness), version)
    _told(ended, json=json)
    return int(ended.why != UpdateCause.BY_HAND)


@app.command
def recover(*, json: Json = False) -> None:
    """At a start of the computer: take back a version that never showed that it works. As root.

    Example: gatepost update recover
    """
    from sync.updates.applying import resume
    from sync.updates.host import Systemd
    from sync.updates.place import Place

    done = resume(Place(), Systemd())
    answer({"note": done}, done, json=json)


@app.command(name="test")
def try_here(
    *,
    out: Annotated[Path, Parameter(help="The file to write what was found to.")] = Path(
        "/run/gatepost-trial/report.json"
    ),
    seconds: Annotated[
        float,
        Parameter(help="How long to look at what the gate decides.", validator=Number(gte=0, lte=86_400)),
    ] = _SHADOWED,
    config: GateFile = None,
    json: Json = False,
) -> int:
    """Check this version beside the gate that runs, and decide again on what that one decides.

    It takes no device and moves nothing. Exit 1 if it would not do.

    Example: gatepost update test --seconds 10
    """
    from sync.updates.core import objections
    from sync.updates.trying import try_out

    quiet_logs()
    report = try_out(gate_file(config), out, seconds)
    wrong = list(objections(None, report, ()))
    fields = {"version": report.version, "compared": report.compared, "skipped": report.skipped, "bad": wrong}
    lines = (
        f"{report.compared} decisions made again, {report.differing} otherwise, {report.skipped} skipped",
        *wrong,
    )
    answer(fields, *lines, json=json)
    return int(bool(wrong))


@app.command
def status(*, json: Json = False) -> int:
    """Say which version is in force, what is under way, and how the last update ended; exit 1 if badly.

    Example: gatepost update status
    """
    from edge.journal.format import UpdateEnd
    from sync.updates.place import Place, read_standing
    from sync.updates.unfetched import last_unfetched

    place = Place()
    standing = read_standing(place)
    current, last, under_way = place.named_by(place.current), standing.ended, standing.exchange
    unfetched = last_unfetched(place, standing)
    fields = {
        "version": current,
        "under_way": None if under_way is None else under_way.version,
        "ended": None if last is None else {"version": last.version, "how": last.how, "why": last.why},
        "failed": standing.failed,
        "unfetched": None if unfetched is None else {"version": unfetched.version, "why": unfetched.why},
    }
    lines = [f"{current or 'no version'} is in force"]
    if under_way is not None:
        lines.append(f"{under_way.version} is being put in force ({under_way.phase.value})")
    if unfetched is not None:
        lines.append(f"{unfetched.version or 'the newest version'} could not be fetched: {unfetched.why}")
    if last is not None and last.why != (unfetched and unfetched.why) and last.version:
        lines.append(_words(last))
    lines += [f"not tried again by itself: {name}: {why}" for name, why in standing.failed.items()]
    answer(fields, *lines, json=json)
    failed = last is not None and last.how is not UpdateEnd.INSTALLED and bool(last.version)
    return int(failed or unfetched is not None)


def _fetched(place: Place, told: str, wanted: Path | None, update: Path) -> SoftwareRelease | None:
    from sync.updates.configuration import load_update_configuration, root_of_trust, shipped_root
    from sync.updates.fetching import NOTHING_ASKED, Wish, fetch, wanted_in
    from sync.updates.place import platform_here, read_standing

    configuration = load_update_configuration(update)
    order = NOTHING_ASKED if wanted is None else wanted_in(wanted)
    wish = Wish(told, order, place.named_by(place.current), read_standing(place).failed)
    root = root_of_trust(configuration, shipped_root(Path(sys.prefix)))
    return fetch(configuration, root, place, platform_here(), wish)


def _told(ended: SoftwareUpdateEnded | None, *, json: bool) -> int:
    if ended is None:
        note("no version waits: gatepost update get VERSION fetches one", json=json)
        return 0
    answer({"version": ended.version, "how": ended.how, "why": ended.why}, _words(ended), json=json)
    return int(ended.how.value != "installed")


def _words(ended: SoftwareUpdateEnded) -> str:
    said = {
        "installed": f"{ended.version} is in force, in the place of {ended.before}",
        "refused": f"{ended.version or 'the newest version'} was refused, {ended.before} goes on",
        "went_back": f"{ended.before} is in force again, {ended.version} is not",
    }[ended.how.value]
    return f"{said}: {ended.why}" if ended.why else said
