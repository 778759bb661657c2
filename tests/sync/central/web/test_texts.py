"""Every text of the console is there in Chinese, and no two parts say it differently."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from sync.central.web.rendering import environment
from sync.central.web.texts import Language, parts_of, translations

SPEAKING = [Path(str(files(name))) for name in ("sync.central.web", "sync.central.explain")]
"""Where texts are written: in pages, and in what a decision is explained by, which a command says too."""
ACTS = (SPEAKING[0] / "templates/accounts/acts.html").read_text("utf-8")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
NAMED = re.compile(r"%\((\w+)\)s|%[^%(]")


def texts() -> Iterator[tuple[str, object, str | None]]:
    """(file and line, English, context) of each text in templates and code."""
    for folder in SPEAKING:
        found = extract_from_dir(
            folder, METHODS, {"templates/**.html": {"trimmed": "true"}}, KEYWORDS, strip_comment_tags=True
        )
        for file, line, message, _, context in found:
            yield f"{file}:{line}", message, context


def of_catalogs() -> Iterator[tuple[str, object, str | None, object]]:
    """(file, English, context, Chinese) of each translation."""
    for name, catalog in parts_of(Language.ZH).items():
        for message in catalog:
            if message.id:
                yield name, message.id, message.context, message.string


def test_every_text_is_there_in_chinese() -> None:
    said = {
        ((item,) if isinstance(item, str) else tuple(item), context)  # type: ignore[arg-type]
        for _, item, context, string in of_catalogs()
        if string
    }
    ids = {(item[0], context) for item, context in said}
    missing = {
        f"{where}: {message!r}"
        for where, message, context in texts()
        if ((message if isinstance(message, str) else message[0]), context) not in ids  # type: ignore[index]
    }
    assert not missing, "put them into locale/zh/<part>.po"


def test_no_two_parts_translate_one_text_differently() -> None:
    first: dict[tuple[object, str | None], tuple[str, object]] = {}
    differing = []
    for name, message, context, string in of_catalogs():
        held = first.setdefault((str(message), context), (name, string))
        if held[1] != string:
            differing.append(f"{message!r}: {held[1]!r} in {held[0]}, {string!r} in {name}")
    assert not differing


def test_a_translation_names_the_values_that_its_text_names() -> None:
    wrong = [
        f"{name}: {message!r}"
        for name, message, _, string in of_catalogs()
        if {*NAMED.findall(str(string))} != {*NAMED.findall(str(message))}
    ]
    assert not wrong


def test_nothing_is_translated_that_is_said_nowhere() -> None:
    said = {(message if isinstance(message, str) else message[0]) for _, message, _ in texts()}  # type: ignore[index]
    unused = {
        f"{name}: {message!r}"
        for name, message, _, _ in of_catalogs()
        if (message if isinstance(message, str) else message[0]) not in said  # type: ignore[index]
    }
    assert not unused


@pytest.mark.parametrize(
    ("count", "zh", "en"), [(1, "2 个闸口中", "2 of 1 gate complete"), (3, "2 个闸口中", "2 of 3 gates")]
)
def test_one_and_many(count: int, zh: str, en: str) -> None:
    one, many = "%(complete)s of %(num)s gate complete", "%(complete)s of %(num)s gates complete"
    values = {"num": count, "complete": 2}
    assert zh.replace("2", str(count)) in translations(Language.ZH).ngettext(one, many, count) % values
    assert en in translations(Language.EN).ngettext(one, many, count) % values


def named_in_the_audit() -> Iterator[tuple[str, str]]:
    """(macro, code) of every act and kind of thing that the centre's code notes."""
    for file in Path(str(files("sync.central"))).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            macro, place = {"note": ("act", 2), "_note": ("act", 2), "About": ("kind", 0)}.get(
                node.func.id, ("", 0)
            )
            argument = node.args[place] if macro and len(node.args) > place else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield macro, argument.value


def test_every_act_and_thing_in_the_audit_has_its_words() -> None:
    words = environment(Language.EN).get_template("accounts/acts.html").make_module({})
    named = {*named_in_the_audit()}
    assert len(named) > 40
    assert [code for macro, code in sorted(named) if f'"{code}": _(' not in ACTS] == []
    assert str(words.kind("change_set")) == "change"  # type: ignore[attr-defined]
