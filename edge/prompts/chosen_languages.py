"""The languages that people chose on the screen, by subject: kept at this gate, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

import msgspec
import structlog

from edge.prompts.texts import Language
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside

FILE_NAME = "languages.json"
MOST = 20_000
"""People whose choice is kept; the one that was made longest ago goes first."""
_MOST_BYTES = 4 * 1024 * 1024


class ChosenLanguages:
    """What people chose last. `of` and `choose` never wait; `keep` writes a file, where anything is new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._is_written = True
        self._chosen = _read(path)

    def of(self, subject: str) -> Language | None:
        """What somebody chose last; None: nothing."""
        return self._chosen.get(subject)

    def choose(self, subject: str, language: Language) -> None:
        """Note somebody's choice."""
        with self._lock:
            if self._chosen.get(subject) != language:
                others = {name: was for name, was in self._chosen.items() if name != subject}
                self._become(dict(list((others | {subject: language}).items())[-MOST:]))

    def keep(self, known: Callable[[str], bool]) -> None:
        """Forget whoever is not `known` any more, and write down the others. What cannot be written counts
        until the gate stops.
        """
        with self._lock:
            kept = {name: language for name, language in self._chosen.items() if known(name)}
            if len(kept) < len(self._chosen):
                self._become(kept)
            chosen, is_written, self._is_written = self._chosen, self._is_written, True
        if not is_written:
            self._write(chosen)

    def _become(self, chosen: dict[str, Language]) -> None:
        self._chosen, self._is_written = chosen, False

    def _write(self, chosen: dict[str, Language]) -> None:
        try:
            write_aside(self._path, msgspec.json.encode(chosen))
        except OSError as error:
            why = error.strerror or str(error)
            structlog.get_logger("edge.prompts").warning(
                "chosen_languages_not_written", path=str(self._path), error=why
            )


def _read(path: Path) -> dict[str, Language]:
    """What was chosen before; a file that cannot be read counts as empty, and is written anew."""
    try:
        return json_of(read_bounded(path, _MOST_BYTES), dict[str, Language], str(path))
    except FileNotFoundError:
        return {}
    except (OSError, Undecodable) as error:
        structlog.get_logger("edge.prompts").warning("chosen_languages_lost", error=str(error))
        return {}
