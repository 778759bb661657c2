"""What could not be fetched is told: once, with its cause, until fetching works again."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.errors import ConfigurationError
from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.updates.core import Standing, UpdateError
from sync.updates.fetching import NotFetched, Wish, wanted_in
from sync.updates.place import Place, read_standing, write_standing
from sync.updates.unfetched import last_unfetched, leave_word, note_unfetched, telling
from tests.sync.updates.lab import NEW, OLD, Gate, mirror

KILLED = "oom-kill"


def noted(place: Place, result: str, at: float) -> SoftwareUpdateEnded | None:
    """What is noted of a fetch after which its unit said `result`."""
    place.fetched.result.write_text(f"{result}\n")
    os.utime(place.fetched.result, (at, at))
    return note_unfetched(place, at)


class Unit:
    """The unit that fetches what the centre asks for, and the one that applies, as systemd starts them."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.at = gate, 1.0

    def is_asked_for(self, version: str) -> None:
        self.gate.place.wanted.write_text(f"{version}\n")

    def runs(self, **failed: str) -> SoftwareUpdateEnded | None:
        """Both of them, one after the other; what is noted of the first."""
        place, self.at = self.gate.place, self.at + 1
        result = "success"
        try:
            order = wanted_in(place.wanted)
            wish = Wish(order=order, running=self.gate.in_force, failed=failed or read_standing(place).failed)
            with telling(place, place.wanted, lambda: self.at), mirror(self.gate.publisher.repository) as url:
                self.gate.fetch_what(url, wish)
        except UpdateError:
            result = "exit-code"
        return noted(place, result, self.at)

    def is_killed(self) -> SoftwareUpdateEnded | None:
        """In the middle of a fetch; what is noted of it."""
        place, self.at = self.gate.place, self.at + 1
        with suppress(KeyboardInterrupt), telling(place, place.wanted, lambda: self.at):
            raise KeyboardInterrupt
        return noted(place, KILLED, self.at)

    def says(self) -> str:
        """What `gatepost update status` says of the last fetch."""
        place = self.gate.place
        last = last_unfetched(place, read_standing(place))
        return "" if last is None else last.why


@pytest.fixture
def unit(gate: Gate) -> Unit:
    return Unit(gate)


def freeze(unit: Unit) -> None:
    unit.gate.publisher.publishing(now=datetime.now(UTC) - timedelta(days=4)).refresh(whole=False)


def never_publish(unit: Unit) -> None:
    unit.is_asked_for("0.9.0")


CAUSES: list[tuple[Callable[[Unit], None], str, str]] = [
    (freeze, NEW, "its metadata has expired"),
    (never_publish, "0.9.0", "there is no version 0.9.0"),
]


@pytest.mark.parametrize(("spoil", "version", "why"), CAUSES, ids=[each[0].__name__ for each in CAUSES])
def test_what_could_not_be_fetched_is_an_end_with_its_cause_until_it_can(
    unit: Unit, spoil: Callable[[Unit], None], version: str, why: str
) -> None:
    unit.is_asked_for(NEW)
    spoil(unit)
    ended = unit.runs()
    assert ended is not None
    assert (ended.number, ended.version, ended.before, ended.how) == (1, version, OLD, UpdateEnd.REFUSED)
    assert why in ended.why
    place = unit.gate.place
    assert note_unfetched(place, 9.0) is None, "it is noted once"
    assert read_standing(place).ended == ended
    assert read_standing(place).failed == {}, "it is tried again by itself"
    unit.gate.publisher.publishing().refresh(whole=False)
    unit.is_asked_for(NEW)
    assert unit.runs() is None
    assert last_unfetched(place, read_standing(place)) is None
    assert unit.gate.apply() == SoftwareUpdateEnded(2, NEW, OLD, UpdateEnd.INSTALLED)


@pytest.mark.parametrize(
    ("asked", "failed", "why"),
    [
        ("0.0.9", {}, "0.0.9 is not newer than 0.1.0, which runs"),
        (NEW, {NEW: "no probe"}, "0.2.0 did not work here: no probe"),
    ],
)
def test_a_version_that_this_gate_does_not_take_is_refused_once_an_order(
    unit: Unit, asked: str, failed: dict[str, str], why: str
) -> None:
    unit.is_asked_for(asked)
    ended = unit.runs(**failed)
    assert ended is not None
    assert (ended.version, why in ended.why) == (asked, True)
    assert unit.runs(**failed) is None, "the daily look says it no more"
    unit.gate.place.wanted.unlink()
    unit.is_asked_for(asked)
    again = unit.runs(**failed)
    assert again is not None, "it is another order"
    assert again.number == 2


def test_a_version_that_runs_is_nothing_to_tell(unit: Unit) -> None:
    unit.is_asked_for(OLD)
    assert unit.runs() is None


def test_an_order_that_was_carried_out_is_not_refused_later(unit: Unit) -> None:
    """The gate has since gone on to a newer version, and the order still lies there."""
    unit.is_asked_for(NEW)
    assert unit.runs() is None
    unit.gate.apply()
    unit.gate.publisher.publish("0.3.0")
    unit.gate.fetch("0.3.0")
    unit.gate.apply()
    assert unit.gate.in_force == "0.3.0"
    assert unit.runs() is None


AWAY = UpdateError("cannot be fetched")


@pytest.mark.parametrize("answered", [True, False])
def test_a_look_that_fails_later_names_no_order_that_was_answered_or_is_in_force(
    unit: Unit, *, answered: bool
) -> None:
    """A mirror that is away for an hour makes no refusal of what was installed."""
    place = unit.gate.place
    unit.is_asked_for(NEW)
    if answered:
        assert unit.runs() is None
    else:
        unit.gate.fetch(NEW)
        unit.gate.apply()
    before = OLD if answered else NEW
    leave_word(place, place.wanted, AWAY, 9.0)
    ended = note_unfetched(place, 9.0)
    assert ended is not None
    assert (ended.version, ended.before, "cannot be fetched" in ended.why) == ("", before, True)
    killed = noted(place, KILLED, 10.0)
    assert killed is not None
    assert (killed.version, "oom-kill" in killed.why) == ("", True)


def test_an_order_that_waits_is_named_until_it_is_answered(unit: Unit) -> None:
    place = unit.gate.place
    unit.is_asked_for(NEW)
    leave_word(place, place.wanted, AWAY, 1.0)
    ended = note_unfetched(place, 1.0)
    assert ended is not None
    assert ended.version == NEW


def test_a_card_that_fails_names_no_version_that_runs(unit: Unit) -> None:
    place = unit.gate.place
    unit.is_asked_for(OLD)
    place.fetched.folder.mkdir(parents=True, exist_ok=True)
    place.fetched.metadata.write_text("a file in the place of a folder")
    ended = unit.runs()
    assert ended is not None
    assert (ended.version, ended.before) == ("", OLD)


def test_a_fetch_that_was_killed_is_told_too(unit: Unit) -> None:
    place = unit.gate.place
    unit.is_asked_for(NEW)
    ended = noted(place, KILLED, 1.0)
    assert ended is not None
    assert (ended.version, "fetching ended: oom-kill" in ended.why) == (NEW, True)
    assert noted(place, "success", 2.0) is None
    assert last_unfetched(place, read_standing(place)) is None


def test_a_fetch_that_is_killed_leaves_no_word_of_the_one_before(unit: Unit) -> None:
    unit.is_asked_for(NEW)
    freeze(unit)
    assert unit.runs() is not None
    for _ in range(2):
        leave_word(unit.gate.place, unit.gate.place.wanted, AWAY, unit.at)  # nobody noted it yet
        killed = unit.is_killed()
        assert killed is not None
        assert KILLED in killed.why
        assert KILLED in unit.says()
        assert note_unfetched(unit.gate.place, unit.at) is None, "by hand: nothing new"
        assert KILLED in unit.says(), "nor does it work again"
    unit.gate.publisher.publishing().refresh(whole=False)
    assert unit.runs() is None
    assert unit.says() == ""


def test_a_word_from_before_a_kill_is_not_told_again(unit: Unit) -> None:
    """Killed before it took back the word, or by an older version that never did."""
    place = unit.gate.place
    unit.is_asked_for(NEW)
    freeze(unit)
    first = unit.runs()
    for at in (8.0, 9.0):
        killed = noted(place, KILLED, at)
        assert killed is not None
        assert killed != first
        assert KILLED in killed.why
        assert KILLED in unit.says()
        assert note_unfetched(place, at) is None
    again = unit.runs()
    assert again is not None, "it is another fetch"
    assert "its metadata has expired" in unit.says()


def test_what_is_fetched_by_hand_and_applied_works_again(unit: Unit) -> None:
    unit.is_asked_for(NEW)
    unit.is_killed()
    unit.gate.fetch(NEW)
    assert note_unfetched(unit.gate.place, 9.0) is None
    unit.gate.apply()
    assert unit.says() == ""


def test_what_fails_before_a_version_is_known_is_told_without_one(unit: Unit) -> None:
    place = unit.gate.place
    leave_word(place, place.wanted, ConfigurationError("unknown key", where="update.toml"), 1.0)
    ended = note_unfetched(place, 1.0)
    assert ended is not None
    assert (ended.version, ended.why) == ("", "update.toml: unknown key")


@pytest.mark.parametrize("laid", ["{", '{"version": "../x", "why": "", "at": 1}', "x" * 40_000])
def test_what_another_user_lays_there_is_read_as_a_strangers(unit: Unit, laid: str) -> None:
    unit.gate.place.fetched.unfetched.write_text(laid)
    ended = note_unfetched(unit.gate.place, 1.0)
    assert ended is not None
    assert (ended.version, "cannot be read" in ended.why) == ("", True)
    assert note_unfetched(unit.gate.place, 2.0) is None


@pytest.mark.parametrize("is_written", [False, True])
def test_a_kill_is_told_once_wherever_its_note_is_cut(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, *, is_written: bool
) -> None:
    place = unit.gate.place
    unit.is_asked_for(NEW)

    def cut(where: Place, standing: Standing) -> None:
        if is_written:
            write_standing(where, standing)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr("sync.updates.unfetched.write_standing", cut)
        noted(place, KILLED, 1.0)
    ended = note_unfetched(place, 2.0)
    assert (ended is None) == is_written
    end = read_standing(place).ended
    assert end is not None
    assert (end.number, KILLED in end.why) == (1, True)
    assert note_unfetched(place, 3.0) is None
    assert noted(place, KILLED, 4.0) is not None, "it is another fetch"


def a_link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_text(KILLED)
    path.symlink_to(elsewhere)


def a_folder(path: Path) -> None:
    path.mkdir()


LAID: list[Callable[[Path], object]] = [
    a_link,
    os.mkfifo,
    a_folder,
    lambda path: path.write_text("OOM"),
    lambda path: path.write_text("oom kill"),
    lambda path: path.write_text("oom-kill\nsuccess\n"),
    lambda path: path.write_text(f" {KILLED}\n"),
    lambda path: path.write_text("k" * 41),
    lambda path: path.write_text("k" * 41 + "\n"),
    lambda path: path.write_bytes(b"\xff\x1b[2J"),
    lambda path: path.write_text("\n"),
    lambda path: path.write_text(""),
]


@pytest.mark.parametrize("lay", LAID)
def test_what_is_no_end_that_systemd_would_name_is_none(unit: Unit, lay: Callable[[Path], object]) -> None:
    place = unit.gate.place
    lay(place.fetched.result)
    assert note_unfetched(place, 1.0) is None
    leave_word(place, place.wanted, AWAY, 1.0)
    assert note_unfetched(place, 2.0) is not None, "what the process itself says is told nonetheless"


def test_an_exchange_that_is_under_way_is_gone_on_with_first(unit: Unit) -> None:
    gate = unit.gate
    gate.fetch()

    def cut(step: str) -> None:
        if step == "exchanged":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gate.apply(cut)
    error = NotFetched("0.3.0", UpdateError("cannot be fetched"))
    leave_word(gate.place, gate.place.wanted, error, 1.0)
    assert note_unfetched(gate.place, 1.0) is None
    assert gate.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)
    assert note_unfetched(gate.place, 1.0) is not None
