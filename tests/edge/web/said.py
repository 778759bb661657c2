"""What pages say, as it is written in code and templates, and how it is translated."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

from babel.messages.extract import extract_from_dir

from edge.web.catalogs import Texts
from edge.web.texts import Language

_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_NAMED = re.compile(r"%(?:\(\w+\))?[.\d]*[a-zA-Z]")
"""A place for a value, with how it is shown there."""
_NAME = re.compile(r"%\((\w+)\)")
_PHRASE = "phrase"


def said_by(packages: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """(file and line, English, context) of each text in templates and code."""
    for package in packages:
        yield from _said_by(package)


@cache
def _said_by(package: str) -> tuple[tuple[str, str, str | None], ...]:
    found = extract_from_dir(
        Path(str(files(package))),
        _METHODS,
        {"templates/**.html": {"trimmed": "true"}},
        _KEYWORDS,
        strip_comment_tags=True,
    )
    return tuple(
        (f"{package}/{file}:{line}", message if isinstance(message, str) else message[0], context)
        for file, line, message, _, context in found
    )


def phrased_by(packages: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """(file and line, English, context) of each phrase in code, the packages within them too. What is no
    literal, or names other values than those that are given, is there as "".
    """
    for package in packages:
        yield from _phrased_by(package)


@cache
def _phrased_by(package: str) -> tuple[tuple[str, str, str | None], ...]:
    found = []
    for file in sorted(Path(str(files(package))).rglob("*.py")):
        text = file.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if f"{_PHRASE}(" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _PHRASE:
                of = node.args[0] if len(node.args) == 1 else None
                said = of.value if isinstance(of, ast.Constant) and isinstance(of.value, str) else ""
                if {*_NAME.findall(said)} != {value.arg for value in node.keywords}:
                    said = ""
                found.append((f"{package}:{file.name}:{node.lineno}", said, None))
    return tuple(found)


def english_on(page: str) -> list[str]:
    """The rows of three English words or more that a page of HTML says, in titles too; what is written as
    code aside.
    """
    titles = re.findall(r'title="([^"]*)"', page)
    shown = re.sub(r"<(script|style|code)\b.*?</\1>", "|", page, flags=re.DOTALL)
    return english_in_text(html.unescape("|".join((re.sub("<[^>]*>", "|", shown), *titles))))


def english_in_text(text: str) -> list[str]:
    """The rows of three English words or more."""
    return re.findall(r"\b[A-Za-z][a-z']+(?: [a-z']+){2,}", text)


def translated(texts: Texts) -> Iterator[tuple[str, str, str | None, object]]:
    """(file, English, context, Chinese) of each translation."""
    for name, catalog in texts.parts_of(Language.ZH).items():
        for message in catalog:
            if message.id:
                english = message.id if isinstance(message.id, str) else message.id[0]
                yield name, english, message.context, message.string


def untranslated(texts: Texts, packages: Sequence[str], phrased: Sequence[str] = ()) -> set[str]:
    """The texts of the packages, and the phrases of those in `phrased`, that have no Chinese."""
    held = {(message, context) for _, message, context, string in translated(texts) if string}
    return {
        f"{where}: {message!r}"
        for where, message, context in chain(said_by(packages), phrased_by(phrased))
        if (message, context) not in held
    }


def unused(
    texts: Texts, packages: Sequence[str], phrased: Sequence[str] = (), codes: Collection[str] = ()
) -> set[str]:
    """What is translated and said nowhere, the `codes` of ours aside."""
    said = {message for _, message, _ in chain(said_by(packages), phrased_by(phrased))} | {*codes}
    return {f"{name}: {message!r}" for name, message, _, _ in translated(texts) if message not in said}


def differing(texts: Texts) -> list[str]:
    """The texts that two parts translate differently."""
    first: dict[tuple[str, str | None], tuple[str, object]] = {}
    found = []
    for name, message, context, string in translated(texts):
        held = first.setdefault((message, context), (name, string))
        if held[1] != string:
            found.append(f"{message!r}: {held[1]!r} in {held[0]}, {string!r} in {name}")
    return found


def misnamed(texts: Texts) -> list[str]:
    """The translations that name other values than their text."""
    return [
        f"{name}: {message!r}"
        for name, catalog in texts.parts_of(Language.ZH).items()
        for message in catalog
        if message.id and _places(str(message.string)) != _places(str(message.id))
    ]


def _places(text: str) -> set[str]:
    return {*_NAMED.findall(text.replace("%%", ""))}
