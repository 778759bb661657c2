"""Which model of the catalogue a file is, before it is offered, and which a version finds offered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tuf.api.metadata import TargetFile

from edge.errors import ConfigurationError
from edge.support.files import read_bounded
from models import MODELS
from sync.updates.core import MOST_MODEL_BYTES, NamedModel, ReleaseModel, model_path


def read_model(path: Path) -> NamedModel:
    """The model that the file at `path` is, by its hash; raises ConfigurationError where it is none."""
    try:
        sha256 = hashlib.sha256(read_bounded(path, MOST_MODEL_BYTES, follow=True)).hexdigest()
    except OSError as error:
        raise ConfigurationError(
            f"{error.strerror or error}; a model file has {MOST_MODEL_BYTES >> 20} MiB at most",
            where=str(path),
        ) from None
    for entry in MODELS:
        if sha256 in entry.usable:
            return NamedModel(entry.name, entry.file, (sha256,))
        if sha256 in entry.published:
            raise ConfigurationError(
                f"{entry.name} as its makers publish it, which no gate loads",
                where=str(path),
                remedy=f"name the file that gatepost models get {entry.name} makes of it",
            )
    raise ConfigurationError(
        f"no model of this software's catalogue has sha256 {sha256}: no gate would load it",
        where=str(path),
        remedy="gatepost models list; or publish with the software whose catalogue names it",
    )


def offered(models: Iterable[NamedModel], targets: Mapping[str, TargetFile]) -> tuple[ReleaseModel, ...]:
    """Of each of `models` the first form among `targets`, which the role for models signed."""
    found: dict[str, ReleaseModel] = {}
    for model in models:
        for sha256 in model.sha256:
            path = model_path(model.file, sha256)
            if path in targets and model.name not in found:
                found[model.name] = ReleaseModel(model.name, model.file, sha256, targets[path].length)
    return tuple(found.values())
