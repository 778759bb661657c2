"""A real gate whose entries the centre holds: staff read by whom and until when; who comes waits."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.commands.core import KeptHold
from edge.commands.standing import StandingOrders, StandingOrdersFile
from edge.journal.configuration import JournalSection
from edge.journal.factory import open_journal
from edge.journal.format import AccessDecided, understood
from tests.edge.console.staffed_gate import console_of, gate_at_work
from tests.waiting import soon

XU = 1


def test_a_gate_that_starts_under_a_hold_goes_on_with_it(tmp_path: Path) -> None:
    until = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    orders = StandingOrders(hold=KeptHold(until, 7200.0, "He <Jing>", "stop 5,000"))
    StandingOrdersFile(tmp_path / "standing-orders.json").write(orders)
    journal = JournalSection(tmp_path / "journal.sqlite")
    with closing(open_journal(journal.path, "main")):
        pass
    with gate_at_work(tmp_path, journal=journal) as gate, console_of(gate):
        gate.show(face=XU, seconds=0.6)
        soon(lambda: gate.journal("access_decided"), "a decision", meanwhile=lambda: gate.show(face=XU))
        event = understood(gate.journal("access_decided")[0])
        assert isinstance(event, AccessDecided)
        assert (event.decision.outcome, event.decision.reason) == ("refer", "entries_held")
        assert event.situation("green-court", "main").held_until == until  # type: ignore[union-attr]
        for language, said in (
            ("en", ("Entries held by the centre until", "stop 5,000", "He &lt;Jing&gt;", "Exits stay free")),
            ("zh", ("中心暂停进入，至", "stop 5,000", "出口照常")),
        ):
            page = gate.client().get("/now", headers={"accept-language": language}).text
            assert all(word in page for word in said), language
