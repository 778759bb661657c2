"""What Python's parser of TOML says, as phrases: which rule of TOML a text breaks, and in which line."""

from __future__ import annotations

import re
from typing import Final

from edge.support.phrases import Said, phrase

_RULES: Final = {
    str(rule): rule
    for rule in (
        phrase("Invalid statement"),
        phrase("Expected newline or end of document after a statement"),
        phrase("Cannot overwrite a value"),
        phrase("Expected ']' at the end of a table declaration"),
        phrase("Expected ']]' at the end of an array declaration"),
        phrase("Expected '=' after a key in a key/value pair"),
        phrase("Invalid initial character for a key part"),
        phrase("Unclosed array"),
        phrase("Unclosed inline table"),
        phrase("Unescaped '\\' in a string"),
        phrase("Invalid hex value"),
        phrase("Unterminated string"),
        phrase("Invalid date or datetime"),
        phrase("Invalid value"),
    )
}
_AT = re.compile(
    r"(?P<rule>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_WITH = re.compile(
    r"Cannot declare (?P<twice>\(.*\)) twice|Illegal character (?P<illegal>'.*')"
    r"|Found invalid character (?P<invalid>'.*')|Duplicate inline table key (?P<duplicate>'.*')",
    re.DOTALL,
)


def parser_words(said: str) -> Said:
    """What the parser `said`; as it said it, where another version of Python says it otherwise."""
    found = _AT.fullmatch(said)
    if found is None:
        return _rule(said)
    rule = _rule(found["rule"])
    if found["line"] is None:
        return phrase("%(rule)s (at end of document)", rule=rule)
    return phrase(
        "%(rule)s (at line %(line)s, column %(column)s)",
        rule=rule,
        line=found["line"],
        column=found["column"],
    )


def _rule(said: str) -> Said:
    found = _WITH.fullmatch(said)
    if found is None:
        return _RULES.get(said, said)
    if found["twice"]:
        return phrase("Cannot declare %(key)s twice", key=found["twice"])
    if found["illegal"]:
        return phrase("Illegal character %(character)s", character=found["illegal"])
    if found["invalid"]:
        return phrase("Found invalid character %(character)s", character=found["invalid"])
    return phrase("Duplicate inline table key %(key)s", key=found["duplicate"])
