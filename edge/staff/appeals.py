"""Files appeals for people: in the journal, with which they come to the centre."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from edge.decision import Outcome
from edge.journal.format import AppealFiled
from edge.journal.reader import JournalReader
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import AN_HOUR, Right, is_appeal, is_unusual, within_the_hour
from edge.staff.doubts.face_doubts import access_of
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import people as messages
from edge.staff.refusals import refused
from edge.support.storage import Storage

_MOST_KEYS: Final = 100


class Appeals:
    """Answers who files one. `journal` is the gate's file: the worker looks there for the denial."""

    def __init__(self, gate: GatePorts, journal: Path, storage: Storage) -> None:
        self._gate = gate
        self._journal = journal
        self._storage = storage
        self._done: OrderedDict[tuple[str, str], messages.AppealTaken] = OrderedDict()
        self._times: dict[str, tuple[float, ...]] = {}

    def table(self) -> Table:
        """Who may ask what of this."""
        return {messages.FileAppeal: Handled(Right.FIND, self._file)}

    # --- inside ----------------------------------------------------------------------------

    def _file(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.FileAppeal = asked.body
        if not is_appeal(body.why, body.text):
            return refused(RefusedWhy.INVALID, detail="why")
        subject = body.subject if body.about is None else self._denied(body.about)
        held = self._gate.holdings()
        if held is None or subject is None or subject not in held.registry.subjects:
            return refused(RefusedWhy.UNKNOWN, detail="subject" if body.about is None else "access")
        return Then(AnsweringThread.LOOP, partial(self._recorded, asked, subject))

    def _denied(self, number: int) -> str | None:
        """Who was not let in, in the access of that number; None: nobody known. Raises JournalError."""
        with closing(JournalReader(self._journal, self._storage)) as reader:
            spans = reader.spans()
            access = access_of(reader, spans[-1].epoch, number) if spans else None
        denied = access is not None and access.decision.outcome is not Outcome.GRANT
        return access.decision.subject_id if access is not None and denied else None

    def _recorded(self, asked: AllowedRequest, subject: str) -> Answer:
        """Write it down, once a form; in the main loop's thread."""
        body: messages.FileAppeal = asked.body
        staff, now = asked.by.staff, self._gate.clock.monotonic()
        before = self._done.get((staff, body.key))
        if before is not None:
            return before
        lately = within_the_hour(self._times.get(staff, ()), now)
        if is_unusual(lately, now, AN_HOUR):
            return refused(RefusedWhy.LIMIT, detail="appeals")
        event = AppealFiled(staff, subject, body.why, body.text.strip(), body.about)
        entry = self._gate.record(event)
        self._times[staff] = (*lately, now)
        centre = self._gate.facts.configuration.journal.acknowledged is not None
        taken = messages.AppealTaken(entry.sequence, entry.wall.at, body.about, centre)
        self._done[staff, body.key] = taken
        if len(self._done) > _MOST_KEYS:
            self._done.popitem(last=False)
        return taken
