"""What staff have to do with people: finding residents, registering visitors, and reporting faults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.staff.appeals import Appeals
from edge.staff.asking import Table
from edge.staff.desk import Desk
from edge.staff.finder import Finder
from edge.staff.ports import GatePorts
from edge.staff.reports import FaultReports
from edge.staff.visitors import GateVisitors
from edge.support.storage import REAL_STORAGE, Storage


@dataclass(frozen=True)
class PeopleRequests:
    """Answers these requests; the `desk` is what is kept at the gate."""

    desk: Desk
    visitors: GateVisitors
    finder: Finder
    reports: FaultReports
    appeals: Appeals

    def table(self) -> Table:
        """Who may ask what of this."""
        parts = (self.visitors, self.finder, self.reports, self.appeals)
        return {body: handled for part in parts for body, handled in part.table().items()}


def people_requests_of(
    folder: Path, gate: GatePorts, journal: Path, storage: Storage = REAL_STORAGE
) -> PeopleRequests:
    """What answers them, with a desk whose file is in `folder`."""
    desk = Desk(folder, gate, storage, journal)
    return PeopleRequests(
        desk,
        GateVisitors(desk, gate),
        Finder(gate, journal, storage),
        FaultReports(desk, gate),
        Appeals(gate, journal, storage),
    )
