"""The recordings that were given are kept where the gate reads them: a stick goes, and no home is seen."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from edge.errors import ConfigurationError
from edge.prompts.texts import LANGUAGES
from edge.setup.core import Draft
from edge.setup.ground import Ground
from edge.setup.writing import FOR_ALL, NewFile
from edge.support.files import list_bounded, read_bounded

_MOST_FILES, _MOST_BYTES = 500, 256 * 1024 * 1024
"""Of each language, and of all: the recordings of both languages are some 10 MB."""


def kept_voice(ground: Ground, draft: Draft) -> tuple[Draft, tuple[NewFile, ...]]:
    """The draft with the folder where its recordings are kept, and those files.

    Raises ConfigurationError.
    """
    given, folder = Path(draft.voice), ground.places.voice
    if not folder or not draft.voice or given == Path(folder):
        return draft, ()
    kept, left, made = ground.path(folder), _MOST_BYTES, []
    try:
        for language in LANGUAGES:
            names = (
                list_bounded(given / language, "*.wav", _MOST_FILES) if (given / language).is_dir() else []
            )
            for path in names:
                data = read_bounded(path, left, follow=True)
                left -= len(data)
                made.append(NewFile(kept / language / path.name, data, FOR_ALL))
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=f"voice {given}", remedy="is its medium still plugged in?"
        ) from None
    if not made:
        raise ConfigurationError(
            "holds no recordings", where=f"voice {given}", remedy="gatepost prompts render FOLDER makes them"
        )
    return replace(draft, voice=str(kept)), tuple(made)
