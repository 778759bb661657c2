"""The prompts by code: what to do and why in each language, and a sign that needs no colour. PURE."""

from edge.prompts.texts.catalogue import (
    ALREADY_ADMITTED,
    ASKING,
    LANGUAGES,
    SIGNS,
    TYPE_YOUR_NUMBER,
    Hours,
    Language,
    Percent,
    Shape,
    Sign,
    prompt_language,
    recorded_texts,
    text_of,
    volume_at,
    why_of,
)

__all__ = [
    "ALREADY_ADMITTED",
    "ASKING",
    "LANGUAGES",
    "SIGNS",
    "TYPE_YOUR_NUMBER",
    "Hours",
    "Language",
    "Percent",
    "Shape",
    "Sign",
    "prompt_language",
    "recorded_texts",
    "text_of",
    "volume_at",
    "why_of",
]
