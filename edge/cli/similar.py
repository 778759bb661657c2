"""`gatepost faces similar`: twins and doubles among the enrolled."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from edge.admin.enrolment import engine_for, known_faces
from edge.admin.similarity import MOST_PAIRS, limits_for
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.vision.configuration import FaceEngineName


def similar(
    *,
    above: Annotated[
        float | None, Parameter(help="cosine; by default what the gate takes for a match among so many")
    ] = None,
    flag: Annotated[bool, Parameter(negative="", help="they need face and code from now on")] = False,
    engine: Annotated[
        FaceEngineName, Parameter(help="must be the gates' vision.faces")
    ] = FaceEngineName.SFACE,
    json: bool = False,
    site: SiteFolder = HERE,
) -> int:
    """Find people in the site's book who look like each other: twins, or one person under two ids.

    Every two are compared. Exit 1 where some are found who are not flagged.
    """
    admin = site_admin_in(site)
    opened = engine_for(engine)
    known = known_faces(admin, opened)
    limits = limits_for(opened.name, known.templates, admin.policy().face, admin.calibrations())
    limit = limits.alike if above is None else above
    pairs = known.pairs(limit)
    if flag:
        for name in sorted({name for pair in pairs for name in (pair.one, pair.other)}):
            admin.store.need_second_factor(name)
    flagged = {subject.id for subject in admin.store.every() if subject.second_factor}
    table = Table("one", "other", "cosine", "need face and code")
    open_pairs = 0
    for pair in pairs:
        both = {pair.one, pair.other} <= flagged
        open_pairs += not both
        if json:
            row = {"one": pair.one, "other": pair.other, "score": round(pair.score, 4), "flagged": both}
            print(msgspec.json.encode(row).decode())
        else:
            table.add_row(pair.one, pair.other, f"{pair.score:.3f}", "yes" if both else "no")
    if not json:
        console().print(table)
        more = " and more: name a higher --above" if len(pairs) == MOST_PAIRS else ""
        print(
            f"{len(pairs)} pairs{more} from {limit:.3f} on, "
            f"among {known.templates} templates of {opened.name}"
        )
        other = len(admin.store.templates()) - known.templates
        if other:
            print(f"{other} templates by another engine were left out: enrol those people again")
        if open_pairs:
            print("gatepost faces similar --flag makes the gates ask them for face and code")
    return 1 if open_pairs else 0
