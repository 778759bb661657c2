"""Whose faces do not count alone at this gate, and up to which similarity; in a file of its own.

The journal has each as an event first: where the file is missing or damaged, the list is made of those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import msgspec
import structlog

from edge.decision import FaceEvidence, in_doubt
from edge.errors import JournalError
from edge.journal.format import AccessDecided, FaceDoubtEnded, FaceMistaken, understood
from edge.journal.reader import JournalReader
from edge.registry.gallery import Gallery
from edge.registry.templates import commitment_of
from edge.runtime.recognition import Holdings
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside
from edge.support.storage import REAL_STORAGE, Storage

FILE_NAME = "face-doubts.json"
BAND = 0.08
"""How far (cosine) above the similarity of a mistaken face another one of the same pair may come: as far as a
face counts as nearly recognised."""
MOST = 1000
_MOST_BYTES = 512 * 1024


class Doubt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Faces like `subject`'s up to the similarity `ceiling` may be another's, `since` staff said so. It holds
    for the `templates` of that time (their commitments).
    """

    subject: str
    ceiling: float
    since: datetime
    templates: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    doubts: tuple[Doubt, ...] = ()


def ceiling_of(face: FaceEvidence) -> float:
    """Up to which similarity faces of the pair are in doubt, after `face` was mistaken. It may be above one:
    a cosine of float32 is, by a rounding.
    """
    return round((1.0 if face.score is None else face.score) + BAND, 4)


def in_band(face: FaceEvidence | None, ceiling: float) -> bool:
    """Whether a face that was matched would have been in doubt."""
    return face is not None and in_doubt(face.score, ceiling)


def templates_of(gallery: Gallery, subject: str) -> tuple[str, ...]:
    """The commitments to the templates of a subject, by which others are told from these."""
    return tuple(sorted(commitment_of(row).hex() for row in gallery.rows(subject)))


class FaceDoubts:
    """The doubts of one gate. `limit` is for any thread; `add` and `end` are for the main loop's; `load` and
    `save` may wait, and are for one other thread.
    """

    def __init__(
        self, folder: Path, holdings: Callable[[], Holdings | None], storage: Storage = REAL_STORAGE
    ) -> None:
        self._path = folder / FILE_NAME
        self._holdings = holdings
        self._storage = storage
        self._doubts: Mapping[str, Doubt] = MappingProxyType({})
        self._log = structlog.get_logger("edge.staff.doubts")

    def limit(self, subject: str) -> float | None:
        """Up to which similarity the face of `subject` does not count alone; None: it does. Without
        templates, or with others than were mistaken, nobody is in doubt.
        """
        doubt = self._doubts.get(subject)
        return None if doubt is None or not self._holds(doubt) else doubt.ceiling

    def listed(self) -> tuple[Doubt, ...]:
        """The doubts that hold, the newest first."""
        held = (doubt for doubt in self._doubts.values() if self._holds(doubt))
        return tuple(sorted(held, key=lambda doubt: doubt.since, reverse=True))

    def add(self, subject: str, ceiling: float, since: datetime) -> float:
        """Doubt the face of `subject` as well; returns up to which similarity it is doubted now."""
        held = self._holdings()
        templates = () if held is None else templates_of(held.gallery, subject)
        before = self._doubts.get(subject)
        if before is not None and before.templates == templates:
            ceiling = max(ceiling, before.ceiling)
        others = {name: doubt for name, doubt in self._doubts.items() if name != subject}
        while len(others) >= MOST:
            del others[next(iter(others))]
        self._doubts = MappingProxyType({**others, subject: Doubt(subject, ceiling, since, templates)})
        return ceiling

    def end(self, subject: str) -> bool:
        """Let the face of `subject` count alone again; False where nobody doubts it."""
        doubted = subject in self._doubts
        self._doubts = MappingProxyType(
            {name: doubt for name, doubt in self._doubts.items() if name != subject}
        )
        return doubted

    # --- the file --------------------------------------------------------------------------

    def load(self, journal: Path) -> None:
        """Take up what was kept; where that cannot be read, what the journal says."""
        try:
            kept = json_of(read_bounded(self._path, _MOST_BYTES), _File).doubts
        except FileNotFoundError:
            kept = self._from(journal)
            self._doubts = MappingProxyType({doubt.subject: doubt for doubt in kept})
            with suppress(OSError):
                self.save()  # so that the journal is not read through at each start
        except (OSError, Undecodable) as error:
            self._log.error("face_doubts_damaged", where=str(self._path), error=str(error))
            kept = self._from(journal)
        self._doubts = MappingProxyType({doubt.subject: doubt for doubt in kept})

    def save(self) -> None:
        """Keep the list, but for those who were enrolled anew. Raises OSError."""
        held = self._holdings()
        if held is None:
            return  # whether anybody was cannot be told
        kept = tuple(
            doubt
            for doubt in self._doubts.values()
            if templates_of(held.gallery, doubt.subject) in {(), doubt.templates}
        )
        write_aside(self._path, msgspec.json.encode(_File(kept)))

    # --- inside ----------------------------------------------------------------------------

    def _holds(self, doubt: Doubt) -> bool:
        held = self._holdings()
        templates = () if held is None else templates_of(held.gallery, doubt.subject)
        return bool(templates) and templates == doubt.templates

    def _from(self, journal: Path) -> tuple[Doubt, ...]:
        """The doubts that the journal tells of, held against the templates of now."""
        held = self._holdings()
        found: dict[str, Doubt] = {}
        try:
            with closing(JournalReader(journal, self._storage)) as reader:
                for entry in reader.of_kinds((FaceMistaken.kind.value, FaceDoubtEnded.kind.value)):
                    event = understood(entry)
                    if isinstance(event, FaceDoubtEnded):
                        found.pop(event.subject, None)
                    elif isinstance(event, FaceMistaken):
                        ceiling = _ceiling_in(reader, entry.epoch, event.about)
                        templates = () if held is None else templates_of(held.gallery, event.subject)
                        before = found.get(event.subject)
                        highest = max(ceiling, 0.0 if before is None else before.ceiling)
                        found[event.subject] = Doubt(event.subject, highest, entry.wall.at, templates)
        except JournalError as error:
            self._log.error("face_doubts_unknown", error=str(error))
        return tuple(found.values())


def access_of(reader: JournalReader, epoch: bytes, number: int) -> AccessDecided | None:
    """The access of that number; None: there is none."""
    for entry in reader.since(epoch, number - 1, 1):
        event = understood(entry) if (entry.epoch, entry.sequence) == (epoch, number) else None
        return event if isinstance(event, AccessDecided) else None
    return None


def _ceiling_in(reader: JournalReader, epoch: bytes, number: int) -> float:
    access = access_of(reader, epoch, number)
    face = None if access is None else access.evidence.face
    return 1.0 + BAND if face is None else ceiling_of(face)
