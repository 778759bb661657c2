"""Streams: what is new reaches a page by its sight, one that was away gets what it missed, and all end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from edge.admin.site_file import SiteFile
from edge.web.pulse import Pulse
from edge.web.streams import StreamItem
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.configuration import CentralConsoleSection
from sync.central.devices.devices import put_site
from sync.central.places.tree import place_at
from sync.central.store import Store, open_store
from sync.central.tables import status_change
from sync.central.web.app import console_app, lay_routes
from sync.central.web.routes import Pages
from sync.central.web.server import console_server
from sync.central.web.services import Services
from sync.central.web.streams import stream
from sync.central.web.visit import RequestIdentity, Visit, VisitOf
from tests.edge.web.serving import NO_TLS
from tests.sync.central.web.test_app import gone
from tests.sync.wire.examples import AT
from tests.waiting import PATIENT

OFTEN = 0.05
TRIAL = Pages()


def newest(connection: sa.Connection) -> int:
    number: int | None = connection.execute(sa.select(sa.func.max(status_change.c.number))).scalar()
    return number or 0


def after(visit: Visit, connection: sa.Connection, key: int, count: int) -> Sequence[StreamItem]:
    """Any table whose numbers rise will do: this one is the shortest to write to."""
    query = sa.select(status_change.c.number, status_change.c.subject)
    query = query.where(status_change.c.number > key, visit.sight.of(status_change.c.site))
    rows = connection.execute(query.order_by(status_change.c.number).limit(count))
    return [StreamItem(row.number, f"<tr>\n<td>{row.subject}</td></tr>") for row in rows]


@TRIAL.get("/events", act=Act.SEE)
def events(visit: VisitOf) -> Response:
    return stream(visit, newest, after, OFTEN)


@dataclass
class Live:
    """A console with streams; `signed_in` says whether the session still holds."""

    store: Store
    pulse: Pulse
    address: str = ""
    places: dict[str, int] = field(default_factory=dict)
    signed_in: bool = True

    def who(self, request: Request) -> RequestIdentity | None:
        place = self.places.get(request.headers.get("x-place", ""))
        actor = Actor(1, "he", (RoleGrant(Role.OPERATOR, place),), Via.SESSION)
        return RequestIdentity(actor) if self.signed_in else None

    def store_row(self, subject: str, site: str = "green-court") -> None:
        with self.store.writing() as connection:
            values = {"site": site, "subject": subject, "record": b"{}", "actor": "he", "at": AT}
            connection.execute(sa.insert(status_change).values(values))
        self.pulse.notify()

    @contextmanager
    def listening(
        self, place: str = "", last: str | None = None, *, in_address: bool = False
    ) -> Iterator[Iterator[str]]:
        """The lines of a stream, which has begun: those after its first heartbeat."""
        with self.opened(place, last, in_address=in_address) as lines:
            until(lines, "event: heartbeat")
            yield lines

    @contextmanager
    def opened(
        self, place: str = "", last: str | None = None, *, in_address: bool = False
    ) -> Iterator[Iterator[str]]:
        """The lines of a stream; the key of the `last` event is told by the browser, or by the page."""
        told = {} if last is None else {"last-event-id": last}
        headers, query = {"x-place": place, **({} if in_address else told)}, told if in_address else {}
        with httpx.stream(
            "GET", f"{self.address}/events", params=query, headers=headers, timeout=PATIENT, verify=NO_TLS
        ) as answer:
            assert answer.status_code == 200
            yield answer.iter_lines()


def until(lines: Iterator[str], wanted: str) -> list[str]:
    """The lines up to the one that is wanted."""
    seen = []
    for line in lines:
        seen.append(line)
        if line == wanted:
            return seen
    raise AssertionError(f"{wanted!r} never came: {seen[-5:]}")


@pytest.fixture
def live(founded: Path, tmp_path: Path) -> Iterator[Live]:
    copy = tmp_path / "central.sqlite"
    copy.write_bytes(founded.read_bytes())
    with closing(open_store(f"sqlite:///{copy}")) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile("elsewhere"))
            places = {name: place_at(connection, name) for name in ("green-court", "elsewhere")}
        made = Live(store, Pulse(most=2), places=places)
        settings = CentralConsoleSection(port=0)
        app = console_app(
            Services(store, lambda: AT, settings, pulse=made.pulse),
            who=made.who,
            laid=lay_routes((TRIAL,), has_api=False),
        )
        with console_server(app, settings, made.pulse) as server:
            made.address = server.address
            yield made


def test_what_is_stored_reaches_an_open_page_whole_and_with_its_key(live: Live) -> None:
    with live.listening() as lines:
        live.store_row("li-na")
        assert until(lines, "id: 1")[-4:] == [
            "event: row",
            "data: <tr>",
            "data: <td>li-na</td></tr>",
            "id: 1",
        ]


def test_a_page_gets_what_is_in_its_sight_only(live: Live) -> None:
    with live.listening("elsewhere") as lines:
        live.store_row("li-na")
        live.store_row("wang-wu", "elsewhere")
        said = "\n".join(until(lines, "id: 2"))
    assert "wang-wu" in said
    assert "li-na" not in said


@pytest.mark.parametrize("in_address", [False, True])
def test_a_page_that_was_away_gets_what_it_missed_and_nothing_twice(live: Live, in_address: bool) -> None:
    for number in range(1, 6):
        live.store_row(f"person-{number}")
    with live.listening(last="3", in_address=in_address) as lines:
        live.store_row("newest")
        more = "\n".join(until(lines, "id: 6"))
    assert "person-3" not in more


@pytest.mark.parametrize("in_address", [False, True])
@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 40, "1 OR 1"])
def test_a_key_that_is_none_begins_at_the_newest(live: Live, last: str, in_address: bool) -> None:
    live.store_row("old")
    with live.listening(last=last, in_address=in_address) as lines:
        live.store_row("new")
        assert "old" not in "\n".join(until(lines, "id: 2"))


def test_a_page_that_heard_of_nothing_yet_comes_back_to_where_it_was(live: Live) -> None:
    live.store_row("old")
    with live.opened() as lines:
        told = [line for line in until(lines, "") if line.startswith("id: ")]
    assert told == ["id: 1"]
    live.store_row("meanwhile")
    with live.opened(last="1") as lines:
        assert "meanwhile" in "\n".join(until(lines, "id: 2"))


def test_a_stream_ends_with_its_session_and_says_so(live: Live) -> None:
    with live.listening() as lines:
        live.signed_in = False
        assert until(lines, "data: signed out")
        assert not list(filter(None, lines))


def test_a_heartbeat_says_that_the_database_was_read(live: Live) -> None:
    with live.listening() as lines:
        with gone(live.store):
            live.pulse.notify()
        live.store_row("after")
        assert until(lines, "id: 1"), "and what was stored meanwhile follows"


def test_there_are_so_many_streams_and_no_more(live: Live) -> None:
    with live.listening(), live.listening():
        refused = httpx.get(f"{live.address}/events", verify=NO_TLS, timeout=PATIENT)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    with live.listening():
        pass


def test_a_stop_ends_open_streams(live: Live) -> None:
    with live.listening() as lines:
        live.pulse.close()
        assert "event: row" not in list(lines)
