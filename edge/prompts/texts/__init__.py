"""The prompts by code: what to do and why in each language, a sign that needs no colour, and the card of a
screen. PURE.
"""

from edge.prompts.texts.card import (
    CardKind,
    Progress,
    ScreenCard,
    appeal_number,
    asking_card,
    decision_card,
    fault_card,
    idle_card,
)
from edge.prompts.texts.catalogue import (
    ALREADY_ADMITTED,
    LANGUAGES,
    NOT_BY_PIN,
    OUT_OF_ORDER,
    SIGNS,
    TYPE_YOUR_NUMBER,
    Hours,
    Language,
    Percent,
    prompt_language,
    recorded_texts,
    text_of,
    volume_at,
)
from edge.prompts.texts.discretion import (
    OF_HEALTH,
    ToldReason,
    told_of,
)

__all__ = [
    "ALREADY_ADMITTED",
    "LANGUAGES",
    "NOT_BY_PIN",
    "OF_HEALTH",
    "OUT_OF_ORDER",
    "SIGNS",
    "TYPE_YOUR_NUMBER",
    "CardKind",
    "Hours",
    "Language",
    "Percent",
    "Progress",
    "ScreenCard",
    "ToldReason",
    "appeal_number",
    "asking_card",
    "decision_card",
    "fault_card",
    "idle_card",
    "prompt_language",
    "recorded_texts",
    "text_of",
    "told_of",
    "volume_at",
]
