"""Keeps the gate's requests on disk: held back while they can be undone, then left for who carries them.

What is on disk is sealed, or names people by ids only. Each folder has one writer: the answers are another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from edge.errors import GatepostError
from edge.registry_requests import (
    ANSWER_SUFFIX,
    MOST_FILES,
    MOST_REQUEST_BYTES,
    MOST_REQUESTS,
    REQUEST_SUFFIX,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
    bare,
    read_request,
    receipt_of,
)
from edge.signing.cose import Name, ShortText, Text, encode_value, instant
from edge.support.decoding import Undecodable, json_of
from edge.support.files import (
    READABLE_BY_GROUP,
    Durability,
    list_bounded,
    make_folder,
    read_bounded,
    set_aside,
    write_aside,
)

_RECORDS, _MOST_RECORDS_BYTES = "requests.json", 256 * 1024
_HELD = "held"
_MOST_ANSWER_BYTES = 8 * 1024
HELD, WAITING, UNDONE = "held", "waiting", "undone"
"""States that only the gate knows, beside those of an answer."""


class RequestRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate remembers of a request: who asked for what, and how it stands since when. `templates` are
    digests (hex) of the sealed templates, by which it knows them in a registry again.
    """

    request: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    kind: RequestKind
    subject: Name
    staff: Name
    at: datetime
    state: ShortText
    since: datetime
    templates: tuple[str, ...] = ()
    version: int = 0
    reason: Text = ""

    @property
    def receipt(self) -> str:
        """How people name it: the first eight digits."""
        return receipt_of(self.request)

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.state in {WAITING, RequestState.RECEIVED} or (
            self.state == RequestState.ACCEPTED and not self.version
        )


class RequestFolder:
    """The requests of one gate: in `folder` what is its own, in `outbox` what others take, from `answers`
    what they say. Not for two threads at once. Raises OSError where the disk does not take it.
    """

    def __init__(self, folder: Path, outbox: Path, answers: Path | None) -> None:
        self._folder = folder
        self._outbox = outbox
        self._answers = answers
        self._log = structlog.get_logger("edge.enrolment")
        make_folder(folder)
        make_folder(folder / _HELD)
        make_folder(outbox, 0o750)  # the sync process is in the group
        self._records = self._read()

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        """The newest first."""
        return tuple(reversed(self._records.values()))

    def is_full(self) -> bool:
        """Whether so many requests wait that no more are taken."""
        waiting = (record.is_open or record.state == HELD for record in self._asked())
        return sum(waiting) >= MOST_REQUESTS

    def hold(self, record: RequestRecord, request: EnrolmentRequest) -> None:
        """Keep `request` back: it can be undone."""
        self._write(self._held(record.request), request)
        self._note(msgspec.structs.replace(record, state=HELD))

    def release(self, identity: str, at: datetime) -> None:
        """Leave a request that was held back for who carries it."""
        self._held(identity).replace(self._out(identity))
        self._change(identity, state=WAITING, since=at)

    def leave(self, record: RequestRecord, request: EnrolmentRequest) -> None:
        """Leave `request` at once."""
        self._write(self._out(record.request), request)
        self._note(msgspec.structs.replace(record, state=WAITING))

    def take_back(self, identity: str, at: datetime, reason: str = "") -> None:
        """Undo a request that nobody has received yet: nothing is left of what it carried."""
        for path in (self._held(identity), self._out(identity)):
            path.unlink(missing_ok=True)
        self._change(identity, state=UNDONE, since=at, reason=reason)

    def held(self) -> tuple[str, ...]:
        """The ids of requests that are held back."""
        return tuple(record.request for record in self._records.values() if record.state == HELD)

    def answered(self) -> Iterator[RequestRecord]:
        """Take up what is new in the answers, each once; what was received is deleted here but for its id."""
        for answer in self._new_answers():
            identity = answer.id.hex()
            before = self._records[identity]
            self._settle(identity, answer)
            after = self._change(
                identity,
                state=str(answer.state),
                since=instant(answer.at),
                version=answer.version,
                reason=answer.reason,
            )
            if (before.state, before.version) != (after.state, after.version):
                yield after

    # --- inside ----------------------------------------------------------------------------

    def _asked(self) -> Iterator[RequestRecord]:
        """The records of all but withdrawals, which have room of their own."""
        return (record for record in self._records.values() if record.kind is not RequestKind.WITHDRAW)

    def _settle(self, identity: str, answer: EnrolmentAnswer) -> None:
        """Delete what was received; once nothing more can come, the file that asks as well."""
        path = self._out(identity)
        whole = answer.state is RequestState.REFUSED or answer.version > 0
        if whole:
            path.unlink(missing_ok=True)
            return
        try:
            request = read_request(read_bounded(path, MOST_REQUEST_BYTES))
        except (OSError, GatepostError):
            return
        if request.templates or request.paper:
            self._write(path, bare(request))

    def _new_answers(self) -> Iterator[EnrolmentAnswer]:
        if self._answers is None:
            return
        try:
            paths = list_bounded(self._answers, f"*{ANSWER_SUFFIX}", MOST_FILES)
        except OSError:
            return  # nobody has answered yet
        for path in paths:
            try:
                answer = json_of(read_bounded(path, _MOST_ANSWER_BYTES), EnrolmentAnswer)
            except (OSError, GatepostError):
                continue
            record = self._records.get(answer.id.hex())
            if path.name == f"{answer.id.hex()}{ANSWER_SUFFIX}" and record is not None and record.is_open:
                yield answer

    def _held(self, identity: str) -> Path:
        return self._folder / _HELD / f"{identity}{REQUEST_SUFFIX}"

    def _out(self, identity: str) -> Path:
        return self._outbox / f"{identity}{REQUEST_SUFFIX}"

    @staticmethod
    def _write(path: Path, request: EnrolmentRequest) -> None:
        write_aside(path, encode_value(request), READABLE_BY_GROUP, Durability.LASTING)

    def _change(self, identity: str, **changes: object) -> RequestRecord:
        changed = msgspec.structs.replace(self._records[identity], **changes)
        if changed != self._records[identity]:
            self._note(changed)
        return changed

    def _note(self, record: RequestRecord) -> None:
        records = {**self._records, record.request: record}
        over = len(records) - MOST_FILES
        done = [name for name, each in records.items() if not each.is_open and each.state != HELD]
        for name in done[: max(0, over)]:
            del records[name]
        data = msgspec.json.encode(tuple(records.values()))
        write_aside(self._folder / _RECORDS, data, durability=Durability.LASTING)
        self._records = records

    def _read(self) -> dict[str, RequestRecord]:
        path = self._folder / _RECORDS
        try:
            records = json_of(read_bounded(path, _MOST_RECORDS_BYTES), tuple[RequestRecord, ...], str(path))
        except FileNotFoundError:
            return {}
        except (OSError, Undecodable) as error:
            aside = set_aside(path)
            self._log.error("enrolment_requests_unreadable", error=str(error), kept_as=aside)
            return {}
        return {record.request: record for record in records}
