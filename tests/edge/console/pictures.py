"""Makes the pictures of docs/staff-page.md from the small site: `python -m tests.edge.console.pictures`.

Each part adds its own: a line below, and where something has to happen first, a story that makes it so.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.conftest import REPOSITORY
from tests.edge.console.staffed_gate import (
    GUARD,
    MANAGER,
    STAFF,
    Member,
    StaffedGate,
    console_of,
    gate_at_work,
)

FOLDER = REPOSITORY / "docs" / "pictures"
_COLOURS = 64


def _nothing(gate: StaffedGate) -> None:
    """Nothing has to happen first."""
    del gate


@dataclass(frozen=True)
class Picture:
    """A page as it is pictured, for a member of the staff (None: nobody is signed in); `first` makes happen
    what it shows.
    """

    name: str
    address: str
    member: Member | None = GUARD
    width: int = 1280
    height: int = 800
    theme: str = "light"
    language: str = "en"
    first: Callable[[StaffedGate], None] = _nothing


PICTURES = (
    Picture("staff-sign-in", "/sign-in", None, 800, 900, language="zh"),
    Picture("staff-shift", "/shift", width=800, height=600),
    Picture("staff-gate-dark", "/gate", height=600, theme="dark"),
    Picture("staff-accounts", "/staff", MANAGER, height=900),
    # One line a part.
)


def make_pictures(gate: StaffedGate, browser: Any, folder: Path, names: frozenset[str] = frozenset()) -> None:
    """Write the pictures of these names (none: every one) into `folder`, in few colours."""
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        picture.first(gate)
        page = gate.page(
            browser,
            picture.member,
            language=picture.language,
            color_scheme=picture.theme,
            viewport={"width": picture.width, "height": picture.height},
        )
        page.goto(picture.address, wait_until="load")
        seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        seen.quantize(_COLOURS).save(folder / f"{picture.name}.png", optimize=True)


def main() -> None:
    """Make the pictures that the command line names, or every one."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        driver = opened.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened.callback(browser.close)
        gate = opened.enter_context(gate_at_work(folder, members=STAFF))
        opened.enter_context(console_of(gate))
        make_pictures(gate, browser, FOLDER, frozenset(sys.argv[1:]))


if __name__ == "__main__":
    main()
