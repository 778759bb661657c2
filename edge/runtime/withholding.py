"""Leaves the faces of those who withdrew their consent out of what is in force here, from that moment on.

A registry is signed and read-only, and the next one may take days to arrive; who withdraws is forgotten at
once. The list is on disk before it counts, and an entry goes when a registry without that face is in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

import msgspec
import structlog

from edge.errors import GatepostError
from edge.registry.format import digest_of_sealed
from edge.runtime.recognition import Holdings
from edge.signing.cose import Name
from edge.support.decoding import json_of
from edge.support.files import Durability, make_folder, read_bounded, set_aside, write_aside

_FILE, _MOST_BYTES = "withdrawn.json", 4 * 1024 * 1024


class _Withdrawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Since when a subject's face is left out here, and which sealed templates (SHA-256, hex) they had then.
    `anew`: they consented again, so that only these are left out.
    """

    since: datetime
    templates: frozenset[str] = frozenset()
    anew: bool = False


class Withholding:
    """The holdings without the faces that are withheld; `holdings` are those of the registry in force.

    Asked from any thread; what `held` gives is made once for each registry.
    """

    def __init__(self, holdings: Callable[[], Holdings | None], folder: Path | None = None) -> None:
        """Without `folder` nobody can withdraw here, and nothing is left out."""
        self._source = holdings
        self._folder = folder
        self._lock = Lock()
        self._log = structlog.get_logger("edge.withholding")
        self._left_out: Mapping[Name, _Withdrawn] = {} if folder is None else self._read(folder)
        self._made: tuple[Holdings, Mapping[Name, _Withdrawn], Holdings] | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """The subjects whose face is left out here."""
        return tuple(sorted(self._left_out))

    def holdings(self) -> Holdings | None:
        """What is in force, without the faces that are left out."""
        held, left_out, made = self._source(), self._left_out, self._made
        if held is None or not left_out:
            return held
        if made is None or made[0] is not held or made[1] is not left_out:
            made = (held, left_out, _without(held, left_out))
            self._made = made
        return made[2]

    def leave_out(self, subject: str, at: datetime) -> None:
        """Leave the face of `subject` out from now on; raises OSError where the disk does not take it."""
        entry = _Withdrawn(at, digests_of(self._source(), subject))
        with self._lock:
            self._keep({**self._left_out, subject: entry})

    def consented(self, subject: str) -> None:
        """They consented anew: other templates than those that they withdrew count again. Raises OSError."""
        with self._lock:
            entry = self._left_out.get(subject)
            if entry is not None and not entry.anew:
                changed = msgspec.structs.replace(entry, anew=True)
                self._keep({**self._left_out, subject: changed})

    def tidy(self) -> None:
        """Forget those of whom the registry in force has no such face any more. Raises OSError."""
        held = self._source()
        if held is None:
            return
        with self._lock:
            kept = {
                subject: entry for subject, entry in self._left_out.items() if _still(held, subject, entry)
            }
            if kept != self._left_out:
                self._keep(kept)

    # --- inside ----------------------------------------------------------------------------

    def _keep(self, left_out: Mapping[Name, _Withdrawn]) -> None:
        if self._folder is None:
            raise OSError("no folder for enrolments is configured at this gate")
        data = msgspec.json.encode(left_out)
        write_aside(self._folder / _FILE, data, durability=Durability.LASTING)
        self._left_out = left_out

    def _read(self, folder: Path) -> Mapping[Name, _Withdrawn]:
        path = folder / _FILE
        try:
            make_folder(folder)
            return json_of(read_bounded(path, _MOST_BYTES), dict[Name, _Withdrawn], str(path))
        except FileNotFoundError:
            return {}
        except (OSError, GatepostError) as error:
            self._log.error("withdrawn_unreadable", error=str(error), kept_as=set_aside(path))
            return {}


def digests_of(held: Holdings | None, subject: str) -> frozenset[str]:
    """The digests of the sealed templates that a registry has of `subject`: of each what outlasts an exchange
    of the template key, and the whole, as earlier versions of this software noted it.
    """
    if held is None:
        return frozenset()
    theirs = [item.sealed for item in held.registry.sealed.values() if item.subject_id == subject]
    whole = (hashlib.sha256(sealed).hexdigest() for sealed in theirs)
    return frozenset((*map(digest_of_sealed, theirs), *whole))


def _still(held: Holdings, subject: str, entry: _Withdrawn) -> bool:
    now = digests_of(held, subject)
    return bool(now & entry.templates) if entry.anew else bool(now)


def _without(held: Holdings, left_out: Mapping[Name, _Withdrawn]) -> Holdings:
    hidden = {
        subject: () for subject, entry in left_out.items() if not entry.anew or _still(held, subject, entry)
    }
    return replace(held, gallery=held.gallery.updated(hidden))
