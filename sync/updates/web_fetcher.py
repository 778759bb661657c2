"""A repository on the network: what TUF's client asks for, in bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tuf.api import exceptions
from tuf.ngclient import FetcherInterface
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from sync.updates.downloads import taken_into

_CHUNK = 64 * 1024
_SOCKET_TIMEOUT = 20


class WebFetcher(FetcherInterface):
    """The network; what comes lies in `folder` on its way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._web = Urllib3Fetcher(_SOCKET_TIMEOUT, _CHUNK, "gatepost")

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        with taken_into(self._folder, self.fetch(url), max_length) as file:
            yield file

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._web.fetch(url)
        except exceptions.SlowRetrievalError as error:
            if _is_unreached(error):
                raise exceptions.DownloadError(str(error.__cause__)) from error
            raise
        except HTTPError as error:  # broken off in the middle: TUF's client lets it through
            raise exceptions.DownloadError(str(error)) from error


def _is_unreached(error: exceptions.SlowRetrievalError) -> bool:
    """Whether nobody took the connection: urllib3 counts it among the timeouts, TUF's client as slow."""
    reason = getattr(error.__cause__, "reason", None)
    return isinstance(reason, ConnectTimeoutError)
