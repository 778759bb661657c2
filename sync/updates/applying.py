"""Puts a fetched version in force, and goes back by itself where it does not work.

What is on disk before each step says how to go on after a power cut (`core.standing`): `current` names the
version in force, `confirmed` one that has shown that it works, and what recovers is started by the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from edge.support.decoding import Undecodable, json_of
from edge.support.files import make_folder, read_bounded
from sync.updates.configuration import UpdateConfiguration
from sync.updates.core import (
    Exchange,
    ExchangePhase,
    Platform,
    SoftwareRelease,
    Standing,
    TrialReport,
    UpdateCause,
    UpdateError,
    begun,
    checked_version,
    ended,
    exchanged,
    fetched_again,
    objections,
    obstacle,
    started_again,
)
from sync.updates.fetching import Ready
from sync.updates.host import GATE, OTHERS, READY_WITHIN, SystemServices, Witness
from sync.updates.local_fetcher import HERE, LocalFetcher
from sync.updates.model_files import lacking_bytes, lay_models
from sync.updates.place import Place, name_by, read_standing, write_standing
from sync.updates.space import refuse_full
from sync.updates.stores import WRITES
from sync.updates.trust import Repository, plausible
from sync.updates.unpacking import clear_for, unpack
from sync.updates.versions import (
    clear_fetched,
    is_superseded,
    is_whole,
    mended,
    refuse_unrecoverable,
    remove_others,
    with_what_is_there,
)

_MOST_REPORT_BYTES = 256 * 1024
_TRIED_WITHIN = 300.0


@dataclass(frozen=True)
class ExchangeMeans:
    """What an exchange works with. `opens` is up to which version the running software opens each database;
    `cut` is called after each step, so that tests can cut the power there.
    """

    place: Place
    services: SystemServices
    witness: Witness
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    cut: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class PackageSource:
    """Whose packages are believed here: the channel, the first root, and what this computer is."""

    configuration: UpdateConfiguration
    root: bytes
    platform: Platform
    opens: Mapping[str, int]


class _NothingToCompare(UpdateError):
    """The version that runs did not come to the end of its own trial: no fault of the new one."""


def source_of(configuration: UpdateConfiguration, root: bytes, platform: Platform) -> PackageSource:
    """The source for the software that runs this."""
    return PackageSource(configuration, root, platform, WRITES)


def apply(means: ExchangeMeans, source: PackageSource, *, again: bool = False) -> SoftwareUpdateEnded | None:
    """Take what was fetched, or go on with what was interrupted; how it ended (None: nothing waits).

    `again`: also a version that did not work here. Raises UpdateError where nothing is known of updates.
    """
    standing = read_standing(means.place)
    if standing.exchange is not None:
        return go_on(means, standing, standing.exchange)
    version, before = _waiting(means.place), means.place.named_by(means.place.current)
    if not before:
        raise UpdateError(
            "names no version",
            where=str(means.place.current),
            remedy="install the package again: docs/installing.md",
        )
    if not version or version == before:
        return None
    try:
        if version in standing.failed and not again:
            raise UpdateError(
                f"{version} {UpdateCause.FAILED_BEFORE}: {standing.failed[version]}",
                remedy="gatepost update apply --again tries it once more",
            )
        refuse_unrecoverable(means.place)
        standing, release = _verified(means, source, standing, version, before)
    except (UpdateError, OSError) as error:
        return _refused(means, standing, version, before, _named(error, means.place), blamed=False)
    try:
        _tried(means, release)
    except _NothingToCompare as error:
        return _refused(means, standing, version, before, error, blamed=False)
    except UpdateError as error:
        return _refused(means, standing, version, before, error, blamed=True)
    return exchange_versions(
        means, standing, Exchange(release.version, before, ExchangePhase.EXCHANGING, release.changes)
    )


def go_on(means: ExchangeMeans, standing: Standing, exchange: Exchange) -> SoftwareUpdateEnded:
    """Go on with an exchange that was interrupted."""
    if is_superseded(means.place, exchange):
        other = means.place.named_by(means.place.current)
        error = UpdateError(f"{other} was installed meanwhile", remedy="nothing: it is in force")
        return _refused(means, standing, exchange.version, exchange.before, error, blamed=False)
    exchange = with_what_is_there(means.place, exchange)
    if exchange.phase is ExchangePhase.GOING_BACK:
        return _go_back(means, standing, exchange, exchange.why)
    return _confirmed_or_back(means, standing, exchange)


def resume(place: Place, services: SystemServices) -> str:
    """At a start of the computer, before the gate's: see that a version is in force that can start, by its
    own units, and have an exchange gone on with later. Returns what was done, for the log. Raises
    UpdateError.
    """
    done = _resumed(place, services)
    return f"{done}; its units were read again" if services.reload_stale() else done


def _resumed(place: Place, services: SystemServices) -> str:
    standing = read_standing(place)
    exchange = standing.exchange
    if exchange is None:
        return mended(place, services)
    standing = started_again(standing)
    write_standing(place, standing)
    if is_superseded(place, exchange):
        services.go_on_later()
        return f"{place.named_by(place.current)} was installed meanwhile and stays"
    exchange = with_what_is_there(place, standing.exchange or exchange)
    said = f"start {exchange.starts} since {exchange.version} was to replace {exchange.before}"
    if exchange.phase is ExchangePhase.GOING_BACK or not is_whole(place, exchange.version):
        name_by(place, place.current, exchange.before)
        services.reload()
        said = f"went back to {exchange.before}: {exchange.why or 'the new version is not whole'}"
    services.go_on_later()
    return said


# --- inside: up to the exchange ---------------------------------------------------------------


def _waiting(place: Place) -> str:
    """The version that lies fetched; empty: none."""
    path = place.fetched.ready
    try:
        return checked_version(json_of(read_bounded(path, 1000), Ready).version, str(path))
    except FileNotFoundError:
        return ""
    except (OSError, Undecodable) as error:
        raise UpdateError(str(error), where=str(path), remedy="gatepost update fetch makes it anew") from None


def _verified(
    means: ExchangeMeans, source: PackageSource, standing: Standing, version: str, before: str
) -> tuple[Standing, SoftwareRelease]:
    """Verify all that was fetched, and lay it beside what runs; with the time that has now passed."""
    place = means.place
    at = plausible(means.now, standing.floor)
    make_folder(place.metadata)
    repository = Repository(HERE, place.metadata, source.root, LocalFetcher(place.fetched, place.state))
    repository.refresh()
    offered = repository.offered(source.configuration.channel, version, source.platform)
    problem = obstacle(offered.release, before, source.opens)
    if problem is not None:
        raise problem
    clear_for(place.versions, version)
    for left in (place.package, place.model):
        left.unlink(missing_ok=True)
    means.cut("leftovers removed")
    lacking = lacking_bytes(place, offered.release)
    needs = [(place.state, offered.target.length), (place.versions, offered.on_disk), (place.models, lacking)]
    refuse_full(needs)
    # Root's own copy, judged as it is copied: who fetched may change theirs at any time.
    repository.download(offered.target, place.package)
    means.cut("verified")
    lay_models(repository, place, offered.release, means.cut)
    unpack(place.package, place.versions, version, source.platform, means.cut)
    place.package.unlink()
    later = fetched_again(replace(standing, floor=at))
    write_standing(place, later)
    means.cut("unpacking noted")
    return later, offered.release


def _tried(means: ExchangeMeans, release: SoftwareRelease) -> None:
    """Try the version out beside the gate; raises UpdateError that says what is wrong with it."""
    report = _report_of(means, release.version)
    before = None
    if report.bad:
        try:
            before = _report_of(means, means.place.named_by(means.place.current))
        except UpdateError as error:
            again = f"gatepost update get {release.version}, and apply, try again"
            raise _NothingToCompare(error.what, remedy=again) from None
    wrong = list(objections(before, report, release.changes))
    if wrong:
        raise UpdateError("; ".join(wrong[:5]), remedy="the version that runs goes on; tell the publisher")


def _report_of(means: ExchangeMeans, version: str) -> TrialReport:
    path = means.place.report
    with suppress(FileNotFoundError):
        path.unlink()
    try:
        means.services.try_out(version, _TRIED_WITHIN)
        report = json_of(read_bounded(path, _MOST_REPORT_BYTES), TrialReport)
    except (OSError, Undecodable, UpdateError) as error:
        raise UpdateError(f"the trial of {version} told nothing: {error}") from None
    if report.version != version:
        raise UpdateError(f"what lies in {version} says that it is {report.version}")
    return report


def _refused(
    means: ExchangeMeans, standing: Standing, version: str, before: str, error: UpdateError, *, blamed: bool
) -> SoftwareUpdateEnded:
    """Note that `version` is not taken, and remove it."""
    place = means.place
    # First what takes room: a card that is full would not take the note.
    place.package.unlink(missing_ok=True)
    if version not in {place.named_by(place.current), place.named_by(place.confirmed)}:
        clear_for(place.versions, version)
    standing = ended(standing, version, before, UpdateEnd.REFUSED, str(error), blamed=blamed)
    write_standing(place, standing)
    clear_fetched(place)
    return _end_of(standing)


def _named(error: UpdateError | OSError, place: Place) -> UpdateError:
    """What the card's error means to somebody at a gate."""
    if isinstance(error, UpdateError):
        return error
    where = str(error.filename or place.state)
    return UpdateError(error.strerror or str(error), where=where, remedy="the version that runs goes on")


# --- inside: the exchange -----------------------------------------------------------------------


def exchange_versions(means: ExchangeMeans, standing: Standing, exchange: Exchange) -> SoftwareUpdateEnded:
    """Put the version of `exchange`, which lies whole on disk, in force; or go back."""
    place = means.place
    name_by(place, place.confirmed, exchange.before)
    means.cut("old version confirmed")
    epoch, newest, probed = means.witness.newest()
    exchange = replace(exchange, epoch=epoch, sequence=newest, probed=probed)
    standing = begun(standing, exchange)
    write_standing(place, standing)
    means.cut("exchange noted")
    return _confirmed_or_back(means, standing, exchange)


def _confirmed_or_back(means: ExchangeMeans, standing: Standing, exchange: Exchange) -> SoftwareUpdateEnded:
    try:
        _put_in_force(means, exchange)
    except (UpdateError, OSError) as error:
        return _go_back(means, standing, exchange, str(_named(error, means.place)))
    place = means.place
    name_by(place, place.confirmed, exchange.version)
    means.cut("new version confirmed")
    clear_fetched(place)
    standing = exchanged(standing, exchange)
    write_standing(place, standing)
    means.cut("end noted")
    remove_others(place, {exchange.version, exchange.before})
    return _end_of(standing)


def _put_in_force(means: ExchangeMeans, exchange: Exchange) -> None:
    """Exchange the versions, and see that the new one works; raises UpdateError."""
    place, services, version = means.place, means.services, exchange.version
    if not is_whole(place, version):
        raise UpdateError(f"{version} is not whole on disk")
    name_by(place, place.current, version)
    means.cut("exchanged")
    services.reload()
    services.restart(GATE, READY_WITHIN)
    means.cut("gate restarted")
    means.witness.works(version, exchange.epoch, exchange.sequence, probed=exchange.probed)
    for unit in OTHERS:
        services.restart_if_running(unit)
    means.cut("others restarted")
    if exchange.by_hand:
        return  # who leaves a version wants what the other one decides
    # The version before looks at what the new one decides, as the new one has looked at it.
    report = _report_of(means, exchange.before)
    wrong = list(objections(None, replace(report, bad=()), exchange.changes))
    if wrong:
        raise UpdateError("; ".join(wrong[:5]))


def _go_back(means: ExchangeMeans, standing: Standing, exchange: Exchange, why: str) -> SoftwareUpdateEnded:
    """Put the version before in force again: first on disk, then in the services."""
    place, services = means.place, means.services
    standing = begun(standing, replace(exchange, phase=ExchangePhase.GOING_BACK, why=why))
    write_standing(place, standing)
    means.cut("going back noted")
    name_by(place, place.current, exchange.before)
    name_by(place, place.confirmed, exchange.before)
    means.cut("went back")
    services.reload()
    try:
        services.run_as_read(GATE, READY_WITHIN)
        for unit in OTHERS:
            services.restart_if_running(unit)
    except UpdateError as error:  # systemd goes on starting the gate; what is noted is that it went back
        why = f"{why}; and then: {error}"
    means.cut("old gate restarted")
    clear_fetched(place)
    standing = ended(standing, exchange.version, exchange.before, UpdateEnd.WENT_BACK, why, blamed=True)
    write_standing(place, standing)
    means.cut("end noted")
    remove_others(place, {exchange.before})
    return _end_of(standing)


def _end_of(standing: Standing) -> SoftwareUpdateEnded:
    assert standing.ended is not None  # noqa: S101 - it was just noted
    return standing.ended
