"""Events for tests that need one and do not care which."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from edge.decision import (
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Reason,
)
from edge.errors import JournalError
from edge.journal.format import AccessDecided, CommandRefused, Event, event_of, told
from edge.journal.reader import JournalReader

_REASONS = {
    Outcome.GRANT: Reason.FACE_MATCHED,
    Outcome.DENY: Reason.FACE_UNKNOWN,
    Outcome.REFER: Reason.STAFF_DECIDES,
}


NOTED = CommandRefused.kind


def noted(text: str = "test", n: int = 0) -> CommandRefused:
    """An event that changes nothing; `text` may be as long as a test wants it."""
    return CommandRefused(text, n)


def decided(
    outcome: Outcome = Outcome.GRANT,
    subject: str | None = None,
    *,
    once: str | None = None,
    near_miss: str | None = None,
) -> AccessDecided:
    """A decision on `subject`; `once` is the one-time pass that they showed."""
    code = None
    if once is not None:
        code = PassEvidence(
            PassVerdict.GENUINE, kind=PassKind.VISITOR, pass_id=once, subject_id=subject or once, once=True
        )
    decision = Decision(outcome, _REASONS[outcome], "test", subject)
    return AccessDecided(
        decision, Evidence(Direction.ENTRY, code=code), Mode.FACE_OR_CODE, 1, "camera", near_miss
    )


def check_journal(path: Path) -> None:
    """Insist that every body of a journal is what the struct of its kind writes, byte for byte."""
    if not path.is_file():
        return
    with closing(JournalReader(path)) as reader, suppress(JournalError):
        for entry in reader.every():
            event = event_of(entry)
            assert isinstance(event, Event), f"{entry.kind} has no struct"
            assert told(event) == (entry.kind, entry.body)
