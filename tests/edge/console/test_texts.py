"""Every text of the gate's console is there in Chinese, and no two parts say it differently."""

from __future__ import annotations

from edge.console.rendering import TEXTS
from edge.scanners.core.framing import Noise
from edge.staff.refusals import SAID
from tests.edge.web.said import differing, misnamed, said_by, translated, untranslated

OWN = ("edge.console",)
REFUSALS = {text for words in SAID.values() for text in words}
"""What the gate says where it does not do something: the page translates it."""
NOISE = {noise.value for noise in Noise}
"""What the gate says that a scanner sent: the page Now translates it."""


def test_every_text_is_there_in_chinese() -> None:
    assert not untranslated(TEXTS, OWN), "put them into edge/console/locale/zh/<part>.po"
    assert {message for _, message, _, string in translated(TEXTS) if string} >= REFUSALS | NOISE


def test_no_two_parts_translate_one_text_differently() -> None:
    assert not differing(TEXTS)


def test_a_translation_names_the_values_that_its_text_names() -> None:
    assert not misnamed(TEXTS)


def test_nothing_is_translated_that_is_said_nowhere() -> None:
    said = {message for _, message, _ in said_by((*OWN, "edge.web"))} | REFUSALS | NOISE
    assert not {f"{name}: {message}" for name, message, _, _ in translated(TEXTS) if message not in said}
