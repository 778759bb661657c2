"""The person's screen at the gate's side: who reads its cards, and who may choose their language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.prompts.texts import CardKind, ScreenCard
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.screen import ChooseLanguage
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_of
from tests.edge.staff.staffed import TABLET, Staffed, at_work, is_refused
from tests.simulation.site import Site

HERE = "127.0.0.1"


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[Staffed]:
    """A gate at work whose screen is the console's."""
    gate = Staffed(tmp_path / "gate", site)
    gate.machine = replace(gate.machine, screen=None)
    with at_work(gate):
        yield gate


def shown(here: Staffed) -> ScreenCard:
    """The card that a screen shows now, which nobody has signed in at."""
    answer = here.ask(Watch((Topic.SCREEN,), most_wait=0.0), client=HERE)
    assert isinstance(answer, Watched)
    return msgpack_of(bytes(answer.changed[Topic.SCREEN]), ScreenCard)


def asks_for_a_pass(here: Staffed) -> ScreenCard:
    here.camera.deliver(LaneReport(0.0, Prompt("code_required")))  # type: ignore[arg-type]
    here.pass_time(0.5)
    return shown(here)


def test_a_screen_shows_what_the_gate_asks_and_then_what_it_waits_for(here: Staffed) -> None:
    assert shown(here).kind is CardKind.IDLE
    asked = asks_for_a_pass(here)
    assert (asked.kind, asked.guidance.do.en, asked.language) == (CardKind.ASK, "Please show your pass", "en")
    here.pass_time(asked.seconds or 0.0)
    here.pass_time(0.5)
    assert shown(here).kind is CardKind.IDLE


def test_somebody_at_the_screen_chooses_its_language(here: Staffed) -> None:
    asks_for_a_pass(here)
    assert here.ask(ChooseLanguage("zh"), client=HERE) == Done()
    here.pass_time(0.1)
    assert (shown(here).kind, shown(here).language) == (CardKind.ASK, "zh")


@pytest.mark.parametrize("client", [TABLET, "", "localhost", "::ffff:10.0.0.7", "127.0.0.1.example"])
def test_nobody_elsewhere_does(here: Staffed, client: str) -> None:
    assert is_refused(here.ask(ChooseLanguage("zh"), client=client), "not_your_role")
    assert asks_for_a_pass(here).language == "en"


@pytest.mark.parametrize("language", ["", "fr", "zh-CN", "en" * 1000])
def test_a_language_that_nobody_speaks_here_is_unreadable(here: Staffed, language: str) -> None:
    [answer] = here.asks(ChooseLanguage(language), client=HERE)  # type: ignore[arg-type]
    assert is_refused(answer, "unreadable")
    assert msgspec.to_builtins(shown(here))["language"] == "en"
