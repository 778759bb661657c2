"""Every text of the console is there in Chinese, and no two parts say it differently."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from edge.admin.imports.cells import Made
from edge.commands.core import CommandKind
from edge.decision import Mode
from edge.registry_requests import RequestState
from edge.support.phrases import CODE
from edge.web.texts import Language
from sync.central.accounts.core import Act, Role
from sync.central.alarms.core import AlarmKind
from sync.central.changes.core import AppealState, Change
from sync.central.commands.requests import AS_POLICY_SAYS
from sync.central.delivery.core import Way
from sync.central.dispatch.core import outcomes_of
from sync.central.history.core import Kept
from sync.central.places.core import AddressKind, Level
from sync.central.reports.core import Kind
from sync.central.rollouts.core import GateProgress
from sync.central.visits.core import VisitState
from sync.central.web.audit_words import ACTS, KINDS
from sync.central.web.pages.imports import HEADS
from sync.central.web.rendering import TEXTS
from sync.wire import RefusedDevice
from tests.edge.web.said import differing, misnamed, phrased_by, untranslated, unused

OWN = (
    "sync.central.web",
    "sync.central.explain",
    "sync.central.alarms",
    "sync.central.dispatch",
    "sync.central.processes",
)
"""Where texts are written: in pages; and what commands say too, how decisions and alarms are told, and what a
centre waits for.
"""

PHRASED = (
    "edge.admin", "edge.commands", "edge.decision", "edge.registry", "edge.signing", "edge.support",
    "edge.web", "sync.ca", "sync.central", "sync.gate_invitation", "sync.updates", "sync.wire",
)  # fmt: skip
"""Where phrases are raised that a page shows."""

CODED = (
    Act, AddressKind, AlarmKind, AppealState, CommandKind, GateProgress, Kept, Kind, Level, Made, Mode,
    RefusedDevice, RequestState, Role, VisitState, Way,
)  # fmt: skip
"""Whose members a phrase says by their codes."""
CODES = {member.value for kind in CODED for member in kind} | {
    AS_POLICY_SAYS, *HEADS, *outcomes_of("isolation_exit"), *outcomes_of("gate_dark"),
    *(str(kind.__struct_config__.tag) for kind in get_args(Change)),
}  # fmt: skip


def test_every_text_is_there_in_chinese() -> None:
    assert not untranslated(TEXTS, OWN, PHRASED), "put them into locale/zh/<part>.po"


def test_a_phrase_is_a_literal_that_its_values_fit() -> None:
    """What somebody typed is never read as a format: every format is written in the code."""
    phrases = [*phrased_by(("edge", "sync"))]
    assert len(phrases) > 600
    assert [where for where, text, _ in phrases if not text] == []


def test_every_code_that_a_phrase_says_has_its_chinese() -> None:
    spoken = TEXTS.translations(Language.ZH)
    assert [code for code in sorted(CODES) if not _has_chinese(spoken.pgettext(CODE, code))] == []


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_no_two_parts_translate_one_text_differently() -> None:
    assert not differing(TEXTS)


def test_a_translation_names_the_values_that_its_text_names() -> None:
    assert not misnamed(TEXTS)


def test_nothing_is_translated_that_is_said_nowhere() -> None:
    assert not unused(TEXTS, (*OWN, "edge.web"), PHRASED, CODES)


@pytest.mark.parametrize(
    ("count", "zh", "en"), [(1, "2 个闸口中", "2 of 1 gate complete"), (3, "2 个闸口中", "2 of 3 gates")]
)
def test_one_and_many(count: int, zh: str, en: str) -> None:
    one, many = "%(complete)s of %(num)s gate complete", "%(complete)s of %(num)s gates complete"
    values = {"num": count, "complete": 2}
    assert zh.replace("2", str(count)) in TEXTS.translations(Language.ZH).ngettext(one, many, count) % values
    assert en in TEXTS.translations(Language.EN).ngettext(one, many, count) % values


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("Take alarm", "认领"),
        ("take", "认领"),
        ("Take it", "受理"),
        ("Take", "收回"),
        ("Holds", "保全"),
        ("In force", "期限"),
    ],
)
def test_words_that_are_one_in_english_and_two_in_chinese(text: str, zh: str) -> None:
    """Who takes an alarm, an appeal, or a role away; what a hold keeps, and while an order is in force."""
    assert TEXTS.translations(Language.ZH).gettext(text) == zh


def named_in_the_audit() -> Iterator[tuple[str, str]]:
    """(table, code) of every act and kind of thing that the centre's code notes."""
    for file in Path(str(files("sync.central"))).rglob("*.py"):
        text = file.read_text("utf-8")
        if "note(" not in text and "About(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            table, place = {"note": ("act", 2), "_note": ("act", 2), "About": ("kind", 0)}.get(
                node.func.id, ("", 0)
            )
            argument = node.args[place] if table and len(node.args) > place else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield table, argument.value


def test_every_act_and_thing_in_the_audit_has_its_words() -> None:
    words = {"act": ACTS, "kind": KINDS}
    named = {*named_in_the_audit()}
    assert len(named) > 40
    assert [code for table, code in sorted(named) if code not in words[table]] == []
