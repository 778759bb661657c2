"""The folder of model files on this machine."""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from pathlib import Path

from models.catalogue import Model, model
from models.errors import ModelError

FOLDER_VARIABLE = "GATEPOST_MODELS"


class FileState(StrEnum):
    """Whether a model file on this machine can be used."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"  # there, but not the file it should be


def default_folder() -> Path:
    """Where model files lie: GATEPOST_MODELS, else gatepost/models in the user's data folder (XDG)."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "gatepost" / "models"


def file_state_of(entry: Model, folder: Path) -> tuple[FileState, str]:
    """Whether the usable file is there, and the SHA-256 found (empty where it is missing)."""
    path = folder / entry.file
    if not path.is_file():
        return FileState.MISSING, ""
    found = sha256_of(path)
    return (FileState.GOOD if found in entry.usable else FileState.WRONG), found


def path_of(name: str) -> Path:
    """The verified file of the model called `name`; raises ModelError where it is missing or wrong."""
    entry, folder = model(name), default_folder()
    presence, found = file_state_of(entry, folder)
    path = folder / entry.file
    if presence is FileState.MISSING:
        raise ModelError("not on this machine", where=str(path), remedy=f"run: gatepost models get {name}")
    if presence is FileState.WRONG:
        raise ModelError(
            f"not the expected file: sha256 {found}, expected {' or '.join(entry.usable)}",
            where=str(path),
            remedy=f"run: gatepost models get {name}",
        )
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
