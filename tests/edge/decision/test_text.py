"""What a person is told: what to do and why, each in both languages, each to be understood alone."""

from __future__ import annotations

import re

import pytest

from edge.decision import TEXTS, Guidance, Reason, Text
from edge.prompts.texts.catalogue import texts

EVERY = sorted(texts().items())
WHYS = [(code, told.why) for code, told in EVERY if told.why is not None]


@pytest.mark.parametrize(("code", "told"), EVERY)
def test_each_sentence_is_in_both_languages_and_whole(code: str, told: Guidance) -> None:
    for text in (told.do, told.why):
        if text is None:
            continue
        assert re.search(r"[\u4e00-\u9fff]", text.zh), code
        assert re.fullmatch(r"[A-Z][^.]*[a-z]", text.en), f"{code}: one sentence, no full stop: {text.en}"
        assert not re.search(r"[。，；！]$", text.zh), code


@pytest.mark.parametrize(("code", "told"), EVERY)
def test_what_to_do_is_an_instruction_and_names_what_it_is_about(code: str, told: Guidance) -> None:
    """Nothing points back to a reason that a discreet screen leaves out."""
    assert "lease" in told.do.en, code
    assert told.do.zh.startswith("请"), code
    pointing = re.search(r"^(?P<before>.*)\b(it|its|them)\b", told.do.en)
    assert pointing is None or re.search("pass|eyes|number", pointing["before"]), told.do.en


@pytest.mark.parametrize(("code", "why"), WHYS)
def test_why_gives_no_instruction(code: str, why: Text) -> None:
    assert not re.search(r"\bplease\b", why.en, re.IGNORECASE), code
    assert "请" not in why.zh, code


@pytest.mark.parametrize("code", [Reason.STATUS_FAILED, Reason.STATUS_TIMEOUT])
def test_what_could_not_be_asked_is_said_not_to_be_red(code: Reason) -> None:
    why = TEXTS[code].why
    assert why is not None
    assert ("not mean red" in why.en, "并非红码" in why.zh) == (True, True)


@pytest.mark.parametrize(
    ("told", "whole"),
    [
        (TEXTS[Reason.CODE_REQUIRED], Text("请出示通行码", "Please show your pass")),
        (
            TEXTS[Reason.PASS_EXPIRED],
            Text("通行码已过期，请重新领取通行码", "This pass has expired. Please get a new pass"),
        ),
    ],
)
def test_a_page_has_both_in_one_line(told: Guidance, whole: Text) -> None:
    assert told.whole == whole
