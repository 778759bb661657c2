"""What is said of gates that were away for long and give what they hold."""

from __future__ import annotations

from sync.central.devices.core import MANY, Backlog, catching_up, in_words, noted
from sync.central.units import MINUTE, SECOND

NOW = 1_800_000_000 * SECOND


def reported(*waiting: int, every: int = MINUTE) -> Backlog | None:
    """The backlog after these reports, the last of them now."""
    held = None
    for place, count in enumerate(waiting):
        held = noted(held, count, NOW - (len(waiting) - 1 - place) * every)
    return held


def there(*waiting: int) -> Backlog:
    held = reported(*waiting)
    assert held is not None
    return held


def test_a_usual_gate_and_one_that_is_through_have_none() -> None:
    assert reported(MANY - 1) is None
    assert reported(150_000, 90_000, 30) is None
    assert catching_up([], NOW) is None


def test_it_ends_when_the_last_is_through_at_its_own_rate() -> None:
    found = catching_up([there(130_000, 70_000), there(62_000, 60_000)], NOW)
    assert found is not None
    assert (found.gates, found.events) == (2, 130_000)
    assert found.rate is not None
    assert round(found.rate) == round(62_000 / 60)
    assert found.through_at == NOW + 30 * MINUTE
    assert "2 gates, at which 130000 events wait" in in_words(found)
    assert "through by about 2027-01-15 08:30 UTC" in in_words(found)


def test_what_came_since_the_report_is_taken_away() -> None:
    found = catching_up([there(130_000, 70_000)], NOW + 30 * SECOND)
    assert found is not None
    assert found.events == 40_000
    assert found.through_at == NOW + 70 * SECOND


def test_one_report_alone_has_no_rate_and_takes_the_others() -> None:
    alone = catching_up([there(150_000)], NOW)
    assert alone is not None
    assert (alone.rate, alone.through_at) == (None, None)
    assert "within two minutes" in in_words(alone)
    beside = catching_up([there(150_000), there(130_000, 70_000)], NOW)
    assert beside is not None
    assert beside.rate == 2_000
    assert beside.through_at == NOW + 150 * SECOND


def test_two_reports_at_once_are_one() -> None:
    held = reported(130_000, 70_000)
    again = noted(held, 69_000, NOW + 5 * SECOND)
    assert again is not None
    assert (again.before, again.before_at) == (130_000, NOW - MINUTE)


def test_who_gets_more_is_not_said_to_end_and_who_is_silent_is_left_out() -> None:
    found = catching_up([there(130_000, 70_000), there(1_000, 1_200)], NOW)
    assert found is not None
    assert found.through_at is None
    assert "do not get fewer" in in_words(found)
    assert catching_up([there(130_000, 70_000)], NOW + 10 * MINUTE) is None


def test_a_gate_that_was_away_again_begins_anew() -> None:
    held = noted(there(130_000, 70_000), 90_000, NOW + 20 * MINUTE)
    assert held is not None
    assert held.rate is None
