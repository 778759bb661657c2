"""The folder in which central and the authority's door meet: what each asks and answers, a file for each."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from edge.errors import GatepostError
from edge.support.decoding import json_of
from edge.support.files import READABLE_BY_GROUP, Durability, list_bounded, read_bounded, write_aside
from edge.support.phrases import phrase
from sync.gate_invitation import (
    ANSWERED,
    ASKED,
    MOST_PACKET_BYTES,
    MOST_PACKETS,
    Answered,
    AskedToRevoke,
    OpenInvitation,
    Revoked,
    Trouble,
)

_Kind = TypeVar("_Kind")


class InvitationExchange:
    """Central's side of the folder. Its methods raise GatepostError where the folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, invitation: OpenInvitation) -> None:
        """Leave an invitation for the door; one that lies there stays."""
        self._leave(f"{invitation.proof.hex()}.json", invitation)

    def has_been_asked(self, proof: bytes) -> bool:
        """Whether an invitation lies there for the door."""
        try:
            return (self._folder / ASKED / f"{proof.hex()}.json").exists()
        except OSError as error:
            raise self._broken(error) from None

    def ask_to_revoke(self, device: str) -> None:
        """Ask the door to revoke a device's certificates."""
        self._leave(f"{device}.revoke", AskedToRevoke(device))

    def answer_to(self, proof: bytes) -> Answered | Trouble | None:
        """What the door answered to an invitation; None: nothing yet."""
        return self._read(f"{proof.hex()}.json", Answered | Trouble)  # type: ignore[arg-type]

    def revoked(self, device: str) -> Revoked | None:
        """That the door has revoked a device's certificates; None: not yet."""
        return self._read(f"{device}.revoked", Revoked)

    def keep_only(self, proofs: set[bytes], devices: set[str]) -> None:
        """Take back every other invitation, and every other wish to revoke a device."""
        wanted = {f"{proof.hex()}.json" for proof in proofs} | {f"{name}.revoke" for name in devices}
        try:
            for path in list_bounded(self._folder / ASKED, "*", MOST_PACKETS):
                if path.suffix in {".json", ".revoke"} and path.name not in wanted:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._broken(error) from None

    # --- inside ----------------------------------------------------------------------------

    def _leave(self, name: str, packet: OpenInvitation | AskedToRevoke) -> None:
        path = self._folder / ASKED / name
        try:
            if not path.exists():
                write_aside(path, msgspec.json.encode(packet), READABLE_BY_GROUP, Durability.LASTING)
        except OSError as error:
            raise self._broken(error) from None

    def _read(self, name: str, kind: type[_Kind]) -> _Kind | None:
        path = self._folder / ANSWERED / name
        try:
            return json_of(read_bounded(path, MOST_PACKET_BYTES), kind, str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._broken(error) from None

    def _broken(self, error: OSError) -> GatepostError:
        return GatepostError(
            error.strerror or str(error),
            where=str(error.filename or self._folder),
            remedy=phrase("central and the authority's door meet in [adoption] folder: see docs/adopting.md"),
        )
