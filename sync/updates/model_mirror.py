"""The repository of updates as a source of model files, for who fetches them by hand.

The file counts where the role for models signed it under its hash, and only in a form that the catalogue of
this software names: whose hash that is, its own code says. So nothing of what a gate knows of the repository
is needed, nor written: trusted metadata begins with the root, in a folder beside the file, which goes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tuf.api.metadata import TargetFile

from models import Model, ModelError
from sync.updates.configuration import UpdateConfiguration
from sync.updates.core import UpdateError
from sync.updates.trust import Repository, plausible, timed
from sync.updates.web_fetcher import WebFetcher

_MOST_SECONDS = 900.0


class ModelMirror:
    """Brings model files from the repository that update.toml names, believed from `root` on. What comes lies
    beside the first file on its way, until `close`. In the main thread, whose alarm it takes.
    """

    def __init__(
        self,
        configuration: UpdateConfiguration,
        root: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = configuration.url
        self._within = min(configuration.within, _MOST_SECONDS)
        self._root, self._now = root, now
        self._folder: TemporaryDirectory[str] | None = None
        self._repository: Repository | None = None
        self._problem: UpdateError | None = None

    def __str__(self) -> str:
        return f"{self._url} (the mirror of updates)"

    def bring(self, model: Model, part: Path, progress: Callable[[str, int, int], None]) -> None:
        """Put a form of `model` that this software can use at `part`; raises ModelError, and OSError
        where nothing can be written beside it.
        """
        try:
            repository = self._opened(part.parent)
            with timed(self._url, self._within):
                repository.download(self._offered(repository, model), part)
        except UpdateError as error:
            raise ModelError(error.what) from None
        progress(model.name, model.size, model.size)

    def close(self) -> None:
        """Remove what came of the repository besides the files."""
        if self._folder is not None:
            self._folder.cleanup()

    def _opened(self, beside: Path) -> Repository:
        """The repository, its metadata verified once; one that is wrong is asked once."""
        if self._problem is not None:
            raise self._problem
        if self._repository is None:
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix=".gatepost-", dir=beside, ignore_cleanup_errors=True)
            folder = Path(self._folder.name)
            try:
                plausible(self._now, 0.0)
                repository = Repository(self._url, folder / "metadata", self._root, WebFetcher(folder))
                with timed(self._url, self._within):
                    repository.refresh()
            except UpdateError as error:
                self._problem = error
                raise
            self._repository = repository
        return self._repository

    @staticmethod
    def _offered(repository: Repository, model: Model) -> TargetFile:
        for sha256 in model.usable:
            form = repository.model_form(model.file, sha256)
            if form is not None:
                return form
        raise ModelError(
            f"its publisher's role for models has not signed {model.file} as this software uses it"
        )
