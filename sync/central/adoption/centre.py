"""What an invitation says of this centre: where devices call, their broker, and whose word counts."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from edge.errors import ConfigurationError
from edge.signing.key_files import public_pem, read_private_key
from edge.support.phrases import phrase
from sync.ca.files import read_certificate
from sync.central.configuration import CentralConfiguration
from sync.gate_invitation import BROKER_PORT, DOOR_PORT, address_in


@dataclass(frozen=True)
class InvitingCentre:
    """`folder` is where central and the authority's door meet; `door` and `broker` are host and port, `more`
    the broker's other nodes, at that port; `authority` is the certificate of the services' authority (DER),
    `central` central's public key (PEM).
    """

    folder: Path
    door: tuple[str, int]
    broker: tuple[str, int]
    more: tuple[str, ...]
    authority: bytes
    central: str
    sites: Path | None
    hours: float


def inviting_centre(configuration: CentralConfiguration) -> InvitingCentre | None:
    """What invitations of this centre say; None where it makes none. Raises GatepostError."""
    section, broker = configuration.adoption, configuration.broker
    if section is None:
        return None
    if broker.ca is None:
        raise ConfigurationError(
            phrase("gates are invited to a broker with TLS only"),
            where="[adoption]",
            remedy=phrase("set [broker] ca"),
        )
    for_gates = address_in(section.broker or broker.host, BROKER_PORT, "[adoption] broker")
    more = section.more if section.broker else broker.hosts[1:]
    here = [host for host in (for_gates[0], *more) if _is_this_computer(host)]
    if here and not _is_this_computer(section.door):
        raise ConfigurationError(
            phrase("no gate reaches the broker at %(here)s", here=here[0]),
            where="[adoption]",
            remedy=phrase("say by which address gates reach it: broker = 'HOST:8883'"),
        )
    return InvitingCentre(
        section.folder,
        address_in(section.door, DOOR_PORT, "[adoption] door"),
        for_gates,
        tuple(host for host in more if host != for_gates[0]),
        read_certificate(broker.ca).public_bytes(Encoding.DER),
        public_pem(read_private_key(configuration.central.key).public_key()).decode(),
        None if configuration.registry is None else configuration.registry.sites,
        section.hours,
    )


def _is_this_computer(host: str) -> bool:
    name = host.partition(":")[0]
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
