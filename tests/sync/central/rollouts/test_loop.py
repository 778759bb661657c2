"""A version is given to gates by stages: asked, followed by their journals, stopped; on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.central.accounts.actor import command_line_actor
from sync.central.audit.audit import entries
from sync.central.commands.requests import CommandRequestState
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import command_request
from sync.central.rollouts import loop
from sync.central.rollouts.core.plan import ASKED_AGAIN_AFTER, DARK_AFTER, Rules
from sync.central.rollouts.loop import BY_HAND_AFTER, RolloutLoop
from sync.central.rollouts.rollouts import begin, counted, gates_of, resume, rollout_of, stop, whys_of
from sync.central.rollouts.seen import rollout_in, rollouts_in, versions_in
from sync.central.store import Store, StoreError
from sync.central.tables import device
from sync.central.units import DAY, HOUR, MINUTE
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.wire.examples import AT

HE_JING = command_line_actor("He Jing")
RULES = Rules((50, 100), 5, HOUR)


class Centre:
    """A centre's loop and its clock; gates do what a test says."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, AT
        self.loop = RolloutLoop(store, lambda: self.now)

    def begins(self) -> int:
        with self.store.writing() as connection:
            return begin(connection, HE_JING, "0.2.0", None, RULES, "opens faster", self.now)

    def looks(self, after: int = 0) -> list[str]:
        """Which gates are asked in a round; every gate is there."""
        self.now += after
        with self.store.writing() as connection:
            connection.execute(sa.update(device).values(last_seen=self.now))
        with self.store.reading() as connection:
            before = connection.execute(sa.select(sa.func.max(command_request.c.number))).scalar() or 0
        self.loop.look()
        with self.store.reading() as connection:
            rows = connection.execute(
                sa.select(command_request).where(command_request.c.number > before)
            ).all()
        assert all((row.kind, row.argument, row.actor) == ("take_update", "0.2.0", "He Jing") for row in rows)
        return [row.device for row in rows]

    def takes(self, name: str, outcome: str = "done", text: str = "") -> None:
        """A gate answers that it has left word for its updater, or why it has not."""
        said = {
            "state": CommandRequestState.ANSWERED,
            "outcome": outcome,
            "text": text,
            "answered_at": self.now,
        }
        with self.store.writing() as connection:
            connection.execute(
                sa.update(command_request).where(command_request.c.device == name).values(said)
            )

    def tells(self, name: str, how: UpdateEnd, why: str = "") -> None:
        """A gate's journal says how its update ended."""
        self.says(name, SoftwareUpdateEnded(1, "0.2.0", "0.1.0", how, why))

    def says(self, name: str, *ends: SoftwareUpdateEnded) -> None:
        """A gate's journal says how its updates ended, one after the other."""
        sent(self.store, journal(ends), name, self.now)

    def progress(self, number: int) -> dict[str, int]:
        with self.store.reading() as connection:
            return counted(gates_of(connection, number, self.now), self.now)

    def state(self, number: int) -> tuple[str, str]:
        with self.store.reading() as connection:
            found = rollout_of(connection, number)
        return found.state, found.stopped


@pytest.fixture
def centre(store: Store) -> Centre:
    return Centre(store)


def test_some_gates_get_it_first_and_the_others_once_these_have_shown_that_they_work(centre: Centre) -> None:
    number = centre.begins()
    [first] = centre.looks()
    assert centre.looks(MINUTE) == [], "it is waited for"
    centre.takes(first)
    centre.tells(first, UpdateEnd.INSTALLED)
    assert centre.looks(MINUTE) == [], "it is looked at"
    assert centre.progress(number) == {"waiting": 1, "installed": 1}
    centre.looks(HOUR)
    [second] = centre.looks(MINUTE)
    assert second != first
    centre.takes(second)
    centre.tells(second, UpdateEnd.INSTALLED)
    centre.looks(MINUTE)
    assert centre.state(number) == ("finished", "")
    with centre.store.reading() as connection:
        told = [entry.act for entry in entries(connection, EVERYWHERE)]
    assert told.count("rollout") == 1
    assert told.count("command") == 2


def test_a_rollout_that_cannot_be_looked_after_stops_no_other(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a newer version of the centre may write one."""
    numbers = []
    for version in ("0.1.8", "0.2.0", "0.1.9"):
        with centre.store.writing() as connection:
            numbers.append(begin(connection, HE_JING, version, None, RULES, "opens faster", AT))

    def of(connection: sa.Connection, number: int, now: int) -> object:
        return 1 // (number == numbers[1]) and gates_of(connection, number, now)

    monkeypatch.setattr(loop, "gates_of", of)
    with capture_logs() as said:
        assert len(centre.looks()) == 1
    failed = {each["rollout"] for each in said if each["event"] == "rollouts_not_looked_after"}
    assert failed == {numbers[0], numbers[2]}


def test_a_gate_that_went_back_stops_it_and_says_why(centre: Centre) -> None:
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first)
    centre.tells(first, UpdateEnd.WENT_BACK, "its probe does not answer")
    assert centre.looks(2 * HOUR) == []
    assert centre.state(number) == ("stopped", f"1 of 1 gates failed: {first} went_back")
    with centre.store.reading() as connection:
        assert whys_of(connection, number) == {first: "its probe does not answer"}
    assert centre.looks(24 * HOUR) == []


def test_a_gate_that_refuses_what_it_runs_still_has_it(centre: Centre) -> None:
    """A gate of before, whose daily look found its mirror away, names the order that it carried out."""
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first)
    centre.says(
        first,
        SoftwareUpdateEnded(1, "0.2.0", "0.1.0", UpdateEnd.INSTALLED),
        SoftwareUpdateEnded(2, "0.2.0", "0.2.0", UpdateEnd.REFUSED, "cannot be fetched"),
    )
    centre.looks(MINUTE)
    assert centre.progress(number) == {"waiting": 1, "installed": 1}
    assert centre.state(number) == ("running", "")


def test_a_gate_that_has_the_version_is_not_asked(centre: Centre) -> None:
    with centre.store.writing() as connection:
        connection.execute(sa.update(device).values(software="0.2.0"))
    number = centre.begins()
    assert centre.looks() == []
    assert centre.progress(number) == {"installed": 2}


def test_a_gate_that_was_asked_and_got_the_version_otherwise_has_it(centre: Centre) -> None:
    """By apt: no update ended there, so its journal says nothing."""
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first)
    with centre.store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == first).values(software="0.2.0"))
    centre.looks(BY_HAND_AFTER)
    assert centre.progress(number) == {"waiting": 1, "asked": 1}, "it may yet say that it goes back"
    centre.looks(MINUTE)
    assert centre.progress(number) == {"waiting": 1, "installed": 1}
    centre.looks(HOUR)
    [second] = centre.looks(MINUTE)
    assert second != first


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_gate_that_cannot_take_an_update_has_refused_it_and_says_why(centre: Centre, outcome: str) -> None:
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first, outcome, "/etc/gatepost/update.toml: is not there: this gate takes no updates")
    assert centre.looks(MINUTE) == []
    assert centre.state(number) == ("stopped", f"1 of 1 gates failed: {first} refused")
    with centre.store.reading() as connection:
        [(_, why)] = whys_of(connection, number).items()
    assert "this gate takes no updates" in why


def test_a_gate_that_could_not_judge_the_time_is_asked_again(centre: Centre) -> None:
    centre.begins()
    [first] = centre.looks()
    centre.takes(first, "unsure")
    assert centre.looks(16 * MINUTE) == [first]


def test_a_gate_that_never_answers_is_asked_again_and_stops_it_in_the_end(centre: Centre) -> None:
    """Its sync process is there, its gate process is not: each command ends without an answer."""
    number = centre.begins()
    [first] = centre.looks()
    times = 0
    while centre.state(number)[0] == "running" and times < 30:
        with centre.store.writing() as connection:
            unanswered = {"state": CommandRequestState.UNANSWERED}
            connection.execute(sa.update(command_request).values(unanswered))
        centre.looks(16 * MINUTE)
        times += 1
    assert centre.state(number) == ("stopped", f"1 of 1 gates failed: {first} stuck")
    assert times == 16, "four hours after it was asked first"


@pytest.mark.parametrize("back", [2 * HOUR, 365 * DAY])
def test_a_clock_that_is_set_back_holds_up_no_stage(centre: Centre, back: int) -> None:
    """What was dated later counts from now on; what a gate says of its end is taken."""
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first)
    centre.looks(-back)
    centre.tells(first, UpdateEnd.INSTALLED)
    assert centre.progress(number) == {"waiting": 1, "installed": 1}
    assert centre.looks(HOUR - MINUTE) == [], "it is looked at for an hour"
    centre.looks(-back)
    assert centre.looks(HOUR - MINUTE) == [], "and for another"
    centre.looks(2 * MINUTE)
    assert len(centre.looks(MINUTE)) == 1


def test_a_gate_is_dark_and_asked_again_by_a_clock_that_is_set_back(centre: Centre) -> None:
    centre.begins()
    [first] = centre.looks()
    centre.takes(first, "untrusted_clock")
    assert centre.looks(-2 * HOUR) == []
    assert centre.looks(ASKED_AGAIN_AFTER - MINUTE) == []
    assert centre.looks(2 * MINUTE) == [first]
    centre.takes(first)
    assert centre.looks(-2 * HOUR) == []
    centre.now += DARK_AFTER + MINUTE  # and nobody hears of it meanwhile
    centre.loop.look()
    assert centre.state(1) == ("stopped", f"1 of 1 gates failed: {first} dark")


def test_a_person_stops_it_once(centre: Centre) -> None:
    number = centre.begins()
    with centre.store.writing() as connection:
        assert stop(connection, HE_JING, number, "complaints", centre.now)
        assert not stop(connection, HE_JING, number, "again", centre.now)
    assert centre.state(number) == ("stopped", "complaints")
    assert centre.looks() == []


def test_a_version_is_rolled_out_once_at_a_time(centre: Centre) -> None:
    centre.begins()
    with pytest.raises(StoreError, match="is being rolled out already"):
        centre.begins()


def test_a_person_goes_on_with_it_once_enough_may_fail(centre: Centre) -> None:
    number = centre.begins()
    [first] = centre.looks()
    centre.takes(first)
    centre.tells(first, UpdateEnd.WENT_BACK, "no power")
    centre.looks(MINUTE)

    def goes_on(most_failed: int | None) -> None:
        with centre.store.writing() as connection:
            resume(connection, HE_JING, number, most_failed, "it had no power", centre.now)

    with pytest.raises(StoreError, match="would stop at once: 1 of 1 gates failed"):
        goes_on(None)
    assert centre.state(number)[0] == "stopped"
    goes_on(100)
    assert centre.state(number) == ("running", "")
    assert centre.looks(2 * HOUR) == [], "the next stage begins"
    [second] = centre.looks(MINUTE)
    assert second != first, "the one that failed is not asked again"
    with pytest.raises(StoreError, match=f"roll-out {number} is running"):
        goes_on(100)


def test_somebody_sees_their_own_gates_of_it(centre: Centre) -> None:
    number = centre.begins()
    with centre.store.reading() as connection:
        [whole] = rollouts_in(connection, EVERYWHERE)
        assert (whole.gates, whole.is_whole) == (2, True)
        assert rollouts_in(connection, Sight()) == []
        assert rollout_in(connection, Sight(), number) is None
        assert versions_in(connection, Sight()) == []
        assert sum(each.gates for each in versions_in(connection, EVERYWHERE)) == 2
