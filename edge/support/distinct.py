"""Checks that no two keys of a configuration name the same path; the disk is not consulted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


def refuse_shared_paths(sections: Mapping[str, msgspec.Struct | None]) -> None:
    """Raise ValueError where two keys name the same path: one file would overwrite the other."""
    named: dict[str, str] = {}
    for name, section in sections.items():
        for key, path in ({} if section is None else msgspec.structs.asdict(section)).items():
            if not isinstance(path, Path):
                continue
            there = os.path.normpath(path)
            if there in named:
                raise ValueError(f"{name}.{key} and {named[there]} name the same path: {path}")
            named[there] = f"{name}.{key}"
