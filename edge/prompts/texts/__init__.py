"""The prompts by code: a text in each language, and a sign that needs no colour. PURE."""

from edge.prompts.texts.catalogue import (
    ALREADY_ADMITTED,
    ASKING,
    LANGUAGES,
    SIGNS,
    Hours,
    Language,
    Percent,
    Shape,
    Sign,
    prompt_language,
    text_of,
    texts,
    volume_at,
)

__all__ = [
    "ALREADY_ADMITTED",
    "ASKING",
    "LANGUAGES",
    "SIGNS",
    "Hours",
    "Language",
    "Percent",
    "Shape",
    "Sign",
    "prompt_language",
    "text_of",
    "texts",
    "volume_at",
]
