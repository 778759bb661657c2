"""What Python's parser of TOML says, as phrases: which rule of TOML a text breaks, and in which line."""

from __future__ import annotations

import re
from typing import Final

from edge.support.phrases import Said, phrase, recalled

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
        phrase('Expected "\'"'),
        phrase("Expected \"'''\""),
        phrase("Escaped character is not a Unicode scalar value"),
    )
}
_AT = re.compile(
    r"(?P<rule>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_WITH: Final = (
    phrase("Cannot declare %(key)s twice", key=""),
    phrase("Cannot mutate immutable namespace %(key)s", key=""),
    phrase("Cannot redefine namespace %(key)s", key=""),
    phrase("Duplicate inline table key %(key)s", key=""),
    phrase("Illegal character %(character)s", character=""),
    phrase("Found invalid character %(character)s", character=""),
)
"""The rules that name a key or a character."""


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
    return _RULES.get(said) or recalled(said, _WITH)
