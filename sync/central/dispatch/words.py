"""What tasks are called, in English: the texts that are translated."""

from __future__ import annotations

from edge.web.texts import N_
from sync.central.alarms.core import KINDS, AlarmKind

_SILENT = N_("You are needed")
"""What a silent alarm is called wherever somebody who may not know of it could read it."""
_OTHERS = {"isolation_visit": N_("Visit at home")}
"""Tasks that no alarm asks for."""


def words_of_kind(kind: str) -> str:
    """What a kind of task is called; one that nobody knows stays as it is."""
    if kind not in {each.value for each in AlarmKind}:
        return _OTHERS.get(kind, kind)
    facts = KINDS[AlarmKind(kind)]
    return _SILENT if facts.is_silent else facts.words
