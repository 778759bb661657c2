"""Answers what-if questions beside the pages that ask: one at a time, with progress, until somebody stops it.

An answer is kept in the database for a day. A process that ends leaves no half of one: it is asked again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import sqlalchemy as sa
import structlog

from edge.decision import Policy
from edge.errors import GatepostError
from edge.signing.cose import encode_value
from edge.support.decoding import Undecodable, json_of
from sync.central.explain.core import WhatIf
from sync.central.explain.tables import what_if_answer
from sync.central.explain.what_if import Cancelled, what_if
from sync.central.store import Store, insert_unless_there
from sync.central.units import DAY, HOUR, SECOND

SPAN = 30 * DAY
"""How far back it is asked, in microseconds."""
FRESH = HOUR
"""For how long an answer is given again, in microseconds."""
_KEPT = 24 * FRESH


@dataclass(frozen=True)
class Answer:
    """An answer that was made at `at` (microseconds since 1970 UTC) in so many `seconds`."""

    found: WhatIf
    at: int
    seconds: int


@dataclass(frozen=True)
class QuestionProgress:
    """A question that has no answer yet: `done` of `wanted` decisions; or why it has none and gets none."""

    done: int = 0
    wanted: int = 0
    failed: str = ""
    stopped: bool = False

    @property
    def goes_on(self) -> bool:
        return not (self.failed or self.stopped)


def policy_id(policy: Policy) -> str:
    """What names a policy in an address: 16 hexadecimal digits."""
    return hashlib.sha256(encode_value(policy)).hexdigest()[:16]


class _Run:
    """One question that is being answered, or was not."""

    def __init__(self) -> None:
        self.progress = QuestionProgress()


class WhatIfRuns:
    """The questions that are being answered in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._turn = threading.Lock()  # one is answered at a time: the others wait
        self._newest: dict[tuple[str, str], _Run] = {}
        self._working: set[_Run] = set()

    def ask(
        self, store: Store, wall: Callable[[], int], site: str, policy: Policy
    ) -> Answer | QuestionProgress:
        """The answer for the last 30 days, if there is a fresh one; else how far it is, begun if need be.

        `wall` gives microseconds since 1970 UTC.
        """
        key, run = (site, policy_id(policy)), _Run()
        found = self.look(store, wall(), *key)
        if isinstance(found, Answer):
            return found
        with self._changed:
            before = self._newest.get(key)
            if before is not None and before.progress.goes_on:
                return before.progress
            self._newest[key] = run
            self._working.add(run)
        arguments = (store, wall, key, policy, run)
        threading.Thread(target=self._answer, args=arguments, name="what-if", daemon=True).start()
        return run.progress

    def look(self, store: Store, now: int, site: str, policy: str) -> Answer | QuestionProgress | None:
        """The fresh answer, or how far it is; None: nobody has asked."""
        with self._changed:
            run = self._newest.get((site, policy))
        if run is not None and run.progress.goes_on:
            return run.progress
        with store.reading() as connection:
            answer = _kept(connection, site, policy, now - FRESH)
        return answer or (None if run is None else run.progress)

    def stop(self, site: str, policy: str) -> None:
        """Answer it no further."""
        with self._changed:
            run = self._newest.get((site, policy))
            if run is not None and run.progress.goes_on:
                run.progress = replace(run.progress, stopped=True)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being answered; whether that came to be."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._working, seconds)

    # --- inside ----------------------------------------------------------------------------

    def _answer(
        self, store: Store, wall: Callable[[], int], key: tuple[str, str], policy: Policy, run: _Run
    ) -> None:
        def told(done: int, wanted: int) -> bool:
            with self._changed:
                if run.progress.goes_on:
                    run.progress = QuestionProgress(done, wanted)
                return run.progress.goes_on

        left = QuestionProgress(failed="it failed: the log says why")
        try:
            with self._turn:
                begun = wall()
                found = what_if(store, key[0], policy, begun - SPAN, begun, told)
                keep_answer(store, *key, Answer(found, begun, (wall() - begun) // SECOND))
            left = QuestionProgress(stopped=True)  # there is an answer: what is asked again begins anew
        except Cancelled:
            left = QuestionProgress(stopped=True)
        except GatepostError as error:
            left = QuestionProgress(failed=str(error))
        finally:
            with self._changed:
                run.progress = left
                self._working.discard(run)
                self._changed.notify_all()
            if left.failed:
                structlog.get_logger("sync.central.explain").error(
                    "what_if_failed", site=key[0], error=left.failed
                )


def _kept(connection: sa.Connection, site: str, policy: str, since: int) -> Answer | None:
    query = (
        sa.select(what_if_answer)
        .where(what_if_answer.c.site == site, what_if_answer.c.policy == policy, what_if_answer.c.at >= since)
        .order_by(what_if_answer.c.until.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    try:
        return Answer(json_of(row.answer, WhatIf), row.at, row.seconds)
    except Undecodable:  # a newer version answered: here it is worked out anew
        return None


def keep_answer(store: Store, site: str, policy: str, answer: Answer) -> None:
    """Keep an answer for a day; those of the site that are older go."""
    row = {
        "site": site,
        "policy": policy,
        "until": answer.found.until,
        "at": answer.at,
        "seconds": answer.seconds,
        "answer": msgspec.json.encode(answer.found),
    }
    with store.writing() as connection:
        connection.execute(
            sa.delete(what_if_answer).where(
                what_if_answer.c.site == site, what_if_answer.c.at < answer.at - _KEPT
            )
        )
        connection.execute(insert_unless_there(connection, what_if_answer), row)
