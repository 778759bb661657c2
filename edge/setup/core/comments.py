"""The comments of a gate.toml: which of a table that goes belong to what follows it, and which are lost."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

import tomlkit
from tomlkit.items import Comment, Table, Whitespace

from edge.support.addresses import without_password

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>#[^\n]*)",
    re.DOTALL,
)


def comments_in(text: str) -> list[str]:
    """The comments of a TOML text, each from its sign to the end of its line."""
    found = (match["comment"] for match in _STRING_OR_COMMENT.finditer(text))
    return [comment.rstrip() for comment in found if comment]


def lost_comments(before: str, after: str) -> tuple[str, ...]:
    """The comments of one text that the other does not have, in their order, for people."""
    left, lost = Counter(comments_in(after)), list[str]()
    for comment in comments_in(before):
        left[comment] -= 1
        if left[comment] < 0:
            lost.append(without_password(comment))
    return tuple(lost)


def said_after(table: Table) -> str:
    """What stands between the last key of a table and the next header: as a rule it is about what follows."""
    body = table.value.body
    after = takewhile(lambda each: each[0] is None and isinstance(each[1], Comment | Whitespace), body[::-1])
    text = "".join(item.as_string() for _, item in [*after][::-1])
    return text if "#" in text else ""


def put_before(table: Table, text: str) -> None:
    """Let a text stand before the header of a table."""
    table.trivia.indent = f"{text}{table.trivia.indent}"


def put_after(table: Table, text: str) -> None:
    """Let a text stand after the last line of a table."""
    if text:
        table.value.body.append((None, tomlkit.ws(text)))


def leave_after(document: tomlkit.TOMLDocument, key: str, text: str) -> None:
    """Take a table out, or tables, and let a text stand in its place."""
    places = [at for at, (name, _) in enumerate(document.body) if name is not None and name.key == key]
    document.pop(key, None)
    if places:
        document.body[places[-1]] = (None, tomlkit.ws(text))
