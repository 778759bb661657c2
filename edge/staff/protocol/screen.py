"""What the person's screen asks: in which language."""

from __future__ import annotations

from edge.prompts.texts import Language
from edge.staff.protocol.envelope import Message


class ChooseLanguage(Message, frozen=True):
    """Somebody at the gate's screen, a browser on its own computer, wants to read in `language`: `Done`."""

    language: Language


Requests = ChooseLanguage
