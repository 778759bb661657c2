"""What is wrong with a file of history is kept in English, and said in the language of who reads it."""

from __future__ import annotations

import pytest

from edge.support.phrases import Phrase
from edge.web.texts import Language
from sync.central.history.damage import (
    ANOTHER,
    FOREIGN,
    GONE,
    NO_FILE,
    OTHER_COLUMNS,
    OTHER_EVENTS,
    changed_event,
    kept_damage,
    loose_event,
    of_another_size,
    of_other_rows,
    too_large,
    unreadable,
)
from sync.central.web.rendering import TEXTS
from tests.edge.web.said import english_in_text

DAMAGES = (
    GONE, NO_FILE, ANOTHER, OTHER_COLUMNS, OTHER_EVENTS, FOREIGN, unreadable("A"), too_large(5),
    of_another_size(3, 4), of_other_rows(1, 2), of_other_rows(2, 1), changed_event(7, "gp-0001"),
    loose_event(8),
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_what_is_kept_in_english_is_found_again(damage: Phrase) -> None:
    found = kept_damage(str(damage))
    assert isinstance(found, Phrase)
    assert (found.text, str(found)) == (damage.text, str(damage))
    said = found.said(TEXTS.translations(Language.ZH))
    assert english_in_text(said) == []
    assert all(str(value) in said for value in damage.values.values())


def test_what_another_version_kept_is_shown_as_it_is() -> None:
    assert kept_damage("melted: 100%(why)s") == "melted: 100%(why)s"
    assert str(kept_damage("cannot be read: %(why)s\nand more")) == "cannot be read: %(why)s\nand more"
