"""A card for each model: where it is from, what it was measured to do, what its threshold means."""

from __future__ import annotations

from importlib.resources import files

from models.catalogue import model


def card_of(name: str) -> str:
    """The card (Markdown) of the model called `name`; raises ModelError."""
    return files(__name__).joinpath(f"{model(name).name}.md").read_text(encoding="utf-8")
