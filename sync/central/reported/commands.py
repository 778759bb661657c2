"""Keeps the verdicts on commands: what the gate, or its sync process, says became of them."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.reported.tables import command_request

Said = tuple[str, str, bytes]
"""An outcome, a text for people (or as JSON), and the challenge with which to sign it again; empty: none."""
LONGEST_TEXT = 4000

UNSURE, SENT, ANSWERED, UNANSWERED = "unsure", "sent", "answered", "unanswered"
_OPEN = (SENT, UNANSWERED)


def note_verdict(connection: sa.Connection, device: str, nonce: bytes, said: Said, at: int) -> None:
    """Note what became of the command with this nonce; the first word counts, also where it comes late.

    A gate that asks for another signature, with its challenge, has that asked for: the request stays open.
    """
    outcome, text, challenge = said
    mine = (command_request.c.device == device) & (command_request.c.nonce == nonce)
    found = sa.update(command_request).where(mine, command_request.c.state.in_(_OPEN))
    told = {"outcome": outcome[:64], "text": text.replace("\0", "")[:LONGEST_TEXT], "answered_at": at}
    if outcome == UNSURE and challenge:
        connection.execute(found.values(challenge=challenge[:16], **told))
    else:
        connection.execute(found.values(state=ANSWERED, **told))
