"""Opens the engine that reads files: in memory, bounded, without a network, and in one folder only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from edge.support.phrases import phrase
from sync.central.history.files import HistoryError

THREADS = 2
MEMORY = "512MB"
_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
"""What the engine says of a file that is none of Parquet, or a broken one."""


@contextmanager
def opened_engine(folder: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of its own: what is too much for its memory goes to a folder that is deleted behind it.

    It reads what lies in `folder`, loads no extension, and none of this can be changed by what it is asked.
    """
    with TemporaryDirectory(prefix="gatepost-history-") as aside:
        engine = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
        try:
            engine.execute("SET autoinstall_known_extensions = false")
            engine.execute("SET autoload_known_extensions = false")
            engine.execute("SET temp_directory = ?", [aside])
            engine.execute(
                "SET allowed_directories = ?", [[aside] if folder is None else [aside, str(folder)]]
            )
            engine.execute("SET enable_external_access = false")
            engine.execute("SET lock_configuration = true")
            yield engine
        finally:
            engine.close()


@contextmanager
def in_words() -> Iterator[None]:
    """Raises HistoryError for what the engine cannot do."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise HistoryError(
            phrase("is too much to be read at once"), remedy=phrase("ask for a shorter time")
        ) from None
    except (*_UNREADABLE, pa.ArrowException) as error:
        raise HistoryError(
            phrase("cannot be read: %(why)s", why=str(error).splitlines()[0]),
            remedy=phrase("gatepost central history verify"),
        ) from None
