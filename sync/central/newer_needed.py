"""What is said of something that a newer version wrote, and that this one cannot do without knowing it."""

from __future__ import annotations

from edge.support.phrases import Phrase, phrase
from sync.central.store import StoreError


class OfNewerVersion(StoreError):
    """It is done by a newer version alone: nothing was done here."""

    def __init__(self, what: Phrase) -> None:
        super().__init__(
            phrase("%(what)s was written by a newer version of the centre", what=what),
            remedy=phrase("finish the update of the centre, then do it again; nothing was changed"),
        )
