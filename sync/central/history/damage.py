"""What can be wrong with a file of history, as phrases; one that was kept in English is found again."""

from __future__ import annotations

from typing import Final

from edge.support.phrases import Phrase, Said, phrase, recalled

GONE: Final = phrase("is gone")
NO_FILE: Final = phrase("is no file any more")
ANOTHER: Final = phrase("was changed: its SHA-256 is another")
OTHER_COLUMNS: Final = phrase("has other columns than a file of history")
OTHER_EVENTS: Final = phrase("has other events than the list of files says")
FOREIGN: Final = phrase("is not in the list of files: nobody wrote it here, or the database is an older one")


def unreadable(why: object) -> Phrase:
    return phrase("cannot be read: %(why)s", why=why)


def too_large(most: int) -> Phrase:
    return phrase("has more than %(most)s bytes", most=most)


def of_another_size(size: int, expected: int) -> Phrase:
    return phrase("has %(size)s bytes, expected %(expected)s", size=size, expected=expected)


def of_other_rows(rows: int, expected: int) -> Phrase:
    if rows == 1:
        return phrase("has 1 row, expected %(expected)s", expected=expected)
    return phrase("has %(rows)s rows, expected %(expected)s", rows=rows, expected=expected)


def changed_event(sequence: int, device: str) -> Phrase:
    return phrase("event %(sequence)s of %(device)s was changed", sequence=sequence, device=device)


def loose_event(sequence: int) -> Phrase:
    return phrase("event %(sequence)s does not follow the one before it", sequence=sequence)


def restoring(events: int, site: str) -> Phrase:
    """What to do about a file of so many events."""
    if events == 1:
        return phrase("restore it from a backup; it holds 1 event of %(site)s", site=site)
    return phrase(
        "restore it from a backup; it holds %(events)s events of %(site)s", events=events, site=site
    )


_ALL: Final = (
    GONE, NO_FILE, ANOTHER, OTHER_COLUMNS, OTHER_EVENTS, FOREIGN, too_large(0), of_another_size(0, 0),
    of_other_rows(0, 0), of_other_rows(1, 0), changed_event(0, ""), loose_event(0), unreadable(""),
)  # fmt: skip


def kept_damage(said: str) -> Said:
    """What is kept of a file, as the phrase that it was; as it is kept, where no phrase here says so."""
    return recalled(said, _ALL)
