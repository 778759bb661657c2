"""Rows of a newer version of the centre: words that this one does not know, in every list that is kept.

While a centre is updated its processes are of two versions, and share the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import sync.central
from edge.signing.key_files import make_private_key
from sync.central.alarms.loop import AlarmLoop
from sync.central.reports.schedules import what_is_due
from sync.central.schema import metadata
from tests.command_line import called
from tests.sync.central.web.addresses import NOT_ASKED
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_leaks import ROUTES, address_of, answered

UNKNOWN = "zz_newer"
COLUMNS = (
    ("alarm", "kind"),
    ("alarm_cue", "kind"),
    ("alarm_rule", "kind"),
    ("alarm_step", "what"),
    ("task", "kind"),
    ("task", "state"),
    ("task", "stuck"),
    ("task_offer", "end"),
    ("task_act", "act"),
    ("refused_message", "code"),
    ("finding", "kind"),
    ("flow_level", "what"),
    ("flow_level", "level"),
    ("zone_gate", "sign"),
    ("isolation_exit", "how"),
    ("home_visit", "occasion"),
    ("history_file", "kind"),
    ("history_file", "state"),
    ("retention_rule", "kind"),
    ("entry_hold", "what"),
    ("enrolment_request", "kind"),
    ("enrolment_request", "state"),
    ("gate_condition", "what"),
    ("removal", "what"),
    ("number_use", "direction"),
    ("command_request", "kind"),
    ("command_request", "state"),
    ("command_request", "outcome"),
    ("delivery", "way"),
    ("delivery", "state"),
    ("delivery_try", "outcome"),
    ("access", "means"),
    ("access_count", "what"),
    ("change_set", "state"),
    ("change_part", "kind"),
    ("lone_change", "what"),
    ("appeal", "state"),
    ("appeal_step", "kind"),
    ("audit_entry", "via"),
    ("temperature_count", "what"),
    ("rollout_gate", "how"),
    ("report", "kind"),
    ("report", "state"),
    ("report_schedule", "kind"),
    ("said_wrong", "wrong"),
    ("account_grant", "role"),
    ("session", "way"),
    ("token", "acts"),
    ("look", "purpose"),
    ("consent", "answer"),
    ("consent", "form"),
    ("event", "kind"),
)
"""The columns that hold a word of a list, by their tables."""
FIXED = {
    ("place", "level"): "places have five levels: a sixth is another schema",
    ("address", "kind"): "an address has three parts: a fourth is another schema",
    ("event", "trust"): "the gates' own words: the protocol says which there are",
}
COMMANDS = (
    "status",
    "alarm list",
    "alarm show 1",
    "alarm rule list",
    "audit list",
    "audit verify",
    "flow show",
    "gate invitation list",
    "gate list",
    "history show",
    "hold list",
    "place list",
    "report list",
    "retention list",
    "rollout list",
    "rollout show 1",
    "site list",
    "token list",
    "user list",
)
_LISTED = re.compile(
    r'(?:Table\(\s*"(?P<table>\w+)")|(?:Column\("(?P<column>\w+)", Text.*#.*\.(?P<kind>[A-Z]\w+)\b)'
)


def test_every_list_that_a_column_holds_is_tried() -> None:
    found = set()
    for file in Path(sync.central.__file__).parent.rglob("tables.py"):
        table = ""
        for match in _LISTED.finditer(file.read_text()):
            table = match["table"] or table
            found |= {(table, match["column"])} if match["column"] else set()
    assert len(found) > 40
    assert found <= {*COLUMNS, *FIXED}, "add a line to COLUMNS, or say why it is fixed"


def test_pages_commands_and_loops_show_what_a_newer_version_wrote_and_keep_it(
    console: Console, tmp_path: Path
) -> None:
    client = console.client()
    asked = [
        (route, address_of(route, console))
        for route in ROUTES
        if route.method == "GET" and (route.method, route.path) not in NOT_ASKED
    ]
    put_unknown(console, COLUMNS)
    before = unknown_rows(console)
    assert all(before.values()), "nothing is tried"
    answers = {address: answered(client, route, address) for route, address in asked}
    wrong = {address: status for address, (status, _) in answers.items() if status not in {200, 303}}
    assert {address: status for address, status in wrong.items() if not is_unmade(address, status)} == {}
    assert UNKNOWN in answers["/alarms"][1], "it does not show the alarm"
    assert len(called_all(console, tmp_path)) == len(COMMANDS)
    AlarmLoop(console.store, lambda: console.town.now).look()
    with console.store.reading() as connection:
        assert what_is_due(connection, console.town.now) == []
    assert unknown_rows(console) == before, "what it does not know it does not keep"


def is_unmade(address: str, status: int) -> bool:
    """Whether it is of a report, or of an access, of which nobody here knows that it is one."""
    return status == 404 and (address.startswith("/reports/1/") or address.endswith("/explain"))


def called_all(console: Console, folder: Path) -> list[str]:
    """What an administrator reads who asks by every command."""
    make_private_key(folder / "central.key")
    file = folder / "central.toml"
    broker = 'host = "127.0.0.1"\nplain = true'
    file.write_text(
        f'[store]\nurl = "{console.store.name}"\n[central]\nkey = "central.key"\n[broker]\n{broker}\n'
    )
    found = []
    for words in COMMANDS:
        done = called("central", *words.split(), "--config", file)
        assert done.returncode in {0, 1}, f"{words}: {done.stderr}"
        assert "Traceback" not in done.stderr, words
        found.append(done.stdout)
    return found


def unknown_rows(console: Console) -> dict[tuple[str, str], int]:
    """How many rows have the word, by column."""
    found = {}
    with console.store.reading() as connection:
        for name, column in COLUMNS:
            table = metadata.tables[name]
            query = sa.select(sa.func.count()).select_from(table).where(table.c[column] == UNKNOWN)
            found[name, column] = connection.execute(query).scalar_one()
    return found


def put_unknown(console: Console, columns: Iterable[tuple[str, str]]) -> None:
    """Have every row of these columns hold a word that nobody knows; a table without rows gets one."""
    with console.store.writing() as connection:
        for name, column in columns:
            table = metadata.tables[name]
            has_row(connection, table, console)
            those: sa.ColumnElement[bool] = sa.true()
            if table.c[column].primary_key:
                first = connection.execute(sa.select(*table.primary_key.columns).limit(1)).one()
                those = sa.and_(*(table.c[key] == value for key, value in first._mapping.items()))
            connection.execute(sa.update(table).where(those).values({column: UNKNOWN}))


def has_row(connection: sa.Connection, table: sa.Table, console: Console) -> None:
    """See that a table has a row."""
    if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None:
        connection.execute(sa.insert(table).values(row_of(connection, table, console)))


def row_of(connection: sa.Connection, table: sa.Table, console: Console) -> dict[str, Any]:
    """A row that its table takes, about the town's first site and its person where it is about such."""
    site, person = console.town.site, console.town.person
    known = {"site": site.file.id, "subject": person.id, "gate": site.gates[0], "place": console.town.street}
    known |= {"severity": 2, "templates": b"\x90"}
    found = {}
    for column in table.columns:
        is_given = column.nullable or column.server_default is not None or column.autoincrement is True
        if column.foreign_keys:
            [key] = column.foreign_keys
            of = key.column
            if not column.nullable:
                has_row(connection, of.table, console)
            found[column.name] = connection.execute(sa.select(of).limit(1)).scalar()
        if column.name in known:
            found[column.name] = known[column.name]
        elif not is_given and column.name not in found:
            found[column.name] = _of_type(column.type, console.town.now)
    return found


def _of_type(kind: sa.types.TypeEngine[Any], now: int) -> object:
    if isinstance(kind, sa.JSON):
        return {}
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return now
    return b"{}" if isinstance(kind, sa.LargeBinary) else "x"
