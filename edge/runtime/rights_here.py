"""The rights that staff gave at this gate, as the path of a code reads them: replaced whole, in one
assignment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from edge.credentials.known import KnownRight, Rights


@dataclass(frozen=True)
class _Held:
    rights: Rights = field(default_factory=dict)
    salt: bytes = b""


@dataclass
class RightsHere:
    """Read by any thread; written by the one that keeps the staff's visitors."""

    _held: _Held = field(default_factory=_Held)

    def hold(self, rights: Mapping[bytes, KnownRight], salt: bytes) -> None:
        """These hold from now on; `salt` is that of the numbers among them (empty: there are none)."""
        self._held = _Held(MappingProxyType(dict(rights)), salt)

    def rights(self) -> Rights:
        """Those that hold, by what is kept of their codes."""
        return self._held.rights

    def with_salt(self) -> tuple[Rights, bytes]:
        """Those that hold, and the salt of the numbers among them."""
        held = self._held
        return held.rights, held.salt
