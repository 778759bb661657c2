"""Foreign text on a terminal or a page is text: nothing in it acts, hides or turns."""

from __future__ import annotations

import json
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import GatepostError
from edge.support.escaping import escaped, escaped_html, without_objects

ANY = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Li Na 李娜 café ≤ 😀", "Li Na 李娜 café ≤ 😀"),
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("\x9b31mred", r"\u009b31mred"),
        ("two\nlines\r", r"two\u000alines\u000d"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("in\u200bvisible\ufeff", r"in\u200bvisible\ufeff"),
        ("tag\U000e0041", r"tag\udb40\udc41"),
        ("caf\udce9.png", r"caf\xe9.png"),
        ("half \ud800", r"half \ud800"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (r"a\u001bb", r"a\u001bb"),
    ],
)
def test_what_is_not_shown_as_itself_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.timeout(60)
@pytest.mark.parametrize("filler", [" ", "<", "< ", " at 0x", "<a at 0x1"])
def test_a_megabyte_is_soon_looked_through_for_objects(filler: str) -> None:
    """An expression that squares the time would take an hour."""
    text = filler * (1_000_000 // len(filler)) + " at 0x"
    assert without_objects(text) == text


@given(ANY)
def test_nothing_that_acts_is_left(text: str) -> None:
    shown = escaped(text)
    assert all(unicodedata.category(one) not in {"Cc", "Cs", "Zl", "Zp"} for one in shown)
    assert escaped(shown) == shown
    shown.encode()


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    line = json.dumps({"text": text}, ensure_ascii=False)
    assert json.loads(escaped(line)) == {"text": text}


@given(ANY)
def test_a_page_shows_text_and_no_element(text: str) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.elements: list[str] = []
            self.text = ""

        def handle_starttag(self, tag: str, _: object) -> None:
            self.elements.append(tag)

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    reader.feed(f'<p title="{escaped_html(text)}">{escaped_html(text)}</p>')
    reader.close()
    assert reader.elements == ["p"]
    assert reader.text == escaped(text)


def test_an_error_shows_what_strangers_wrote_as_text() -> None:
    error = GatepostError("holds '\x1b[2J'", where="a\nb.toml", remedy="rename \u202eit")
    assert str(error) == r"a\u000ab.toml: holds '\u001b[2J' (rename \u202eit)"
