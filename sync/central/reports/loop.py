"""Makes the reports that are asked for or due, one after another, and sends those that come again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import GatepostError
from sync.central.accounts.actor import SYSTEM
from sync.central.audit.audit import About, note
from sync.central.delivery.core import MOST_ATTACHED, Attachment, OutgoingMessage, Recipient, Way
from sync.central.delivery.queue import enqueue
from sync.central.places.naming import site_names
from sync.central.reports.core import Report
from sync.central.reports.files import proof_of
from sync.central.reports.keeping import (
    KeptReport,
    ReportHead,
    asked_of,
    claim,
    claim_next,
    forget_older,
    keep_failed,
    keep_made,
    waits,
)
from sync.central.reports.making import draw
from sync.central.reports.pdf import pdf_of
from sync.central.reports.schedules import ask_due, schedule_at, what_is_due
from sync.central.store import Store
from sync.central.units import DAY

EVERY = 2.0
"""Seconds between two looks, where nothing was to do."""

_PDF = "application/pdf"


@dataclass(frozen=True)
class Letter:
    """What a mail about a report says: figures of how complete it is, and where to look; nobody is named."""

    subject: str
    text: str


class ReportPrinter(Protocol):
    """Puts a report into words."""

    def paper(self, head: ReportHead, report: Report, names: Mapping[str, str], now: int) -> str:
        """Its paper as HTML, made at a time; `names` are those of its sites, by id."""
        ...

    def letter(self, head: ReportHead, report: Report) -> Letter:
        """What those to whom it is sent are told."""
        ...


@dataclass(frozen=True)
class Maker:
    """What it takes to make a report: the centre's `key` signs it, `press` puts it into words, and
    `pdf` makes its paper of them.
    """

    store: Store
    key: Ed25519PrivateKey
    wall: Callable[[], int]
    press: ReportPrinter
    pdf: Callable[[str], bytes] = pdf_of

    def make(self, head: ReportHead) -> bool:
        """Make a report that was claimed, and keep it, or why it could not be made; whether it is made."""
        try:
            with self.store.reading() as connection:
                drawn = draw(connection, asked_of(connection, head), self.wall())
                names = site_names(connection, drawn.report.asked.sites)
            now = self.wall()
            paper = self.pdf(self.press.paper(head, drawn.report, names, now))
            proof = proof_of(drawn.report, drawn.covered, paper, head.actor, now, self.key)
        except GatepostError as error:
            return self._fail(head, str(error))
        except Exception:  # noqa: BLE001 - it is logged, and the next is made
            structlog.get_logger("reports").exception("not_made", report=head.number)
            return self._fail(head, "it failed: the log says why")
        kept = KeptReport(drawn.report, proof, paper)
        with self.store.writing() as connection:
            is_first = keep_made(connection, head.number, kept, now)
            if is_first and head.schedule is not None:
                self._send(connection, head, kept, now)
        return is_first

    def make_now(self, number: int) -> bool:
        """Make the report with this number, unless another process does; whether it is made."""
        with self.store.writing() as connection:
            head = claim(connection, number, self.wall())
        return head is not None and self.make(head)

    def _fail(self, head: ReportHead, why: str) -> bool:
        with self.store.writing() as connection:
            keep_failed(connection, head.number, why)
        return False

    def _send(self, connection: sa.Connection, head: ReportHead, kept: KeptReport, now: int) -> None:
        """To those for whom it comes again; nobody is sent it whose schedule has ended meanwhile."""
        schedule = None if head.schedule is None else schedule_at(connection, head.schedule)
        letter = self.press.letter(head, kept.report)
        paper = (Attachment(f"report-{head.number}.pdf", _PDF, kept.paper),)
        for each in () if schedule is None else schedule.addresses:
            enqueue(
                connection,
                OutgoingMessage(
                    Recipient(Way.MAIL, each),
                    letter.subject,
                    letter.text,
                    attachments=paper if len(kept.paper) <= MOST_ATTACHED else (),
                    about=f"report {head.number}",
                ),
                now,
            )


class ReportLoop:
    """Makes what is asked for and due. Reports are kept for `keep_days`."""

    def __init__(self, maker: Maker, keep_days: int) -> None:
        self._maker = maker
        self._kept_for = keep_days * DAY
        self._said = ""
        self._log = structlog.get_logger("reports")

    def run(self, stop: Event) -> None:
        """Make reports until `stop` is set."""
        while not stop.is_set():
            if not self.look():
                stop.wait(EVERY)

    def look(self) -> bool:
        """One round; returns whether a report was made, or could not be."""
        try:
            return self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are to be made
            if str(error) != self._said:
                self._said = str(error)
                self._log.error("not_made", error=self._said)
            return False

    # --- inside ----------------------------------------------------------------------------

    def _look(self) -> bool:
        maker, now = self._maker, self._maker.wall()
        with maker.store.reading() as connection:
            due = what_is_due(connection, now)
            if not due and not waits(connection, now, now - self._kept_for):
                return False
        with maker.store.writing() as connection:
            ask_due(connection, due, now)
            self._forget(connection, now)
            head = claim_next(connection, now)
        if head is None:
            return False
        if not maker.make(head):
            self._log.warning("not_made", report=head.number)
        self._said = ""
        return True

    def _forget(self, connection: sa.Connection, now: int) -> None:
        gone = forget_older(connection, now - self._kept_for)
        if gone:
            detail = {"reports": len(gone), "first": gone[0], "last": gone[-1]}
            note(connection, SYSTEM, "forget_reports", About("report", str(gone[0])), now, detail=detail)
