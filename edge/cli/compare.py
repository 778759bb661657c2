"""`gatepost faces compare`: twins and doubles among the enrolled."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Table

from edge.admin.enrolment import engine_for, known_faces
from edge.admin.similarity import MOST_PAIRS, limits_for
from edge.cli.answers import Json, objects
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.support.counted import counted
from edge.vision.configuration import FaceEngineName


def compare(
    *,
    above: Annotated[
        float | None,
        Parameter(
            help="The cosine; by default what the gate takes for a match among so many.",
            validator=Number(gte=-1, lte=2),
        ),
    ] = None,
    flag: Annotated[bool, Parameter(help="They need face and code from now on.")] = False,
    engine: Annotated[
        FaceEngineName, Parameter(help="Must be the gates' vision.faces.")
    ] = FaceEngineName.SFACE,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> int:
    """Compare every two people (`edge.cli.faces` has the help)."""
    admin = site_admin_in(folder)
    opened = engine_for(engine)
    known = known_faces(admin, opened.name, opened.dimensions)
    limits = limits_for(opened.name, known.templates, admin.policy().face, admin.calibrations())
    limit = limits.alike if above is None else above
    pairs = known.pairs(limit)
    if flag:
        for name in sorted({name for pair in pairs for name in (pair.one, pair.other)}):
            admin.store.need_second_factor(name)
    flagged = {subject.id for subject in admin.store.every() if subject.second_factor}
    both = [{pair.one, pair.other} <= flagged for pair in pairs]
    if json:
        objects(
            {"subject": pair.one, "other": pair.other, "score": round(pair.score, 4), "flagged": done}
            for pair, done in zip(pairs, both, strict=True)
        )
        return int(not all(both))
    table = Table("one", "other", "cosine", "need face and code")
    for pair, done in zip(pairs, both, strict=True):
        table.add_row(pair.one, pair.other, f"{pair.score:.3f}", "yes" if done else "no")
    console().print(table)
    more = " and more: name a higher --above" if len(pairs) == MOST_PAIRS else ""
    print(
        f"{counted(len(pairs), 'pair')}{more} from {limit:.3f} on, "
        f"among {counted(known.templates, 'template')} of {opened.name}"
    )
    other = len(admin.store.templates()) - known.templates
    if other:
        left_out = counted(other, "template by another engine was", "templates by another engine were")
        print(f"{left_out} left out: enrol those people again")
    if not all(both):
        print("gatepost faces compare --flag makes the gates ask them for face and code")
    return int(not all(both))
