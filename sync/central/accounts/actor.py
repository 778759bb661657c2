"""Who does something, and where they may do what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.central.accounts.core import Act, Role, RoleGrant, acts_at, acts_of
from sync.central.places.sight import EVERYWHERE, Sight


class Via(StrEnum):
    """By which way somebody acts."""

    SESSION = "session"
    TOKEN = "token"
    COMMAND_LINE = "command_line"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Somebody who does something: an account by a session or a token, a person at the command line, or the
    centre itself. `acts` are a token's own limits; None: everything that its grants allow.
    """

    account: int | None
    name: str
    grants: tuple[RoleGrant, ...]
    via: Via
    acts: frozenset[Act] | None = None

    def may(self, act: Act) -> bool:
        """Whether they may do it somewhere; `sight` says where."""
        return self._is_within_limits(act) and any(act in acts_of(grant.role) for grant in self.grants)

    def sight(self, act: Act) -> Sight:
        """Where they may do it: the places of every grant whose role allows it."""
        if not self._is_within_limits(act):
            return Sight()
        places = [grant.place for grant in self.grants if act in acts_of(grant.role)]
        if None in places:
            return EVERYWHERE
        return Sight(frozenset(place for place in places if place is not None))

    def acts_at(self, ancestors: frozenset[int]) -> frozenset[Act]:
        """What they may do at the place with these `ancestors`, itself included; none: everywhere."""
        return frozenset(filter(self._is_within_limits, acts_at(self.grants, ancestors)))

    def _is_within_limits(self, act: Act) -> bool:
        return self.acts is None or act in self.acts


_EVERYTHING = (RoleGrant(Role.ADMINISTRATOR),)


def command_line_actor(name: str) -> Actor:
    """The person `name` at the centre's command line: the files are theirs, so they may do everything."""
    return Actor(None, name.strip(), _EVERYTHING, Via.COMMAND_LINE)


SYSTEM = Actor(None, "gatepost", _EVERYTHING, Via.SYSTEM)
"""The centre itself, where nobody asked: what lapses, what is counted."""
