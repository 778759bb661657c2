"""Where TUF's client puts what it downloads, on its way: a file without a name, in a folder of ours.

By itself it takes the folder for temporary files, which lies in memory on a gate and may be smaller than a
package.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tuf.api import exceptions


@contextmanager
def taken_into(folder: Path, pieces: Iterable[bytes], most: int) -> Iterator[IO[bytes]]:
    """A file of all `pieces`, from its begin; raises DownloadLengthMismatchError where it is more than `most`
    bytes.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        received = 0
        for piece in pieces:
            received += len(piece)
            if received > most:
                raise exceptions.DownloadLengthMismatchError(f"{received} bytes, {most} at most")
            file.write(piece)
        file.seek(0)
        yield file
