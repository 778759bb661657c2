"""Reports are made once, by whoever is first; those that come again are sent, and nobody is named in it."""

from __future__ import annotations

import re
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.signing.cose import keys_of
from sync.central.audit.audit import entries
from sync.central.delivery.tables import delivery, delivery_part
from sync.central.exports.core.proof import verified
from sync.central.places.sight import EVERYWHERE
from sync.central.reports.core.report import Kind
from sync.central.reports.keeping import (
    MOST_TRIES,
    MOST_WAITING,
    ReportHead,
    ReportState,
    WantedReport,
    ask,
    claim_next,
    kept_at,
    report_at,
    reports,
)
from sync.central.reports.loop import Maker, ReportLoop
from sync.central.reports.pdf import PaperError, pdf_of
from sync.central.reports.schedules import Schedule, addresses_in, end_schedule, make_schedule, schedules
from sync.central.store import Store, StoreError
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from sync.central.web.report_view import ReportPress
from tests.keys import ed25519
from tests.sync.central.accesses.examples import sent
from tests.sync.central.reports.examples import ASKED, AT, a_day

KEY = ed25519("reports")
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
NOW = ASKED.days.until + HOUR
WANTED = WantedReport(None, Kind.SINGLE, date(2026, 2, 28), date(2026, 3, 6), "Asia/Shanghai", "zh")


@pytest.fixture
def database(tmp_path: object) -> str:
    """Of one kind: the queries are asked on both where reports are made."""
    return f"sqlite:///{tmp_path}/central.sqlite"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def maker(store: Store, clock: Clock) -> Maker:
    sent(store, a_day())
    return Maker(store, KEY, clock, ReportPress("https://centre.example"), lambda _: b"%PDF-a-paper")


def asked(store: Store, wanted: WantedReport = WANTED, now: int = NOW) -> int:
    with store.writing() as connection:
        return ask(connection, wanted, "Wang Fang", now)


def head_of(store: Store, number: int, now: int = NOW) -> ReportHead:
    with store.reading() as connection:
        head = report_at(connection, EVERYWHERE, number, now)
    assert head is not None
    return head


def test_what_is_asked_for_is_made_signed_and_kept(store: Store, maker: Maker) -> None:
    number, loop = asked(store), ReportLoop(maker, 100)
    assert head_of(store, number).state is ReportState.WAITING
    assert loop.look()
    assert not loop.look(), "there is nothing more to do"
    assert head_of(store, number).state is ReportState.MADE
    with store.reading() as connection:
        kept = kept_at(connection, number)
    assert kept is not None
    assert kept.report.checks == 9
    proof = verified(kept.proof, KEYS)
    assert (proof.what, proof.actor, len(proof.covered), proof.silent) == (
        "report",
        "Wang Fang",
        1,
        ("gp-0002",),
    )


def test_the_same_events_give_the_same_figures_byte_for_byte(store: Store, maker: Maker) -> None:
    loop, values = ReportLoop(maker, 100), set()
    for _ in range(2):
        number = asked(store)
        loop.look()
        with store.reading() as connection:
            kept = kept_at(connection, number)
        assert kept is not None
        values.add((kept.report.encoded(), verified(kept.proof, KEYS).digest))
    assert len(values) == 1


def test_one_process_makes_it_and_another_does_not(store: Store, maker: Maker, clock: Clock) -> None:
    number = asked(store)
    with store.writing() as connection:
        assert claim_next(connection, clock.now) is not None
        assert claim_next(connection, clock.now) is None
    assert head_of(store, number).is_being_made
    assert not maker.make_now(number)
    clock.now += 31 * MINUTE  # whoever had it is dead
    assert maker.make_now(number)


def test_a_clock_that_is_a_little_behind_takes_no_report_from_who_makes_it(
    store: Store, clock: Clock
) -> None:
    number = asked(store)
    with store.writing() as connection:
        assert claim_next(connection, clock.now) is not None
        assert claim_next(connection, clock.now - SECOND) is None
    assert head_of(store, number, clock.now - SECOND).is_being_made


def test_what_kills_whoever_makes_it_is_not_tried_for_ever(store: Store, clock: Clock) -> None:
    number = asked(store)
    for _ in range(MOST_TRIES + 1):
        with store.writing() as connection:
            claim_next(connection, clock.now)
        clock.now += 31 * MINUTE
    assert (head_of(store, number).state, head_of(store, number).why[:7]) == (ReportState.FAILED, "whoever")


def _raises(error: Exception) -> Callable[[str], bytes]:
    def pdf(_: str) -> bytes:
        raise error

    return pdf


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PaperError("the paper took longer than 120 s"), "the paper took longer"),
        (ValueError("x"), "it failed: the log"),
    ],
)
def test_what_cannot_be_made_says_why_and_the_next_is_made(
    store: Store, maker: Maker, error: Exception, why: str
) -> None:
    number, after = asked(store), asked(store)
    assert ReportLoop(replace(maker, pdf=_raises(error)), 100).look()
    assert (head_of(store, number).state, head_of(store, number).why[: len(why)]) == (ReportState.FAILED, why)
    assert ReportLoop(maker, 100).look()
    assert head_of(store, after).state is ReportState.MADE


def test_reports_go_when_their_time_is_over_and_that_is_noted(
    store: Store, maker: Maker, clock: Clock
) -> None:
    old = asked(store)
    loop = ReportLoop(maker, 100)
    loop.look()
    clock.now += 99 * DAY
    new = asked(store, now=clock.now)
    loop.look()
    assert head_of(store, old).state is ReportState.MADE
    clock.now += 2 * DAY
    loop.look()
    with store.reading() as connection:
        assert [head.number for head in reports(connection, EVERYWHERE, clock.now, count=9)] == [new]
        [noted, *_] = entries(connection, EVERYWHERE)
    assert (noted.act, noted.detail["reports"]) == ("forget_reports", 1)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (replace(WANTED, last=date(2026, 2, 27)), "before the first"),
        (replace(WANTED, last=date(2027, 5, 1)), "400 days"),
        (replace(WANTED, zone="Mars/Olympus"), "no such days"),
        (replace(WANTED, first=date(2027, 1, 1), last=date(2027, 1, 2)), "yet"),
        (replace(WANTED, first=date(1, 1, 1), last=date(1, 1, 2)), "no such days|yet"),
    ],
)
def test_what_cannot_be_asked_for_is_said(store: Store, wanted: WantedReport, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        asked(store, wanted)


def test_more_than_so_many_do_not_wait(store: Store) -> None:
    for _ in range(MOST_WAITING):
        asked(store)
    with pytest.raises(StoreError, match="wait to be made"):
        asked(store)


# --- those that come again ---------------------------------------------------------------------


def scheduled(store: Store, kind: Kind = Kind.DAILY, *, now: int = NOW) -> int:
    to = addresses_in("chief@example.org, street@example.org")
    wanted = Schedule(0, None, "", kind, "Asia/Shanghai", "en", to, "Wang Fang", now)
    with store.writing() as connection:
        return make_schedule(connection, wanted, now)


def mails(store: Store) -> list[sa.Row[tuple[object, ...]]]:
    with store.reading() as connection:
        return [*connection.execute(sa.select(delivery).order_by(delivery.c.number)).all()]


def test_a_report_comes_again_each_day_and_is_sent(store: Store, maker: Maker, clock: Clock) -> None:
    scheduled(store)
    loop = ReportLoop(maker, 100)
    assert not loop.look(), "nothing is over yet"
    for _ in range(2):
        clock.now += DAY
        assert loop.look()
        assert not loop.look(), "each once"
    sent_to = [(mail.address, mail.about) for mail in mails(store)]
    assert sent_to == [
        (address, f"report {number}")
        for number in (1, 2)
        for address in ("chief@example.org", "street@example.org")
    ]
    [first, *_] = mails(store)
    assert first.subject.startswith("Everywhere: Mar 6, 2026"), first.subject
    assert "https://centre.example/reports/1" in first.text
    with store.reading() as connection:
        part = connection.execute(sa.select(delivery_part)).first()
    assert part is not None
    assert (part.name, part.kind, part.data) == ("report-1.pdf", "application/pdf", b"%PDF-a-paper")


def test_what_goes_out_names_nobody(store: Store, maker: Maker, clock: Clock) -> None:
    """Neither the mail nor the paper: not residents, not staff, not what staff typed."""
    scheduled(store, now=AT - 3 * DAY)
    printed: list[str] = []

    def pdf(html: str) -> bytes:
        printed.append(html)
        return b"%PDF-"

    clock.now = AT + DAY
    assert ReportLoop(replace(maker, pdf=pdf), 100).look()
    [paper] = printed
    assert "Opened by hand" in paper
    for mail in mails(store):
        for name in ("li-na", "wu-gang", "zhao-min", "s-wang", "s-li", "Fieber"):
            assert name not in paper + mail.subject + mail.text + (mail.html or "")


def test_runs_that_were_missed_are_made_up_once_and_said(store: Store, maker: Maker, clock: Clock) -> None:
    scheduled(store)
    clock.now += 5 * DAY
    loop = ReportLoop(maker, 100)
    assert loop.look()
    assert not loop.look()
    assert head_of(store, 1).missed == 4
    assert "4 runs before were missed" in mails(store)[0].text


def test_reports_from_before_the_clock_was_set_back_keep_none_from_being_made(
    store: Store, maker: Maker, clock: Clock
) -> None:
    """A centre began in 2027 and made that year's: those of the days that come are made all the same."""
    scheduled(store)
    loop = ReportLoop(maker, 100)
    clock.now += 365 * DAY
    assert loop.look()
    waiting = asked(store, now=clock.now)
    with store.writing() as connection:
        assert claim_next(connection, clock.now) is not None, "and whoever made it died"
    clock.now -= 364 * DAY
    assert not head_of(store, waiting, clock.now).is_being_made
    assert loop.look()
    assert loop.look()
    assert not loop.look(), "each once"
    assert head_of(store, waiting, clock.now).state is ReportState.MADE
    subjects = [mail.subject.split(" (")[0] for mail in mails(store)[::2]]
    assert subjects == ["Everywhere: Mar 5, 2027", "Everywhere: Mar 6, 2026"]


def test_a_report_that_was_asked_for_later_than_now_is_not_asked_for_every_two_seconds(
    store: Store, maker: Maker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set back by an hour, and the day that the report is of is over by it still."""
    scheduled(store)
    loop = ReportLoop(maker, 100)
    clock.now += DAY
    assert loop.look()
    clock.now -= HOUR
    begun: list[str] = []
    begin = store.writing

    def writing() -> AbstractContextManager[sa.Connection]:
        begun.append("a transaction that writes")
        return begin()

    monkeypatch.setattr(store, "writing", writing)
    for _ in range(3):
        assert not loop.look()
    assert begun == []
    clock.now += DAY + HOUR
    assert loop.look(), "the next day's is made"


def test_a_schedule_that_has_ended_makes_and_sends_nothing(store: Store, maker: Maker, clock: Clock) -> None:
    number = scheduled(store)
    clock.now += DAY
    with store.writing() as connection:
        end_schedule(connection, EVERYWHERE, number, clock.now)
        assert schedules(connection, EVERYWHERE) == []
    assert not ReportLoop(maker, 100).look()
    assert not mails(store)
    with store.writing() as connection, pytest.raises(StoreError, match="no schedule"):
        end_schedule(connection, EVERYWHERE, number, clock.now)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@example.org", ("a@example.org",)),
        (
            "a@example.org, b@example.org;c@example.org\n a@example.org",
            ("a@example.org", "b@example.org", "c@example.org"),
        ),
    ],
)
def test_addresses_are_read(text: str, found: tuple[str, ...]) -> None:
    assert addresses_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "a@b@c",
        "a@example.org\r\nBcc:b@example.org x",
        " ".join(f"a{n}@x.org" for n in range(21)),
    ],
)
def test_addresses_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(StoreError):
        addresses_in(text)


# --- the paper ------------------------------------------------------------------------------------


def test_a_paper_is_made_in_a_child_that_fetches_nothing_and_embeds_its_fonts(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret-of-the-centre")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        made = pdf_of(
            f"<p>报告 November</p><link rel=attachment href='{secret.as_uri()}'><img src='{secret.as_uri()}'>"
            f"<link rel=stylesheet href='http://127.0.0.1:{port}/x.css'>"
        )
        with pytest.raises(BlockingIOError):
            server.accept()
    said = b"".join(_streams(made))
    assert b"the-secret-of-the-centre" not in said
    assert len(re.findall(rb"/FontFile[23]? ", made + said)) == 2, "Latin and Chinese letters are embedded"


def _streams(pdf: bytes) -> Iterator[bytes]:
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompress(part)


def test_a_paper_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(PaperError, match="longer than"):
        pdf_of("<p>x</p>", seconds=0.01)
