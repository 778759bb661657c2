"""Signs the pass of a visit, where the centre has a key for passes that the site's gates trust."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.own_pass import PassClaims, issue
from edge.decision import PassKind
from edge.errors import GatepostError
from edge.registry.keys import read_public_keys
from edge.signing.cose import instant
from edge.signing.key_files import read_private_key
from sync.central.configuration import PublishingSection
from sync.central.units import SECOND
from sync.central.visits.core import VisitState
from sync.central.visits.visits import KeptVisit

_SHOWN = {VisitState.INVITED, VisitState.ARRIVED, VisitState.LEFT}


@dataclass(frozen=True)
class NoPass:
    """Why a visit has no pass, in a few words for the staff."""

    why: str


def pass_of(section: PublishingSection | None, visit: KeptVisit) -> str | NoPass:
    """The text of a visit's pass: the same one whenever it is asked for."""
    if visit.life.state not in _SHOWN:
        return NoPass(f"the visit is {visit.life.state}")
    if section is None or section.pass_key is None:
        return NoPass("no pass_key in [registry] of central.toml")
    key = _key(section.pass_key, section.sites / visit.site / "passes.pub")
    return key if isinstance(key, NoPass) else issue(claims_of(visit), key)


def claims_of(visit: KeptVisit) -> PassClaims:
    """What a visit's pass says: the visitor may pass every gate of the site from begin to end."""
    return PassClaims(
        site=visit.site,
        subject_id=visit.subject,
        pass_id=visit.pass_id,
        issued=_whole(visit.made_at),
        kind=PassKind.VISITOR,
        valid_from=_whole(visit.since),
        valid_until=_whole(visit.until),
    )


def _key(file: Path, trusted: Path) -> Ed25519PrivateKey | NoPass:
    try:
        key = read_private_key(file)
        known = read_public_keys(trusted) if trusted.exists() else ()
    except GatepostError as error:
        return NoPass(str(error))
    if key.public_key().public_bytes_raw() not in known:
        return NoPass(f"{trusted} does not name the key: the site's gates would refuse its passes")
    return key


def _whole(at: int) -> datetime:
    return instant(at // SECOND * SECOND)
