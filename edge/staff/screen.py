"""The gate's side of the person's screen: what people choose there is handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from edge.prompts.texts import Language
from edge.staff.asking import AllowedRequest, Handled, Table
from edge.staff.core import PUBLIC
from edge.staff.protocol import Answer, Done, RefusedWhy
from edge.staff.protocol.screen import ChooseLanguage
from edge.staff.refusals import refused


@dataclass(frozen=True)
class ScreenLanguage:
    """Hands on the language that somebody chose at the screen."""

    choose: Callable[[Language], None]

    def table(self) -> Table:
        """Who may ask what of this."""
        return {ChooseLanguage: Handled(PUBLIC, self._choose)}

    def _choose(self, asked: AllowedRequest) -> Answer:
        if not _is_here(asked.client):
            return refused(RefusedWhy.NOT_YOUR_ROLE)
        self.choose(asked.body.language)
        return Done()


def _is_here(client: str) -> bool:
    """Whether a browser is on the gate's own computer."""
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False
