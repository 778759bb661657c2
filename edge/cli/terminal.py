"""A console that shows foreign text as text, and lets our own colours through."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from edge.cli.streams import raw
from edge.support.escaping import escaped


def console(*, stderr: bool = False, markup: bool = False) -> Console:
    """A console that shows foreign text as text. Without `markup` brackets in it are brackets too."""
    return _SafeConsole(file=raw(sys.stderr if stderr else sys.stdout), markup=markup, emoji=False)


class _SafeConsole(Console):
    """Rich's console, with the text of everything that is rendered escaped; its own controls stay."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Escape before the text is measured: it grows."""
        return super().render_str(escaped(text, keep="\n"), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(escaped(segment.text, keep="\n"), segment.style)
