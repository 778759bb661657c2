"""The folders of model files on this machine."""

from __future__ import annotations

import hashlib
import os
import sys
from enum import StrEnum
from pathlib import Path

from models.catalogue import Model, model
from models.errors import ModelError

FOLDER_VARIABLE = "GATEPOST_MODELS"
PACKAGED = Path("share", "gatepost", "models")
"""Where the Debian package has the models that come with it, below its version's folder."""
OF_A_GATE = Path("/var/lib/gatepost-models")
"""Where more of them go on a machine with the package: every process may read it, root alone writes."""


class FileState(StrEnum):
    """Whether a model file on this machine can be used."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"  # there, but not the file it should be


def default_folder() -> Path:
    """Where model files are put: GATEPOST_MODELS, else gatepost/models in the user's data folder (XDG).

    With the Debian package it is one folder for the whole machine, whoever gets them.
    """
    if _packaged().is_dir() and not os.environ.get(FOLDER_VARIABLE):
        return OF_A_GATE
    return own_folder("models")


def own_folder(name: str) -> Path:
    """The folder called `name` beside that of the models, in the user's own data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named) if name == "models" else Path(named).parent / name
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "gatepost" / name


def place_of(entry: Model) -> Path:
    """Where the file of `entry` is, or would be: where files are put, else with the package.

    Of several the first one that can be used: another version of the software may name another form of it.
    """
    own = default_folder()
    by_hash = (own / by_its_hash(entry.file, sha256) for sha256 in entry.usable)
    there = [path for path in (own / entry.file, *by_hash, _packaged() / entry.file) if path.is_file()]
    if len(there) > 1:
        there = [path for path in there if sha256_of(path) in entry.usable] or there
    return there[0] if there else own / entry.file


def by_its_hash(file: str, sha256: str) -> str:
    """The name of a file that lies beside other forms of it, each for the version that names it."""
    return f"{sha256}.{file}"


def _packaged() -> Path:
    return Path(sys.prefix) / PACKAGED


def file_state_of(entry: Model) -> tuple[FileState, str]:
    """Whether the usable file is there, and the SHA-256 found (empty where it is missing)."""
    path = place_of(entry)
    if not path.is_file():
        return FileState.MISSING, ""
    found = sha256_of(path)
    return (FileState.GOOD if found in entry.usable else FileState.WRONG), found


def path_of(name: str) -> Path:
    """The verified file of the model called `name`; raises ModelError where it is missing or wrong."""
    entry = model(name)
    presence, found = file_state_of(entry)
    path = place_of(entry)
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
