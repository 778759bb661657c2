"""What is shown of logs, checks and settings to somebody who may not know who lives here."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.configuration import GateConfiguration, GateSection
from edge.diagnostics.redaction import known_words, plain_fields, plain_settings, struck_out
from edge.journal.configuration import JournalSection
from edge.registry.configuration import RegistrySection
from edge.vision.configuration import VisionConfiguration
from tests.examples import tried

KNOWN = known_words(("zhang-wei", "Anna Berg", "3/2/301"))


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("the disk is full", "the disk is full"),
        (
            "/dev/video0 is not there: is the camera plugged in?",
            "/dev/video0 is not there: is the camera plugged in?",
        ),
        ("version 12, 3 subjects, expires 2026-12-01", "version 12, 3 subjects, expires 2026-12-01"),
        ("GPIO 17 failed: busy", "GPIO 17 failed: busy"),
        ("rtsp://admin:secret@10.0.0.7/live gives no picture", "… gives no picture"),
        ("10.0.0.7 refuses the connection", "… refuses the connection"),
        ("mail to anna@example.org fails", "mail to … fails"),
        ("group 'Kita Nord' is unknown", "group … is unknown"),
        ("~/Bilder/anna.jpg: not a picture", "…: not a picture"),
        ("/home/berg/gate.toml, line 3", "…, line 3"),
        ("call 138-1234-5678 or +49 170 1234567", "call … or …"),
        ("card 0123456789abcdef was used", "card … was used"),
        ("张伟 was let in", "… was let in"),
        ("zhang-wei has no template", "… has no template"),
        ("ANNA has no template, nor has Berg", "… has no template, nor has …"),
        ("room 301 of 3/2/301", "room … of 3/2/…"),
        ("a line\nand\x00another", "a line and another"),
    ],
)
def test_a_sentence_keeps_what_is_wrong_and_loses_whom_it_names(sentence: str, shown: str) -> None:
    assert struck_out(sentence, KNOWN) == shown


@settings(derandomize=True, max_examples=tried(200))
@given(
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    name=st.text(st.characters(whitelist_categories=["Ll", "Lu"]), min_size=2, max_size=20),
)
def test_a_known_name_is_never_shown_as_a_word(before: str, after: str, name: str) -> None:
    shown = struck_out(f"{before} {name} {after}", known_words((name,)))
    assert name.casefold() not in shown.casefold().split()


def test_of_a_line_of_a_log_only_what_is_known_to_name_nobody_is_shown() -> None:
    fields = {
        "kind": "staff_act_taken",
        "reason": "zhang wei brought a parcel",
        "act": "let_in",
        "staff": "wang-fang",
        "subject": "zhang-wei",
        "text": "he is my brother",
        "by": "li-na",
        "times": 3,
        "seconds": 1.5,
        "again": True,
        "error": "disk full: '/srv/berg'",
        "input": "/home/anna.jpg",
        "report": object(),
        "added_tomorrow": "anna",
    }
    assert plain_fields(fields) == {
        "kind": "staff_act_taken",
        "act": "let_in",
        "times": 3,
        "seconds": 1.5,
        "again": True,
        "error": "disk full: …",
    }


def test_of_settings_numbers_and_choices_are_shown_and_no_text() -> None:
    configuration = GateConfiguration(
        GateSection("marked-gate", "marked-site", device="marked-device"),
        RegistrySection(
            folder=Path("/marked/registry"),
            inbox=Path("/marked/inbox"),
            root_key=Path("/marked/root"),
            template_key=Path("/marked/key"),
        ),
        JournalSection(path=Path("/marked/journal")),
        VisionConfiguration(camera="rtsp://marked:marked@marked/live"),
    )
    shown = plain_settings(configuration)
    assert "marked" not in msgspec.json.encode(shown).decode()
    assert shown["gate"] == {
        "id": "…", "site": "…", "direction": "entry", "language": "…", "device": "…",
    }  # fmt: skip
    assert shown["vision"]["camera"] == "…"
    assert shown["vision"]["width"] == 640
    assert shown["vision"]["faces"] == "sface"
    assert shown["lane"]["pins"] == "simulated"
