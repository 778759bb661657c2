"""The passes that people of a simulated site show: genuine, for one time, and forged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha512
from typing import NamedTuple

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.credentials.known import SALT_BYTES
from edge.credentials.own_pass import PASS_ID_BYTES, PassClaims, issue
from edge.credentials.own_pass.own_pass import MOST_CHARACTERS, PREFIX
from edge.decision import VISITOR_IDS, PassKind
from tests.simulation.site_keys import SiteKeys

_HOLDS_FOR = timedelta(days=400)


class ShownPass(NamedTuple):
    """A pass as it is shown: its text in the code, and the id that it claims."""

    text: str
    id: str


TYPED = "keypad:"
"""How the text of what is typed on a keypad begins, and is shown to no scanner."""
_NUMBER_HOLDS_FOR = timedelta(days=40)


@dataclass(frozen=True)
class TypedNumber:
    """The number of a visit, as central keeps it: what it opens once each way, for whom, under which salt."""

    digits: str
    subject: str
    pass_id: str
    salt: bytes
    since: datetime
    until: datetime


class Passes:
    """Everybody's passes: the same whenever they are asked for, signed when they first are."""

    def __init__(self, keys: SiteKeys, residents: frozenset[str]) -> None:
        self._keys = keys
        self._residents = residents
        self._signed: dict[tuple[str, str], ShownPass] = {}

    def own(self, person: str) -> ShownPass:
        """The pass of somebody who lives there."""
        return self._pass("own", person)

    def one_time(self, person: str) -> ShownPass:
        """A pass that lets in once: a resident's by their id, else a visitor's."""
        return self._pass("once", person)

    def number(self, person: str) -> TypedNumber:
        """The number of a visitor's visit."""
        drawn = sha512(f"{self._keys.seed} number {person}".encode()).digest()
        digits = f"{int.from_bytes(drawn[:8]) % 10**8:08d}"
        names = drawn[8:16].hex(), drawn[16 : 16 + PASS_ID_BYTES].hex()
        salt = sha512(f"{self._keys.seed} salt".encode()).digest()[:SALT_BYTES]
        begins = self._keys.begins - timedelta(days=1)
        return TypedNumber(digits, VISITOR_IDS + names[0], names[1], salt, begins, begins + _NUMBER_HOLDS_FOR)

    def typed(self, person: str) -> ShownPass:
        """The same as what they type."""
        number = self.number(person)
        return ShownPass(f"{TYPED}{number.digits}", number.pass_id)

    def forged(self, person: str) -> ShownPass:
        """A pass in somebody's name whose signature is not the site's."""
        genuine = self._pass("forged", person)
        message = bytearray(decode_base45(genuine.text.removeprefix(PREFIX), most_characters=MOST_CHARACTERS))
        message[-1] ^= 1
        return ShownPass(PREFIX + encode_base45(bytes(message)), genuine.id)

    def _pass(self, kind: str, person: str) -> ShownPass:
        if (kind, person) not in self._signed:
            claims = self._claims(kind, person)
            self._signed[kind, person] = ShownPass(issue(claims, self._keys.passes), claims.pass_id)
        return self._signed[kind, person]

    def _claims(self, kind: str, person: str) -> PassClaims:
        name = f"{self._keys.seed} {kind} pass {person}"
        issued: datetime = self._keys.begins - timedelta(days=1)
        resident = person in self._residents or kind == "own"
        return PassClaims(
            site=self._keys.site,
            subject_id=person if resident else VISITOR_IDS + person.removeprefix(VISITOR_IDS),
            pass_id=sha512(name.encode()).digest()[:PASS_ID_BYTES].hex(),
            issued=issued,
            kind=PassKind.RESIDENT if resident else PassKind.VISITOR,
            valid_from=None if resident else issued,
            valid_until=None if resident else issued + _HOLDS_FOR,
            once=kind == "once",
        )
