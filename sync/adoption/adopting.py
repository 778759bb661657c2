"""Adopts this computer as the gate that an invitation names: keys made here, all else from the door.

Each step leaves whole files, and goes on from what is there: interrupted anywhere and called again, it ends
well. The code's use is the same for the same keys, until the code expires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from edge.errors import ConfigurationError, GatepostError
from edge.registry.format import EarlierKey, KeyRing
from edge.registry.keys import key_ring_file
from edge.signing.key_files import make_private_key, public_pem, read_private_key, write_secret
from edge.support.decoding import json_of
from edge.support.files import Durability, make_folder, read_bounded, write_aside
from sync.adoption.places import AdoptionPlaces
from sync.agent.configuration import load_configuration
from sync.agent.sync_file import Speaks, sync_file
from sync.ca.certificates import name_of, request_for
from sync.ca.device import certificate_of
from sync.ca.door_client import WITHIN, ask_door, fetch_authority
from sync.ca.files import make_key, parse_certificate, read_key
from sync.ca.messages import (
    AdoptionAnswer,
    AdoptionRequest,
    InvitationAnswer,
    InvitationQuestion,
    possession_of,
)
from sync.gate_invitation import (
    Direction,
    GateMaterial,
    InvitationCode,
    Language,
    SealError,
    open_sealed,
    proof_of,
    url_of,
)

CLOCK_MAY_BE_OFF = timedelta(hours=1)
_MOST_BYTES = 256 * 1024
_PUBLIC = 0o644
_CONFIGURATION = 0o640


class AdoptionError(GatepostError):
    """An adoption is refused; what was there before is as it was."""


class KeptAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies on disk until the gate has it: the door's address, and its answer for `device`."""

    url: str
    device: str
    answer: AdoptionAnswer


@dataclass(frozen=True)
class Adopted:
    """What this computer became. `root` (PEM) and the two keys are for the gate's own files."""

    device: str
    site: str
    gate: str
    direction: Direction | None
    language: Language
    root: bytes = field(repr=False)
    template_key: bytes = field(repr=False)
    sealing_key: bytes = field(repr=False)


@dataclass(frozen=True)
class PresentGate:
    """The gate that this computer is already, by its gate.toml."""

    site: str
    gate: str


def adopt(
    code: InvitationCode,
    door: tuple[str, int],
    places: AdoptionPlaces,
    present: PresentGate | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    say: Callable[[str], None] = lambda _: None,
    within: float = WITHIN,
) -> Adopted:
    """Adopt this computer by the code of an invitation, at the door with this host and port.

    Raises GatepostError, and then a gate that worked works as before. Call `settle` once the gate's own
    files are written.
    """
    url = url_of(*door)
    try:
        authority = _authority(code, url, now(), within)
        who = ask_door(
            url, "/invitation", InvitationQuestion(proof_of(code)), authority, InvitationAnswer, within
        )
        _check_clock(who.now, now())
        _refuse_another(who, places, present)
        say(f"the code is for gate {who.gate} of {who.site}: this computer becomes {who.device}")
        kept = _kept(places)
        if kept is None or kept.device != who.device:
            kept = _asked(code, url, authority, who.device, places, within)
            say("the centre has answered")
        return _install(kept, places)
    except OSError as error:
        raise _not_written(error) from error


def pending(places: AdoptionPlaces) -> Adopted | None:
    """What an adoption that was interrupted has got already; None: there is none. Raises GatepostError."""
    try:
        kept = _kept(places)
        return None if kept is None else _install(kept, places)
    except OSError as error:
        raise _not_written(error) from error


def settle(places: AdoptionPlaces) -> None:
    """The gate has what it needs, its sealing key too: remove what was kept on the way, and this copy."""
    for path in (places.answer, places.sealing_key):
        path.unlink(missing_ok=True)


# --- asking ------------------------------------------------------------------------------------


def _authority(code: InvitationCode, url: str, now: datetime, within: float) -> x509.Certificate:
    """The services' authority, proved by the code. Raises AdoptionError; nothing was sent then."""
    found = fetch_authority(url, within)
    if not code.proves(found.public_bytes(Encoding.DER)):
        raise AdoptionError(
            "another centre answers here than the one that made the code; nothing was sent to it",
            where=url,
            remedy="check the address behind the @; if it is right, somebody is between this computer and it",
        )
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise _clock_is_wrong(now, found.not_valid_before_utc)
    return found


def _check_clock(doors: int, now: datetime) -> None:
    there = datetime.fromtimestamp(doors / 1_000_000, UTC)
    if abs(there - now) > CLOCK_MAY_BE_OFF:
        raise _clock_is_wrong(now, there)


def _clock_is_wrong(now: datetime, there: datetime) -> AdoptionError:
    return AdoptionError(
        f"this computer's clock says {now:%Y-%m-%d %H:%M} UTC, and the centre's {there:%Y-%m-%d %H:%M}",
        where="clock",
        remedy="set it: timedatectl set-ntp true, or timedatectl set-time; then call this again",
    )


def _refuse_another(who: InvitationAnswer, places: AdoptionPlaces, present: PresentGate | None) -> None:
    if present is not None and (present.site, present.gate) != (who.site, who.gate):
        raise AdoptionError(
            f"the code is for gate {who.gate} of {who.site}, "
            f"and this is gate {present.gate} of {present.site}",
            where=str(places.configuration),
            remedy="type the code of this gate; a computer that becomes another gate is installed anew",
        )
    held = name_of(certificate_of(places.identity)) if places.identity.certificate.exists() else who.device
    if held != who.device:
        raise AdoptionError(
            f"this computer is the device {held} already; the code is for {who.device}",
            where=str(places.identity.folder),
            remedy="to replace it by itself, move that folder away, and call this again",
        )


def _asked(
    code: InvitationCode,
    url: str,
    authority: x509.Certificate,
    device: str,
    places: AdoptionPlaces,
    within: float,
) -> KeptAnswer:
    """The door's answer, on disk before anything is made of it."""
    make_folder(places.identity.folder, 0o700)
    place = places.identity.key
    key = read_key(place) if place.exists() else make_key(place)
    message, sealing = _message_key(places), _sealing_key(places)
    request = request_for(device, key).decode()
    keys = (message.public_key().public_bytes_raw(), sealing.public_key().public_bytes_raw())
    possession = message.sign(possession_of(request, *keys))
    question = AdoptionRequest(proof_of(code), request, *keys, possession)
    answer = ask_door(url, "/adopt", question, authority, AdoptionAnswer, within)
    kept = KeptAnswer(url, device, answer)
    _opened(kept, places)
    write_aside(places.answer, msgspec.json.encode(kept), durability=Durability.LASTING)
    return kept


def _message_key(places: AdoptionPlaces) -> Ed25519PrivateKey:
    path = places.message_key
    return read_private_key(path) if path.exists() else make_private_key(path)


def _sealing_key(places: AdoptionPlaces) -> X25519PrivateKey:
    path = places.sealing_key
    if not path.exists():
        write_secret(path, X25519PrivateKey.generate().private_bytes_raw())
    try:
        return X25519PrivateKey.from_private_bytes(read_bounded(path, 32))
    except ValueError:
        raise AdoptionError(
            "not a sealing key", where=str(path), remedy="remove this file, and call this again"
        ) from None


# --- what was got ------------------------------------------------------------------------------


def _kept(places: AdoptionPlaces) -> KeptAnswer | None:
    """What was answered before; None: nothing, or nothing that can be opened."""
    try:
        kept = json_of(read_bounded(places.answer, _MOST_BYTES), KeptAnswer, str(places.answer))
        _opened(kept, places)
    except (FileNotFoundError, GatepostError):
        return None
    return kept


def _opened(kept: KeptAnswer, places: AdoptionPlaces) -> tuple[x509.Certificate, GateMaterial]:
    """The certificate and the gate's part in an answer. Raises GatepostError where they are not for this
    computer's keys.
    """
    certificate = parse_certificate(kept.answer.certificate.encode())
    parse_certificate(kept.answer.services.encode())
    if (
        name_of(certificate) != kept.device
        or certificate.public_key() != read_key(places.identity.key).public_key()
    ):
        raise AdoptionError("the certificate in the answer is not for this computer's key", where=kept.url)
    try:
        plain = open_sealed(kept.answer.sealed, _sealing_key(places), kept.device)
    except SealError as error:
        raise AdoptionError(error.what, where=kept.url) from None
    material = json_of(plain, GateMaterial, kept.url)
    if material.part.device != kept.device:
        raise AdoptionError("the answer is for another device", where=kept.url)
    return certificate, material


def _install(kept: KeptAnswer, places: AdoptionPlaces) -> Adopted:
    """Write what the sync process needs, its certificate last: with it the device is enrolled."""
    certificate, material = _opened(kept, places)
    part, identity, meets = material.part, places.identity, places.meets
    for folder in (meets.acknowledged, meets.inbox.parent, meets.lists, meets.spool):
        make_folder(folder, 0o750)
    public = public_pem(_message_key(places).public_key())
    write_aside(places.message_key.with_suffix(".pub"), public, _PUBLIC)
    write_aside(identity.services, kept.answer.services.encode())
    write_aside(identity.address, f"{kept.url}\n".encode())
    make_folder(places.configuration, 0o750)
    write_aside(places.central, part.central.encode(), _CONFIGURATION)
    if not _is_for(places.sync_file, part.device):  # else what somebody changed by hand stays
        who = Speaks(part.device, part.site, part.gate, identity.folder, places.central)
        text = sync_file(who, (part.broker_host, part.broker_port), meets, more=part.broker_more)
        write_aside(places.sync_file, text.encode(), _CONFIGURATION)
    pem = certificate.public_bytes(Encoding.PEM)
    write_aside(identity.certificate, pem, durability=Durability.LASTING)
    # Until the registry says when they are forgotten.
    earlier = (EarlierKey(key, datetime.max.replace(tzinfo=UTC)) for key in material.earlier_keys)
    return Adopted(
        part.device,
        part.site,
        part.gate,
        part.direction,
        part.language,
        material.root.encode(),
        key_ring_file(KeyRing(material.template_key, tuple(earlier))),
        _sealing_key(places).private_bytes_raw().hex().encode() + b"\n",
    )


def _is_for(file: Path, device: str) -> bool:
    """Whether a sync.toml is there for `device`; one for another is kept under another name."""
    if not file.exists():
        return False
    try:
        if load_configuration(file).device.id == device:
            return True
    except GatepostError:
        pass
    file.replace(file.with_name(f"{file.name}.before"))
    return False


def _not_written(error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"cannot be written: {error.strerror or error}",
        where=str(error.filename or "this computer's disk"),
        remedy="as root, with room on a disk that can be written; what was got is kept: call this again",
    )
