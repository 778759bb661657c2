"""Model files that come with a version besides its package: by the role for models alone, and by hash.

They go where every version looks for models, under a name that holds their hash: whatever a version needs,
the files of the one that runs stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tuf.api.metadata import TargetFile

from edge.support.files import Durability, make_folder, read_bounded, write_aside
from models import PACKAGED, by_its_hash
from sync.updates.core import ReleaseModel, SoftwareRelease, UpdateCause, UpdateError
from sync.updates.place import MODEL_FILES, READABLE, Fetched, Place
from sync.updates.trust import Repository

_OPEN = 0o755


def missing_models(
    repository: Repository, place: Place, release: SoftwareRelease
) -> list[tuple[ReleaseModel, TargetFile]]:
    """The model files of `release` that this gate has nowhere, as the role for models signed them.

    Raises UpdateError, before anything is fetched, where that role does not vouch for one.
    """
    missing = (model for model in release.models if not _found(_places(place, model), model))
    return [(model, _vouched(repository, model)) for model in missing]


def fetch_models(
    repository: Repository, fetched: Fetched, files: Sequence[tuple[ReleaseModel, TargetFile]]
) -> None:
    """Fetch `files`, each whole or not at all; what lies whole already is kept, and the rest goes."""
    kept = {fetched.model(model.sha256) for model, _ in files}
    for path in fetched.folder.glob(MODEL_FILES):
        if path not in kept:
            path.unlink()
    for model, file in files:
        copy = fetched.model(model.sha256)
        if not repository.kept(file, copy):
            _download(repository, model, file, copy)


def lacking_bytes(place: Place, release: SoftwareRelease) -> int:
    """How much the model files of `release` take that are not yet where every version looks."""
    return sum(model.size for model in release.models if not _found(_shared(place, model), model))


def lay_models(
    repository: Repository, place: Place, release: SoftwareRelease, cut: Callable[[str], None]
) -> None:
    """Put the model files of `release` where every version looks for them; raises UpdateError.

    What lies with the version that runs is copied: it goes with that version. `cut` is called after each.
    """
    for model in release.models:
        if _found(_shared(place, model), model):
            continue
        data = _found(_places(place, model), model) or _verified(repository, place, model)
        make_folder(place.models, _OPEN)
        path = place.models / by_its_hash(model.file, model.sha256)
        write_aside(path, data, READABLE, Durability.LASTING)
        cut("model laid")


# --- inside --------------------------------------------------------------------------------


def _shared(place: Place, model: ReleaseModel) -> list[Path]:
    return [place.models / name for name in (by_its_hash(model.file, model.sha256), model.file)]


def _places(place: Place, model: ReleaseModel) -> list[Path]:
    """Where a version that runs here could have it."""
    return [*_shared(place, model), place.current / PACKAGED / model.file]


def _found(paths: Iterable[Path], model: ReleaseModel) -> bytes:
    """The bytes of `model`, where one of `paths` has them; none: nothing there is that file."""
    for path in paths:
        try:
            data = read_bounded(path, model.size, follow=True)
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == model.sha256:
            return data
    return b""


def _verified(repository: Repository, place: Place, model: ReleaseModel) -> bytes:
    """The bytes of `model` that were fetched, judged by root's own trusted metadata."""
    file = _vouched(repository, model)
    try:
        _download(repository, model, file, place.model)
        return read_bounded(place.model, model.size)
    finally:
        place.model.unlink(missing_ok=True)


def _vouched(repository: Repository, model: ReleaseModel) -> TargetFile:
    try:
        return repository.model_file(model)
    except UpdateError as error:
        raise _missing(model, error) from None


def _download(repository: Repository, model: ReleaseModel, file: TargetFile, copy: Path) -> None:
    try:
        repository.download(file, copy)
    except UpdateError as error:
        raise _missing(model, error) from None


def _missing(model: ReleaseModel, error: UpdateError) -> UpdateError:
    what = f"{UpdateCause.NO_MODEL}: {model.name}: {error.what}"
    return UpdateError(what, where=error.where, remedy=error.remedy)
