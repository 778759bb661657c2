"""The screen's page is written whole, escapes its text, and shows a shape for each outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.decision import Guidance, Move, Outcome, Text
from edge.errors import DeviceError
from edge.prompts.screen import PageScreen, ScreenContent, page
from edge.prompts.texts import ASKING, SIGNS, text_of


def test_the_page_is_written_whole_and_readable_for_the_browser(tmp_path: Path) -> None:
    path = tmp_path / "screen.html"
    text = text_of("status_red")
    assert text is not None
    PageScreen(path).show(ScreenContent(SIGNS[Outcome.DENY], text))
    written = path.read_text()
    assert written == page(ScreenContent(SIGNS[Outcome.DENY], text))
    assert path.stat().st_mode & 0o777 == 0o644
    assert written.index(text.do.zh) < written.index(text.do.en)
    PageScreen(path).show(None)
    assert text.do.en not in path.read_text()
    with pytest.raises(DeviceError) as caught:
        PageScreen(tmp_path / "nowhere" / "screen.html").show(None)
    assert "nowhere" in caught.value.where


def test_a_text_cannot_become_markup() -> None:
    text = text_of("status_red")
    assert text is not None
    assert "<script>" not in page(ScreenContent(ASKING, Guidance(Text("字", "<script>alert(1)</script>"))))


def test_a_browser_shows_each_sign_by_shape_and_colour(browser: Any, tmp_path: Path) -> None:
    """By the share that is filled: a square's is more than a circle's, that more than a triangle's."""
    filled, colours = {}, set()
    for outcome, sign in SIGNS.items():
        text = text_of("status_red")
        assert text is not None
        path = tmp_path / f"{outcome}.html"
        PageScreen(path).show(ScreenContent(sign, text, "en"))
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
        filled[outcome] = float(lit.mean())
        colours.add(tuple(int(value) for value in np.median(pixels[lit], axis=0)))
    assert filled[Outcome.DENY] > filled[Outcome.GRANT] + 0.02
    assert filled[Outcome.GRANT] > filled[Outcome.REFER] + 0.1
    assert len(colours) == 3


@pytest.mark.parametrize(("move", "side"), [(Move.TURN_LEFT, -1), (Move.TURN_RIGHT, 1), (Move.CLOSE_EYES, 0)])
def test_a_browser_shows_a_move_as_in_a_mirror(browser: Any, tmp_path: Path, move: Move, side: int) -> None:
    """An arrow to the person's own left is on the left of what they see; closed eyes have none."""
    text = text_of(move)
    assert text is not None
    path = tmp_path / "move.html"
    PageScreen(path).show(ScreenContent(ASKING, text, "en", move))
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
