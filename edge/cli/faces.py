"""`gatepost faces`: measure and keep what the gates know faces by."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import DONE, Json, answer, note
from edge.errors import VisionError
from edge.support.counted import counted
from edge.vision.configuration import FaceEngineName

Engine = Annotated[FaceEngineName, Parameter(help="The engine that measures: sface or dlib.")]
_COMPARE = """Compare every two people: twins, or one person under two ids; exit 1 where some are not flagged.

Example: gatepost faces compare --flag"""

_CALIBRATE = """Measure how alike strangers are to this engine, and write the thresholds that follow.

The gates of a site use its own calibration in place of that which comes with Gatepost, from the next
`gatepost registry build` on. With `--groups` the risk holds for the worst group, and what that costs is said.

Example: gatepost faces calibrate photographs/ --groups sex.csv"""

_REPORT = """Measure an engine on photographs and tell it in a page with plots, split by groups.

Example: gatepost faces report photographs/ --out report/ --groups sex.csv"""

_LIVENESS = """Measure how alive faces look in pictures and films, each passage as a gate would form it.

A film makes a passage each two seconds of a person, a picture one. Frames that are too small, too dark or
turned away are refused for that, and are no attempt. The folder's name is the species, `live` that of living
people. A passage is alive by `passive` where the nets find it so, by `veto` where the net that only objects
does not object besides, and by `active` where it also made a move for which a gate might have asked. The last
line of --json is the summary. Exit 1 if a file cannot be read, or a model is missing.

Example: gatepost faces liveness films/live films/replay --json"""

_FILM = """Play films to a gate as it would see them: when it opens, what it says on the way, what it decides.

The gate has the rules of a policy that says nothing, and a clock that goes as the film does, at 15 frames a
second; the time that a computer takes for a frame is not in it. Those of --enrol may pass. --sheet writes
pictures of the people in the films, for you to judge what was said to them: use it for films of your own, and
remove it after. The last line of --json is the summary. Exit 1 if a film or a picture cannot be used.

Example: gatepost faces film films/ --enrol li-na=li-na.jpg --strangers others/ --json"""

app = cyclopts.App(name="faces", help="Measure and compare what the gates know faces by.")
app.command("edge.cli.compare:compare", name="compare", help=_COMPARE)
app.command("edge.cli.calibrating:calibrate", name="calibrate", help=_CALIBRATE)
app.command("edge.cli.calibrating:report", name="report", help=_REPORT)
app.command("edge.cli.liveness:liveness", name="liveness", help=_LIVENESS)
app.command("edge.cli.film:film", name="film", help=_FILM)


@app.command
def embed(
    *images: Annotated[str, Parameter(name="IMAGE", help="Pictures, folders (all below them) and patterns.")],
    out: Annotated[Path, Parameter(help="The .npz file to write.")],
    engine: Engine = FaceEngineName.SFACE,
    strict: Annotated[
        bool, Parameter(help="Refuse what enrolment would refuse, not only report its quality.")
    ] = False,
    json: Json = False,
) -> int:
    """Write the templates of pictures, made as the gate makes them, for measurements of your own.

    FILE.npz holds `names` (as given), `templates` (n×d float32 of unit length, zeros where there is no
    face), `found` (bool) and `quality` (0 to 1). Of several faces the most prominent counts. A picture
    that cannot be used is named on standard error and has found = False; none is fatal. Exit 1 where none
    can be used: nothing is written then.

    Example: gatepost faces embed photographs/ --out templates.npz
    """
    # OpenCV takes half a second to load: the other commands of this group do without.
    from edge.vision.faces.embedding import check_writable, embed_all, pictures_named, write_npz
    from edge.vision.faces.factory import open_engine

    names = pictures_named(images)
    if not names:
        raise VisionError("there are no pictures", where=" ".join(images), remedy="name files or folders")
    check_writable(out)
    opened = open_engine(engine)
    if opened is None:
        raise VisionError("templates need a face engine", remedy="--engine sface")
    embedded = embed_all(names, opened, partial(note, json=json), strict=strict)
    found = int(embedded.found.sum())
    if not found:
        raise VisionError(
            f"0 of {counted(len(names), 'picture')} can be used: nothing was written",
            where=str(out),
            remedy="name pictures with a face in them; why each cannot be used is said above",
        )
    write_npz(out, embedded)
    note(f"{out}: {found} of {counted(len(names), 'picture')}, by {opened.name}", json=json)
    fields = {"file": str(out), "pictures": len(names), "found": found, "engine": opened.name}
    answer(fields, json=json)
    return DONE
