"""The screen's page is written whole, escapes its text, and shows a shape for each outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.decision import Guidance, Mode, Text
from edge.errors import DeviceError
from edge.prompts.screen import PageScreen, page
from edge.prompts.texts import Card, CardKind, Picture, idle_card, text_of


def test_the_page_is_written_whole_and_readable_for_the_browser(tmp_path: Path) -> None:
    path = tmp_path / "screen.html"
    text = text_of("status_red")
    assert text is not None
    PageScreen(path).show(Card(CardKind.DENY, text, "zh"))
    written = path.read_text()
    assert written == page(Card(CardKind.DENY, text, "zh"))
    assert path.stat().st_mode & 0o777 == 0o644
    assert written.index(text.do.zh) < written.index(text.do.en)
    PageScreen(path).show(idle_card(Mode.FACE, "zh"))
    assert text.do.en not in path.read_text()
    with pytest.raises(DeviceError) as caught:
        PageScreen(tmp_path / "nowhere" / "screen.html").show(idle_card(Mode.FACE, "zh"))
    assert "nowhere" in caught.value.where


def test_a_text_cannot_become_markup() -> None:
    text = text_of("status_red")
    assert text is not None
    assert "<script>" not in page(Card(CardKind.ASK, Guidance(Text("字", "<script>alert(1)</script>")), "zh"))


def test_a_browser_shows_each_sign_by_shape_and_colour(browser: Any, tmp_path: Path) -> None:
    """By the share that is filled: a square's is more than a circle's, that more than a triangle's."""
    filled, colours = {}, set()
    for kind in (CardKind.DENY, CardKind.GRANT, CardKind.REFER):
        text = text_of("status_red")
        assert text is not None
        path = tmp_path / f"{kind}.html"
        PageScreen(path).show(Card(kind, text, "en"))
        view = browser.new_page(viewport={"width": 800, "height": 600})
        view.goto(path.as_uri())
        assert view.locator("p").nth(0).inner_text() == text.do.en
        assert view.locator("p").nth(1).inner_text() == text.do.zh
        picture = view.locator("svg").screenshot()
        view.close()
        import cv2

        pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        lit = pixels.max(axis=2) > 100
        filled[kind] = float(lit.mean())
        colours.add(tuple(int(value) for value in np.median(pixels[lit], axis=0)))
    assert filled[CardKind.DENY] > filled[CardKind.GRANT] + 0.02
    assert filled[CardKind.GRANT] > filled[CardKind.REFER] + 0.1
    assert len(colours) == 3


@pytest.mark.parametrize(
    ("move", "side"), [(Picture.TURN_LEFT, -1), (Picture.TURN_RIGHT, 1), (Picture.CLOSE_EYES, 0)]
)
def test_a_browser_shows_a_move_as_in_a_mirror(
    browser: Any, tmp_path: Path, move: Picture, side: int
) -> None:
    """An arrow to the person's own left is on the left of what they see; closed eyes have none."""
    text = text_of(move)
    assert text is not None
    path = tmp_path / "move.html"
    PageScreen(path).show(Card(CardKind.ASK, text, "en", move))
    view = browser.new_page(viewport={"width": 800, "height": 600})
    view.goto(path.as_uri())
    drawn = view.locator("svg.move").screenshot()
    assert (
        view.locator("svg.sign").bounding_box()["height"] < view.locator("svg.move").bounding_box()["height"]
    )
    view.close()
    import cv2

    pixels = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    width = pixels.shape[1]
    left, right = (float((half > 200).sum()) for half in (pixels[:, : width // 2], pixels[:, width // 2 :]))
    assert abs(right - left) < 0.05 * (left + right) if side == 0 else side * (right - left) > 0.1 * left
