"""Makes the messages by which a worker is told of a task: kind, place, time, link, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sync.central.delivery.core import OutgoingMessage, Recipient, Way, fault_of_address
from sync.central.delivery.queue import enqueue
from sync.central.dispatch.core import Bounds
from sync.central.dispatch.links import make_link
from sync.central.dispatch.rosters import Worker, workers_in
from sync.central.dispatch.tables import task, task_offer
from sync.central.dispatch.tasks import about_offer
from sync.central.dispatch.whereabouts import name_of, whereabouts_of
from sync.central.places.sight import EVERYWHERE
from sync.central.tables import device

Words = Callable[[str, str], str]
"""What a kind of task is called, in a language."""

_LINE = {
    "zh": "{what}\n{where}\n{at} 起。打开任务：\n{link}\n链接只能用一次，到本班结束为止。\n",
    "en": "{what}\n{where}\nSince {at}. Open the task:\n{link}\nIt lets in once, until your shift ends.\n",
}
_LONGEST = 120


@dataclass(frozen=True)
class Notices:
    """How workers are told: by their page, and by the `ways` that are configured. Links begin with `origin`;
    times are in `zone`.
    """

    origin: str
    zone: ZoneInfo
    ways: frozenset[Way]
    bounds: Bounds
    words: Words

    def tell(self, connection: sa.Connection, offer: int, now: int) -> None:
        """Have a worker told of an offer, once, by every way that they have."""
        mine = (
            (task_offer.c.number == offer) & task_offer.c.told_at.is_(None) & task_offer.c.ended_at.is_(None)
        )
        told = sa.update(task_offer).where(mine).values(told_at=now)
        row = connection.execute(told.returning(task_offer.c.worker, task_offer.c.task)).first()
        held = (
            {each.number: each for each in workers_in(connection, EVERYWHERE)}.get(row.worker)
            if row
            else None
        )
        if row is None or held is None:
            return
        about = connection.execute(sa.select(task).where(task.c.number == row.task)).one()
        for address in self._addresses(held):
            # What leaves the house has a link of its own each: it lets in once.
            is_page = address.way is Way.PAGE
            link = self.origin + ("/w/tasks" if is_page else self._link(connection, held, now))
            text, what = self._text(connection, about, held.language, link)
            until = now + 2 * (self.bounds.answer + self.bounds.arrive)
            message = OutgoingMessage(
                address, what, text, about=about_offer(offer), severity=about.severity, until=until
            )
            enqueue(connection, message, now)

    # --- inside ----------------------------------------------------------------------------

    def _link(self, connection: sa.Connection, held: Worker, now: int) -> str:
        return make_link(connection, held, self.zone, self.bounds, now)

    def _addresses(self, held: Worker) -> list[Recipient]:
        found = [Recipient(Way.PAGE, f"worker-{held.number}")]
        found += [Recipient(Way.MAIL, held.mail)] if held.mail else []
        found += [Recipient(Way.WEBHOOK, held.handle)] if held.handle else []
        return [each for each in found if each.way in self.ways and fault_of_address(each) is None]

    def _text(
        self, connection: sa.Connection, about: sa.Row[tuple[object, ...]], language: str, link: str
    ) -> tuple[str, str]:
        """The text of a message, and its subject."""
        what = self.words(about.kind, language)[:_LONGEST]
        gate = connection.execute(sa.select(device.c.gate).where(device.c.id == about.device)).scalar()
        where = " · ".join(filter(None, (name_of(connection, whereabouts_of(about)), gate)))
        at = datetime.fromtimestamp(about.since / 1_000_000, UTC).astimezone(self.zone)
        line = _LINE.get(language, _LINE["en"])
        return line.format(what=what, where=where[:_LONGEST], at=f"{at:%H:%M:%S}", link=link), what
