"""How the centre's pages are rendered: its templates and words, over what all pages share."""

from __future__ import annotations

from edge.staff.core import REASONS as STAFF_REASONS
from edge.web.catalogs import Texts
from edge.web.event_words import EVENTS
from edge.web.rendering import Rendering
from edge.web.words import MEANS, REASONS
from sync.central.web.words import FINDINGS, FINDINGS_DO, GATE_WHY, LANE_REFUSALS

TEXTS = Texts(("edge.web", "sync.central.web"))
RENDERING = Rendering(
    "sync.central.web",
    TEXTS,
    {
        "reason_words": REASONS,
        "staff_reasons": {code: text._asdict() for code, text in STAFF_REASONS.items()},
        "means_words": MEANS,
        "event_words": EVENTS,
        "finding_words": FINDINGS,
        "finding_remedies": FINDINGS_DO,
        "why_words": GATE_WHY,
        "lane_refusals": LANE_REFUSALS,
    },
)
