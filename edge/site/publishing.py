"""Putting a file where the gates find it."""

from __future__ import annotations

import os
from pathlib import Path

from edge.registry.files import leave_to_owner, make_folder


def publish(path: Path, data: bytes) -> None:
    """Readers see the old file or the new one, never half of it. It is signed, so anybody may read it."""
    make_folder(path.parent)
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        leave_to_owner(file.fileno(), path.parent)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
