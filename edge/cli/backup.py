"""`gatepost backup`: the keys that open backups. They are made, and stay, away from the machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.backup.keys import make_identity
from edge.cli.answers import Json, answer

app = cyclopts.App(name="backup", help="The keys that open backups.")
key_app = cyclopts.App(name="key", help="The key that backups are encrypted to.")
app.command(key_app)


@key_app.command
def create(
    path: Annotated[Path, Parameter(name="FILE", help="Where the private half goes.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Create a key for backups, on a machine that is not backed up; it prints the public half.

    Only who has the private half opens a backup; where it is lost, so are they. Keep it in two places.

    Example: gatepost backup key create backup.key
    """
    public = make_identity(path)
    answer(
        {"file": str(path), "key": public},
        f"{path}: keep it off the machines that are backed up, in two places",
        f"name this where backups are made: {public}",
        json=json,
    )
