"""What could not be fetched, told on: who fetches has no way to the gate, so root's process notes it.

The fetching process leaves a file, and its unit starts the one that applies; what that one notes is
journalled by the gate, and shown by `gatepost update status` and `gatepost gate check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edge.errors import GatepostError
from edge.journal.format import SoftwareUpdateEnded
from edge.support.acting import acting_as_owner
from edge.support.decoding import Undecodable, json_of
from edge.support.files import FileMark, make_folder, opened_bounded, read_bounded, write_aside
from sync.updates.core import (
    MOST_WHY,
    Standing,
    Unfetched,
    UpdateCause,
    fetched_again,
    not_fetched,
)
from sync.updates.fetching import NotFetched, open_order
from sync.updates.place import READABLE, Fetched, Place, read_standing, write_standing

_MOST_BYTES = 32 * 1024
_MOST_RESULT_BYTES = 41
_RESULT = re.compile(rb"[a-z-]{1,40}\n?")
"""As systemd names how a service ended, with the end of its line."""
SUCCESS = "success"


@contextmanager
def telling(place: Place, wanted: Path | None, now: Callable[[], float]) -> Iterator[None]:
    """Fetch within the block: where that fails, word of it is left. By hand (`wanted` is None) somebody looks
    on, and none is left. Raises OSError.
    """
    if wanted is not None:  # killed, it would leave the word of the fetch before
        take_word_back(place.fetched)
    try:
        yield
    except GatepostError as error:
        if wanted is not None:
            leave_word(place, wanted, error, now())
        raise
    take_word_back(place.fetched)


def leave_word(place: Place, wanted: Path, error: GatepostError, at: float) -> None:
    """Leave word of the `error` for which a version could not be fetched, by default the one that the centre
    asks for in the file `wanted` and has no answer to. Raises OSError.
    """
    fetched = place.fetched
    make_folder(fetched.folder, 0o750)
    version = error.version if isinstance(error, NotFetched) else open_order(place, wanted)
    word = Unfetched(version, str(error)[:MOST_WHY], at)
    with acting_as_owner(fetched.folder):
        write_aside(fetched.unfetched, msgspec.json.encode(word), READABLE)


def take_word_back(fetched: Fetched) -> None:
    """Fetching works: what was said before holds no more. Raises OSError."""
    with acting_as_owner(fetched.folder):
        fetched.unfetched.unlink(missing_ok=True)


def note_unfetched(place: Place, at: float) -> SoftwareUpdateEnded | None:
    """Note that the last fetch failed, where it did and nobody noted it yet; the end that is noted.

    One that was killed left no word: its unit says what systemd calls that end. What is noted, and that it
    was told, are one file: cut anywhere, it is told once. Raises UpdateError where nothing is known of
    updates.
    """
    standing = read_standing(place)
    if standing.exchange is not None:
        return None  # it is gone on with first
    result, mark = _end_of_unit(place.fetched)
    if mark == standing.unit_told:
        result = ""
    lying = _word(place)
    word = None if lying in {standing.heard, standing.unfetched} else lying
    if word is None and result not in {"", SUCCESS}:
        why = f"{UpdateCause.KILLED}: {result} (journalctl -u gatepost-update-fetch)"
        word = Unfetched(open_order(place, place.wanted), why, at)
    if word is None:
        # Without a word somebody may apply by hand after a kill, or while it is being fetched.
        if lying is None and result == SUCCESS and standing.unfetched is not None:
            write_standing(place, fetched_again(standing))
        return None
    noted = not_fetched(standing, word, place.named_by(place.current), lying, mark)
    write_standing(place, noted)
    return noted.ended


def last_unfetched(place: Place, standing: Standing) -> Unfetched | None:
    """The last fetch, where it failed, as the fetching user says or else as it was noted since."""
    try:
        lying = _word(place)
    except PermissionError:
        return standing.unfetched
    is_told = lying is None or lying == standing.heard
    return standing.unfetched or lying if is_told else lying


def _word(place: Place) -> Unfetched | None:
    """What the fetching user left: a stranger's, read as one."""
    path = place.fetched.unfetched
    try:
        return json_of(read_bounded(path, _MOST_BYTES), Unfetched)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise
    except (OSError, Undecodable) as error:
        return Unfetched("", f"what is said of it cannot be read: {error}"[:MOST_WHY], 0.0)


def _end_of_unit(fetched: Fetched) -> tuple[str, FileMark | None]:
    """What systemd called the end of the last fetch, as its unit leaves it in a stranger's folder, and that
    file's mark; empty: nothing that systemd would say. It stays: root removes nothing there.
    """
    try:
        with opened_bounded(fetched.result, _MOST_RESULT_BYTES) as file:
            said, mark = file.whole(), file.mark
    except OSError:  # whatever is wrong with it, the next fetch tells its own end
        return "", None
    return (said.decode().strip(), mark) if _RESULT.fullmatch(said) else ("", None)
