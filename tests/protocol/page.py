"""docs/protocol.cddl: the hand-written head, and what the structs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge.journal.format.body import EVENTS
from sync.wire import SCHEMA
from tests.protocol.cddl import Rules, all_rules, comment, kebab, shared_rules
from tests.protocol.sections import SECTIONS, Section, channels_of

_HEAD = Path(__file__).with_name("head.cddl")
_RULE = 112


def cddl() -> str:
    """The whole schema."""
    rules = Rules()
    head = _HEAD.read_text(encoding="utf-8").replace("SCHEMA", str(SCHEMA))
    parts = [head, shared_rules()]
    parts += [_section(section, rules) for section in SECTIONS]
    return "\n".join([*parts, _title("events by kind"), _events()])


def rule_of(kind: Any) -> str:
    """The name of the rule of a struct."""
    return kebab(kind.__name__)


def _section(section: Section, rules: Rules) -> str:
    text = _title(section.title[0].lower() + section.title[1:]) + comment(section.text)
    found = []
    for kind in section.kinds:
        where = [
            f"{item.channel.value.format('<device>')}: at most {item.limits.size:,} bytes."
            for item in channels_of(kind)
        ]
        found.append("".join(map(comment, where)) + all_rules(rules, [kind]))
    return text + "\n" + "\n".join(found)


def _events() -> str:
    """An event's kind with its body; a kind that is not listed is of a later version."""
    choices = [f'["{kind}", {rule_of(struct)}]' for kind, struct in EVENTS.items()]
    return "; The kind of a row, and what is in its body.\nevent =\n  " + " /\n  ".join(choices) + "\n"


def _title(words: str) -> str:
    return f"; --- {words} ".ljust(_RULE, "-") + "\n"
