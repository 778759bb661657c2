"""What a duration in a file of configuration may be."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0.1, le=3600.0)]
