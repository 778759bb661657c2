"""Gives TUF's client the files that another process fetched: by names of ours, whatever a file is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tuf.api import exceptions
from tuf.ngclient import FetcherInterface

from edge.support.files import open_regular
from sync.updates.downloads import taken_into
from sync.updates.place import Fetched

HERE = "file:///fetched"
_ROLES = "root|timestamp|snapshot|targets|software|models"
_METADATA = re.compile(rf"/metadata/(?:([0-9]{{1,9}})\.)?({_ROLES})\.json\Z")
_MODEL = re.compile(r"/targets/models/([0-9a-f]{64})\.[^/]+\Z")
_PIECE = 1 << 20


class LocalFetcher(FetcherInterface):
    """Reads what lies in `fetched`, which its owner may change meanwhile: TUF judges the bytes read, which
    lie in `folder` until then.
    """

    def __init__(self, fetched: Fetched, folder: Path) -> None:
        self._fetched = fetched
        self._folder = folder

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        with taken_into(self._folder, self.fetch(url), max_length) as file:
            yield file

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._path(url)
        try:
            descriptor = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise exceptions.DownloadHTTPError(
                f"{path.name} was not fetched: {error.strerror}", 404
            ) from None
        with os.fdopen(descriptor, "rb") as file:
            yield from iter(lambda: file.read(_PIECE), b"")

    def _path(self, url: str) -> Path:
        found = _METADATA.search(url)
        if found is not None:
            number, role = found.groups()
            if role == "root":
                return self._fetched.metadata / "root_history" / f"{int(number or 0)}.root.json"
            return self._fetched.metadata / f"{role}.json"
        model = _MODEL.search(url)
        if model is not None:
            return self._fetched.model(model.group(1))
        return self._fetched.newest if url.endswith("newest.json") else self._fetched.package
