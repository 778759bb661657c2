"""A board file of the site's own is kept where the gate reads it: a stick goes, and no home is seen."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from edge.boards.files import MAX_BOARD_BYTES
from edge.errors import ConfigurationError
from edge.setup.core import Draft
from edge.setup.ground import Ground
from edge.setup.writing import FOR_ALL, NewFile
from edge.support.files import read_bounded


def kept_board(ground: Ground, draft: Draft) -> tuple[Draft, tuple[NewFile, ...]]:
    """The draft with the place where its board file is kept, and that file, where it was given by its path.

    Raises ConfigurationError.
    """
    given, folder = Path(draft.board), ground.places.boards
    if not folder or not given.is_absolute() or given.parent == Path(folder):
        return draft, ()
    try:
        data = read_bounded(given, MAX_BOARD_BYTES, follow=True)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=f"board {given}", remedy="is its medium still plugged in?"
        ) from None
    kept = ground.path(folder) / given.name
    return replace(draft, board=str(kept)), (NewFile(kept, data, FOR_ALL, kept=True),)
