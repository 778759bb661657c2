"""The invitation of a gate, as values: the code that a person types, what central leaves for the door and the
door for central, and what the door seals for the one device that came with the code. PURE.
"""

from sync.gate_invitation.address import BROKER_PORT, DOOR_PORT, Address, address_in, shown_address, url_of
from sync.gate_invitation.code import (
    SECRET_BYTES,
    InvitationCode,
    kept_of,
    new_code,
    proof_of,
    read_code,
    shown_code,
)
from sync.gate_invitation.packets import (
    ANSWERED,
    ASKED,
    MOST_PACKET_BYTES,
    MOST_PACKETS,
    Answered,
    AskedToRevoke,
    Direction,
    GateMaterial,
    GatePart,
    Language,
    OpenInvitation,
    Revoked,
    Trouble,
)
from sync.gate_invitation.sealing import SealError, open_sealed, seal_for

__all__ = [
    "ANSWERED",
    "ASKED",
    "BROKER_PORT",
    "DOOR_PORT",
    "MOST_PACKETS",
    "MOST_PACKET_BYTES",
    "SECRET_BYTES",
    "Address",
    "Answered",
    "AskedToRevoke",
    "Direction",
    "GateMaterial",
    "GatePart",
    "InvitationCode",
    "Language",
    "OpenInvitation",
    "Revoked",
    "SealError",
    "Trouble",
    "address_in",
    "kept_of",
    "new_code",
    "open_sealed",
    "proof_of",
    "read_code",
    "seal_for",
    "shown_address",
    "shown_code",
    "url_of",
]
