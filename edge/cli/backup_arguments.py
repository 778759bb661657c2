"""The arguments that all commands about backups have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from edge.cli.files_to_read import ToRead

Backup = Annotated[Path, ToRead, Parameter(name="FILE", help="The backup.")]
Identity = Annotated[
    Path, ToRead, Parameter(help="The file with the private half of the key that it is encrypted to.")
]
SignedBy = Annotated[
    Path,
    ToRead,
    Parameter(help="central.pub or root.pub, as gates have it: by whose word the backup is believed."),
]
Recipients = Annotated[
    tuple[str, ...], Parameter(name="--to", help="A public key (age1…) that can open it; may be repeated.")
]
