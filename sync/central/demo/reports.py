"""Reports of a made-up street: one of its days, one that comes again, and what makes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from edge.signing.cose import instant
from edge.signing.key_files import read_private_key
from sync.central.accounts.actor import Actor
from sync.central.configuration import CentralConfiguration
from sync.central.reports.asking import ReportAsker, ask_for, schedule_for
from sync.central.reports.core import Kind
from sync.central.reports.loop import Maker, ReportLoop
from sync.central.store import Store
from sync.central.web.report_view import ReportPress


def put_reports(
    connection: sa.Connection, boss: Actor, configuration: CentralConfiguration, now: int
) -> None:
    """Ask for a report of the street's day, and have one come again each month."""
    console = configuration.console
    asking = ReportAsker(boss, now, console.language, console.time_zone)
    today = instant(now).date()
    ask_for(connection, asking, None, Kind.SINGLE, (today - timedelta(days=1), today))
    schedule_for(connection, asking, None, Kind.MONTHLY, "street-office@example.org")


def report_loop_of(store: Store, configuration: CentralConfiguration, wall: Callable[[], int]) -> ReportLoop:
    """What makes the reports that are asked for on the page."""
    key = read_private_key(configuration.central.key)
    press = ReportPress(configuration.console.public_origin)
    return ReportLoop(Maker(store, key, wall, press), configuration.reports.keep_days)
