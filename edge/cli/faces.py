"""`gatepost faces`: measure and keep what the gates know faces by."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName

app = cyclopts.App(name="faces", help="Measure and keep what the gates know faces by.")
app.command("edge.cli.similar:similar", name="similar")


@app.command
def embed(
    *images: Annotated[str, Parameter(help="pictures, folders (all below them) and patterns")],
    out: Annotated[Path, Parameter(help="the .npz file to write")],
    engine: FaceEngineName = FaceEngineName.SFACE,
    strict: Annotated[
        bool, Parameter(negative="", help="refuse what enrolment would refuse, not only report its quality")
    ] = False,
) -> None:
    """Write the templates of pictures, made as the gate makes them, for measurements of your own.

    FILE.npz holds `names` (as given), `templates` (n×d float32 of unit length, zeros where there is no
    face), `found` (bool) and `quality` (0 to 1). Of several faces the most prominent counts. A picture
    that cannot be used is named on standard error and has found = False; none is fatal.
    """
    # OpenCV takes half a second to load: the other commands of this group do without.
    from edge.vision.embedding import check_writable, embed_all, pictures_named, write_npz  # noqa: PLC0415
    from edge.vision.faces.opening import open_engine  # noqa: PLC0415

    names = pictures_named(images)
    if not names:
        raise VisionError("there are no pictures", where=" ".join(images), remedy="name files or folders")
    check_writable(out)
    opened = open_engine(engine)
    if opened is None:
        raise VisionError("templates need a face engine", remedy="--engine sface")
    embedded = embed_all(names, opened, _tell, strict=strict)
    write_npz(out, embedded)
    _tell(f"{out}: {int(embedded.found.sum())} of {len(names)} pictures, by {opened.name}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
