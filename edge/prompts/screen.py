"""Writes the page of the gate's screen, whole at every change; a browser in kiosk mode shows it.

The page loads nothing from anywhere: `chromium --kiosk file:///run/gatepost/screen.html` reads it again every
second. Put it on a memory file system, so that it does not wear out the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from edge.errors import DeviceError
from edge.prompts.texts import ASKING, SIGNS, Card, CardKind, Picture, Shape, Sign
from edge.support.escaping import escaped_html
from edge.support.files import write_aside


class Screen(Protocol):
    """What prompts are shown on."""

    def show(self, card: Card) -> None:
        """Show this. Raises DeviceError."""
        ...


class SimulatedScreen:
    """Records what it is given."""

    def __init__(self) -> None:
        self.shown: list[Card] = []

    def show(self, card: Card) -> None:
        self.shown.append(card)


class PageScreen:
    """Writes the page at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, card: Card) -> None:
        try:
            write_aside(self._path, page(card).encode())
            self._path.chmod(0o644)  # the browser is another user
        except OSError as error:
            raise DeviceError(
                error.strerror or str(error),
                where=str(self._path),
                remedy="check prompts.screen in gate.toml",
            ) from error


_SHAPES = {
    Shape.CIRCLE: '<circle cx="50" cy="50" r="46"/>',
    Shape.TRIANGLE: '<polygon points="50,6 96,90 4,90"/>',
    Shape.SQUARE: '<rect x="8" y="8" width="84" height="84"/>',
    Shape.DIAMOND: '<polygon points="50,2 98,50 50,98 2,50"/>',
}
_FACE = '<ellipse cx="50" cy="50" rx="30" ry="40"/><path d="M40 68Q50 76 60 68"/>'
_OPEN_EYES = '<path d="M39 42V43M61 42V43"/>'
_MOVES = {
    Picture.TURN_LEFT: f'{_FACE}{_OPEN_EYES}<path d="M10 50H-20M-9 39L-20 50L-9 61"/>',
    Picture.TURN_RIGHT: f'{_FACE}{_OPEN_EYES}<path d="M90 50H120M109 39L120 50L109 61"/>',
    Picture.CLOSE_EYES: f'{_FACE}<path d="M33 42Q39 48 45 42M55 42Q61 48 67 42"/>',
}
"""What to do, in lines; the person's left is the left of what they see."""
_PAGE = """\
<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta http-equiv="refresh" content="1">
<title>Gatepost</title>
<style>
  body {{ margin: 0; height: 100vh; display: flex; flex-direction: column; align-items: center;
         justify-content: center; gap: 4vh; background: #111; color: #fff; font-family: sans-serif;
         text-align: center }}
  svg {{ height: 40vh }}
  .move {{ height: 30vh; fill: none; stroke: #fff; stroke-width: 6; stroke-linecap: round }}
  .sign:has(+ .move) {{ height: 10vh }}
  p {{ margin: 0 5vw; font-size: 7vh }}
  p + p {{ font-size: 4vh; color: #ccc }}
</style>
{content}
</html>
"""


_KINDS: Mapping[CardKind, Sign] = {
    CardKind.ASK: ASKING,
    **{CardKind(outcome.value): sign for outcome, sign in SIGNS.items()},
}


def page(card: Card) -> str:
    """The HTML of the page; of a gate that waits for somebody an empty one."""
    sign = _KINDS.get(card.kind)
    if sign is None:
        return _PAGE.format(language=card.language, content="")
    first, second = ("zh", "en") if card.language == "zh" else ("en", "zh")
    picture = (
        f'<svg class="sign" viewBox="0 0 100 100" role="img" aria-label="{sign.shape}" '
        f'fill="{sign.colour}">{_SHAPES[sign.shape]}</svg>'
    )
    if card.picture in _MOVES:
        picture += (
            f'<svg class="move" viewBox="-30 0 160 100" aria-hidden="true">{_MOVES[card.picture]}</svg>'
        )
    told = [text._asdict() for text in card.guidance if text is not None]
    lines = "".join(
        f'<p lang="{name}">{escaped_html(text[name])}</p>' for text in told for name in (first, second)
    )
    return _PAGE.format(language=first, content=picture + lines)
