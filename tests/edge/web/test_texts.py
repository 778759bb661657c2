"""What both consoles say is there in Chinese, and lies where it is said."""

from __future__ import annotations

from edge.web.catalogs import SHARED
from tests.edge.web.said import differing, misnamed, untranslated, unused

PACKAGES = ("edge.web",)


def test_every_shared_text_is_there_in_chinese() -> None:
    assert not untranslated(SHARED, PACKAGES), "put them into edge/web/locale/zh"


def test_nothing_shared_is_translated_that_is_said_nowhere() -> None:
    assert not unused(SHARED, PACKAGES)


def test_a_translation_names_the_values_that_its_text_names() -> None:
    assert not misnamed(SHARED)
    assert not differing(SHARED)
