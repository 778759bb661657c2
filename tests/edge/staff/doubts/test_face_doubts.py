"""Whose faces are in doubt at a gate: kept over restarts, and until the person is enrolled anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    Policy,
    Reason,
    WallTime,
)
from edge.journal.factory import open_journal
from edge.journal.format import AccessDecided, FaceDoubtEnded, FaceMistaken
from edge.journal.store import Journal
from edge.registry.format import Registry, Root
from edge.registry.gallery.gallery import gallery_of
from edge.runtime.recognition import Holdings
from edge.staff.doubts.face_doubts import BAND, FILE_NAME, FaceDoubts, ceiling_of, in_band

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WALL = WallTime(NOW, ClockTrust.TRUSTED)
AXES = np.eye(8, dtype=np.float32)
EXPIRES = NOW + timedelta(days=9)
REGISTRY = Registry("here", 1, NOW, EXPIRES, Root(1, EXPIRES, 1, (), (), ()), b"", b"", b"", Policy())


def matched(score: float | None) -> FaceEvidence:
    return FaceEvidence(FaceFinding.MATCHED, "ann", score=score)


@dataclass
class Place:
    """A gate's folder, its journal, and the faces that it knows."""

    folder: Path
    journal: Journal
    faces: dict[str, list[np.ndarray]] = field(default_factory=lambda: {"ann": [AXES[0]], "bob": [AXES[1]]})

    def doubts(self) -> FaceDoubts:
        holdings = Holdings(REGISTRY, gallery_of(self.faces))
        made = FaceDoubts(self.folder, lambda: holdings)
        made.load(self.folder / "journal.sqlite")
        return made

    def mistaken(self, score: float) -> int:
        """Somebody was let in by ann's face, and staff say that it was not hers."""
        decision = Decision(Outcome.GRANT, Reason.FACE_MATCHED, "gates.main.mode", subject_id="ann")
        seen = Evidence(Direction.ENTRY, face=matched(score))
        access = self.journal.append(AccessDecided(decision, seen, Mode.FACE_OR_CODE, 1, "camera"), WALL)
        self.journal.append(FaceMistaken("wang", access.sequence, "ann"), WALL)
        return access.sequence


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(open_journal(tmp_path / "journal.sqlite", "main", WALL)) as journal:
        yield Place(tmp_path, journal)


@pytest.mark.parametrize(
    ("score", "ceiling", "inside", "outside"),
    [(0.5, 0.5 + BAND, 0.57, 0.59), (1.0000001, 1.0 + BAND, 1.0000001, None), (None, 1.0 + BAND, 1.0, None)],
)
def test_the_band_of_a_pair_reaches_a_little_above_the_mistaken_face(
    score: float | None, ceiling: float, inside: float, outside: float | None
) -> None:
    found = ceiling_of(matched(score))
    assert found == pytest.approx(ceiling)
    assert in_band(matched(inside), found)
    assert outside is None or not in_band(matched(outside), found)
    assert not in_band(None, found)


def test_a_doubt_is_kept_over_a_restart_and_is_of_nobody_else(place: Place) -> None:
    doubts = place.doubts()
    assert doubts.limit("ann") is None
    doubts.add("ann", 0.6, NOW)
    doubts.save()
    for known in (doubts, place.doubts()):
        assert (known.limit("ann"), known.limit("bob"), known.limit("nobody")) == (0.6, None, None)
        assert [doubt.subject for doubt in known.listed()] == ["ann"]


def test_the_most_alike_of_several_mistakes_counts(place: Place) -> None:
    doubts = place.doubts()
    assert [doubts.add("ann", ceiling, NOW) for ceiling in (0.6, 0.7, 0.65)] == [0.6, 0.7, 0.7]


def test_new_pictures_end_a_doubt_and_the_same_ones_do_not(place: Place) -> None:
    place.doubts().save()
    doubts = place.doubts()
    doubts.add("ann", 0.6, NOW)
    doubts.save()
    place.faces = {"bob": [AXES[1]], "ann": [AXES[0]]}
    assert place.doubts().limit("ann") == 0.6
    place.faces = {"ann": [AXES[2]]}
    anew = place.doubts()
    assert (anew.limit("ann"), anew.listed()) == (None, ())
    assert anew.add("ann", 0.5, NOW) == 0.5, "the old pictures' mistakes say nothing of the new ones"


def test_a_registry_that_is_away_for_a_while_ends_no_doubt(place: Place) -> None:
    doubts = place.doubts()
    doubts.add("ann", 0.6, NOW)
    doubts.save()
    faces = place.faces
    for gone in ({"bob": [AXES[1]]}, {}):
        place.faces = gone
        without = place.doubts()
        assert without.limit("ann") is None
        without.save()
    place.faces = faces
    assert place.doubts().limit("ann") == 0.6


def test_a_manager_ends_a_doubt_once(place: Place) -> None:
    doubts = place.doubts()
    doubts.add("ann", 0.6, NOW)
    assert [doubts.end("ann"), doubts.end("ann")] == [True, False]
    assert doubts.limit("ann") is None


@pytest.mark.parametrize("file", [None, b"", b"{", b'{"doubts": [{"subject": 1}]}', b"\0" * 600_000])
def test_where_the_file_is_lost_the_journal_says_who_is_in_doubt(place: Place, file: bytes | None) -> None:
    place.mistaken(0.5)
    place.mistaken(0.55)
    if file is not None:
        (place.folder / FILE_NAME).write_bytes(file)
    assert place.doubts().limit("ann") == pytest.approx(0.55 + BAND)
    place.journal.append(FaceDoubtEnded("chen", "ann"), WALL)
    (place.folder / FILE_NAME).unlink(missing_ok=True)
    assert place.doubts().limit("ann") is None


def test_where_the_journal_is_lost_too_the_gate_begins_without_doubts(tmp_path: Path) -> None:
    doubts = FaceDoubts(tmp_path, lambda: None)
    doubts.load(tmp_path / "journal.sqlite")
    assert doubts.listed() == ()
