"""The way back by hand: an older version that lies on this gate's disk is put in force again."""

from __future__ import annotations

from edge.journal.format import SoftwareUpdateEnded
from sync.updates.applying import ExchangeMeans, exchange_versions
from sync.updates.core import Exchange, ExchangePhase, UpdateError, checked_version, is_newer
from sync.updates.place import Place, read_standing
from sync.updates.versions import is_whole, on_disk, refuse_unrecoverable


def back(means: ExchangeMeans, version: str = "") -> SoftwareUpdateEnded:
    """Put `version` in force, by default the newest older one on disk; how it ended.

    The one that runs stays where the older one does not become READY, or loses its probe: for example since
    it does not open a newer database. The version that was left is not taken again by itself. Raises
    UpdateError where there is no such version.
    """
    place = means.place
    standing, current = read_standing(place), place.named_by(place.current)
    if standing.exchange is not None:
        raise UpdateError(
            f"{standing.exchange.version} is being put in force",
            remedy="gatepost update apply goes on with that; then ask again",
        )
    refuse_unrecoverable(place)
    older = checked_version(version, "VERSION") if version else _newest_before(place, current)
    if older == current or is_newer(older, current):
        raise UpdateError(
            f"{older} is not older than {current}, which runs",
            remedy=f"gatepost update get {older}, and apply, go forward",
        )
    if not is_whole(place, older):
        raise _not_there(f"{older} does not lie whole on this gate's disk", place, older)
    return exchange_versions(
        means, standing, Exchange(older, current, ExchangePhase.EXCHANGING, by_hand=True)
    )


def _newest_before(place: Place, current: str) -> str:
    found = next((name for name in on_disk(place) if is_newer(current, name)), "")
    if not found:
        raise _not_there(f"no version older than {current} lies on this gate's disk", place, "VERSION")
    return found


def _not_there(what: str, place: Place, version: str) -> UpdateError:
    install = (
        f"apt install --allow-downgrades ./gatepost_{version}+….deb, then gatepost update back {version}"
    )
    return UpdateError(what, where=str(place.versions), remedy=install)
