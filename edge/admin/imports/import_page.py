"""A page about an import: what was left out and why, with small pictures. One file that fetches nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image as Pillow

from edge.admin.enrolment import Remark, RemarkKind
from edge.admin.imports.photographs import ImportReport
from edge.errors import RegistryError, VisionError
from edge.support.escaping import escaped_html
from edge.support.files import Durability, write_aside

MOST_ROWS = 5_000
MOST_THUMBNAILS = 1_000
_SIDE = 112

_HEADINGS = {
    RemarkKind.DISAGREES: "Different people under one name",
    RemarkKind.EXCHANGED: "Photographs that may be somebody else's",
    RemarkKind.FAR: "Photographs hardly like the others of their person",
    RemarkKind.ALIKE: "People who look alike: face and code from now on",
    RemarkKind.SAME_PICTURE: "The same picture twice",
    RemarkKind.REFUSED: "Photographs that cannot be used",
    RemarkKind.DOUBTFUL: "Photographs to look at",
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Import of photographs</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
 body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
        color: #1b1b1b; background: #fff }}
 h2 {{ margin-top: 2rem }} ul {{ columns: 20rem }}
 td {{ padding: .4rem .8rem .4rem 0; vertical-align: top; overflow-wrap: anywhere }}
 img {{ max-width: 112px; max-height: 112px; border-radius: 4px; margin-right: .3rem }}
 .note {{ color: #555 }}
 @media (prefers-color-scheme: dark) {{
   body {{ color: #e8e8e8; background: #151515 }}
   .note {{ color: #aaa }}
 }}
</style></head><body>
<h1>Import of photographs</h1>
<p>{summary}</p>
<p class="note">This page shows photographs of people. Delete it when you have seen to them.</p>
{sections}
</body></html>
"""


def write_page(path: Path, report: ImportReport) -> None:
    """Write the page about `report`, for its user alone; raises RegistryError where it cannot be written."""
    page = page_of(report).encode(errors="replace")
    try:
        write_aside(path, page, durability=Durability.PASSING)
    except OSError as error:
        raise RegistryError(f"could not be written: {error.strerror or error}", where=str(path)) from None


def page_of(report: ImportReport) -> str:
    """The page's text. Names and reasons come from strangers' files: all of it is escaped."""
    summary = (
        f"{report.added} added, {report.enlarged} with more templates, {len(report.problems)} left out, "
        f"{len(report.remarks)} remarks."
    )
    budget = _Budget(MOST_THUMBNAILS)
    sections = [
        _section(heading, [remark for remark in report.remarks if remark.kind is kind], budget)
        for kind, heading in _HEADINGS.items()
    ]
    few = [remark.subject_id for remark in report.remarks if remark.kind is RemarkKind.FEW]
    lists = [_list("Left out", report.problems), _list("One photograph; two or three serve better", few)]
    return _PAGE.format(summary=escaped_html(summary), sections="\n".join([*sections, *lists]))


def _list(heading: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f"<li>and {len(items) - MOST_ROWS} more</li>" if len(items) > MOST_ROWS else ""
    rows = "".join(f"<li>{escaped_html(item)}</li>" for item in items[:MOST_ROWS])
    return f"<h2>{heading} ({len(items)})</h2><ul>{rows}{more}</ul>"


class _Budget:
    """How many more thumbnails the page may contain."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _section(heading: str, remarks: list[Remark], budget: _Budget) -> str:
    if not remarks:
        return ""
    rows = "".join(
        f"<tr><td>{_thumbnails(remark.photographs, budget)}</td>"
        f"<td><b>{escaped_html(remark.subject_id)}</b><br>{escaped_html(remark.text)}</td></tr>"
        for remark in remarks[:MOST_ROWS]
    )
    more = f"<p>and {len(remarks) - MOST_ROWS} more</p>" if len(remarks) > MOST_ROWS else ""
    return f"<h2>{heading} ({len(remarks)})</h2><table>{rows}</table>{more}"


def _thumbnails(photographs: Iterable[Path], budget: _Budget) -> str:
    pictures = [_thumbnail(path) for path in list(photographs)[:4] if budget.spend()]
    return "".join(
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}">'
        for picture in pictures
        if picture
    )


def _thumbnail(path: Path) -> bytes:
    """A small JPEG of what `path` shows; empty where it is not a picture."""
    # Pictures are decoded by the one bounded reader; it brings OpenCV's array type, which Pillow takes.
    from edge.vision.pictures.reading import read_picture  # noqa: PLC0415

    with suppress(VisionError):
        picture = Pillow.fromarray(read_picture(path)[:, :, ::-1].copy())
        picture.thumbnail((_SIDE, _SIDE))
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=70)
        return buffer.getvalue()
    return b""
