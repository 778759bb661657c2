"""Numbers typed at a real gate, on a clock that is played: what opens, what rests, and what outlives a
restart.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from edge.credentials.known.numbers import NumberTyped, kept_digest, slow_digest, text_of_digests
from edge.credentials.known.rights import KnownRight
from edge.credentials.known.tries import FIRST_REST, MOST_WRONG
from edge.decision import Outcome, Reason
from edge.journal.format import AccessDecided, KeypadLockedOut, event_of, pass_used_up
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.runtime.gate_at_work import Gate
from edge.runtime.typed_numbers import FILE_NAME, KeypadRests, NumberRead, Numbers, TypedNumbers
from tests.edge.alone import IMPULSE, Alone
from tests.simulation.bundle import bundle_of
from tests.simulation.plan import Town
from tests.simulation.site import Site, found_site, true_time

NUMBER, LATER, SALT = "40712296", "11112222", b"0123456789abcdef"
COUNT = "\n[numbers]\ncount = true\n"


class WithKeypad(Alone):
    """A gate with a keypad, and the registry of a centre that carries two numbers."""

    def publish_numbers(self, rules: str = COUNT) -> None:
        begins = true_time(0.0)
        opens = KnownRight("visitor:3f9c", "ab" * 8, begins, begins + timedelta(hours=8), 2)
        tomorrow = replace(
            opens, pass_id="cd" * 8, since=begins + timedelta(days=1), until=begins + timedelta(days=2)
        )
        numbers = {kept_digest(NUMBER, SALT): opens, kept_digest(LATER, SALT): tomorrow}
        bundle = bundle_of(
            self.site,
            self.folder,
            1,
            self.site.subjects,
            self.scheduler.now,
            numbers=numbers,
            salt=SALT,
            more=rules,
        )
        self.configuration.registry.inbox.write_bytes(bundle)
        self._tasks.wake("registry")
        self.pass_time(1.0)

    def type(self, digits: str, then: float = 60.0) -> list[AccessEvent]:
        before = len(self.heard)
        self.camera.deliver(NumberTyped("keypad", digits))  # type: ignore[arg-type] # to the main loop
        self.pass_time(0.1)
        self.see(self._sighting("", "", Random(0)))  # the camera sees nobody
        self.pass_time(then)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]

    def reason_for(self, digits: str, then: float = 60.0) -> str:
        [decided] = self.type(digits, then)
        return decided.decision.reason.value

    def journal(self) -> list[object]:
        with closing(JournalReader(self.configuration.journal.path)) as journal:
            return [event_of(entry) for entry in journal.every()]


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town())


@pytest.fixture
def here(tmp_path: Path, site: Site) -> WithKeypad:
    return WithKeypad(tmp_path / "gate", site)


def begun(here: WithKeypad) -> Gate:
    gate = here.begin()
    here.pass_time(1.0)
    return gate


def test_a_number_opens_as_often_as_it_says_also_over_a_restart(here: WithKeypad) -> None:
    gate = begun(here)
    here.publish_numbers()
    [first] = here.type("4071 2296")
    assert (first.decision.outcome, first.decision.reason) == (Outcome.GRANT, Reason.CODE_ACCEPTED)
    assert (first.input, first.decision.subject_id) == ("keypad", "visitor:3f9c")
    here.end(gate)

    gate = begun(here)
    here.pass_time(60.0)
    assert here.reason_for(NUMBER) == Reason.CODE_ACCEPTED
    assert here.reason_for(NUMBER) == Reason.PASS_USED
    assert here.reason_for(LATER) == Reason.PASS_NOT_YET_VALID
    here.end(gate)
    assert here.impulses() == [pytest.approx(IMPULSE, abs=1e-6)] * 2
    with closing(JournalReader(here.configuration.journal.path)) as journal:
        used = [pass_used_up(entry.kind, entry.body) for entry in journal.every()]
    way = here.configuration.direction.value
    assert [*filter(None, used)] == [f"{'ab' * 8}.{way}.1", f"{'ab' * 8}.{way}.2"]
    granted = [event for event in here.journal() if isinstance(event, AccessDecided)]
    assert [event.input for event in granted] == ["keypad"] * 4, "one event a number"


def test_no_number_counts_where_the_policy_does_not_say_so(here: WithKeypad) -> None:
    gate = begun(here)
    here.publish_numbers(rules="")
    assert here.reason_for(NUMBER) == Reason.CODE_UNKNOWN
    here.end(gate)


def test_a_number_shown_as_a_code_to_the_camera_is_not_one(here: WithKeypad) -> None:
    """Nor is what the registry keeps of it, by whoever copied that."""
    gate = begun(here)
    here.publish_numbers()
    kept = text_of_digests([kept_digest(NUMBER, SALT)])
    for text, reason in ((NUMBER, Reason.NOT_A_PASS), (kept, Reason.CODE_UNKNOWN)):
        assert {event.decision.reason for event in here.show(code=text, seconds=9.0)} == {reason}
    assert here.impulses() == []
    here.end(gate)


def test_after_five_wrong_numbers_the_keypad_rests_and_a_restart_does_not_wake_it(here: WithKeypad) -> None:
    gate = begun(here)
    here.publish_numbers()
    for guess in range(MOST_WRONG):
        assert here.reason_for(f"{guess:06d}", then=5.0) == Reason.CODE_UNKNOWN
    assert here.reason_for(NUMBER, then=5.0) == Reason.KEYPAD_RESTS
    here.end(gate)

    gate = begun(here)
    assert here.reason_for(NUMBER, then=5.0) == Reason.KEYPAD_RESTS, "a restart gains nothing"
    here.pass_time(FIRST_REST)
    assert here.reason_for(NUMBER) == Reason.CODE_ACCEPTED
    here.end(gate)
    told = [event for event in here.journal() if isinstance(event, KeypadLockedOut)]
    assert told == [KeypadLockedOut("keypad", float(FIRST_REST), MOST_WRONG)]


def test_what_is_no_number_is_no_guess(here: WithKeypad) -> None:
    gate = begun(here)
    here.publish_numbers()
    for _ in range(2 * MOST_WRONG):
        assert here.reason_for("123", then=5.0) == Reason.CODE_UNKNOWN
    assert here.reason_for(NUMBER) == Reason.CODE_ACCEPTED
    here.end(gate)


def test_a_wrong_number_typed_again_is_answered_again(here: WithKeypad) -> None:
    gate = begun(here)
    here.publish_numbers()
    reasons = [here.reason_for("000000", then=3.0) for _ in range(MOST_WRONG + 2)]
    assert reasons == [Reason.CODE_UNKNOWN] * MOST_WRONG + [Reason.KEYPAD_RESTS] * 2
    here.end(gate)


# --- the task by itself --------------------------------------------------------------------


class Keypad:
    """The task, polled by hand."""

    def __init__(self, path: Path) -> None:
        self.told: list[NumberRead | KeypadRests] = []
        self.now = 0.0
        self.numbers = TypedNumbers(path, lambda: Numbers((SALT,), ({},)), self.told.append, lambda: self.now)

    def type(self, *numbers: str) -> None:
        for number in numbers:
            self.numbers.typed(NumberTyped("keypad", number))
        while self.numbers.poll() <= self.now:
            pass


def test_a_flood_of_numbers_is_cut_and_waits_for_nobody(tmp_path: Path) -> None:
    keypad = Keypad(tmp_path / FILE_NAME)
    for number in range(1000):
        keypad.numbers.typed(NumberTyped("keypad", f"{number:06d}"))
    keypad.type()
    assert len(keypad.told) == 4


@pytest.mark.parametrize("content", [b"", b"{", b'{"wrong": -1}', b'{"wrong": 0, "more": 1}', b"\xff" * 5000])
def test_tries_that_cannot_be_read_count_as_too_many(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    keypad = Keypad(path)
    keypad.type("123456")
    assert keypad.told == [NumberRead("keypad", "number:resting#1")]
    keypad.now = FIRST_REST
    keypad.type("123456")
    text = text_of_digests([slow_digest("123456", SALT)])
    assert keypad.told[1:] == [NumberRead("keypad", f"{text}#2")]


def test_a_wrong_number_is_on_disk_before_anything_is_told_of_it(tmp_path: Path) -> None:
    path, seen = tmp_path / FILE_NAME, []
    numbers = TypedNumbers(
        path, lambda: Numbers((SALT,), ({},)), lambda _: seen.append(path.exists()), lambda: 0.0
    )
    numbers.typed(NumberTyped("keypad", "123456"))
    numbers.poll()
    assert seen == [True]
