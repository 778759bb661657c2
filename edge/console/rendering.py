"""How the console's pages are rendered: its templates and words, over what all pages share."""

from __future__ import annotations

from edge.console.showing_now import WORDS
from edge.web.catalogs import Texts
from edge.web.event_words import EVENTS
from edge.web.rendering import Rendering
from edge.web.words import MEANS, REASONS

TEXTS = Texts(("edge.web", "edge.console"))
RENDERING = Rendering(
    "edge.console", TEXTS, {"reason_words": REASONS, "means_words": MEANS, "event_words": EVENTS, **WORDS}
)
