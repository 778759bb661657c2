"""Passages of one file, as a gate forms them: which frames of whom count, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean

import msgspec
from msgspec.structs import replace

from edge.decision import FaceEvidence, FaceFinding, LivenessRule, looks_alive
from edge.diagnostics.core.moves_seen import MovesSeen
from edge.liveness import (
    LONGEST_MEASURED,
    MOST_MEASURED,
    ChallengeRequest,
    LivenessReading,
    LivenessWatch,
    fused,
)
from edge.vision.reports import FaceSighting, Sighting, foremost

ANEW_AFTER = 2.0
"""Seconds after which a face that is still there makes another passage."""
_GOES_ON = 0.5
"""Seconds within which a passage that follows another goes on from it."""
_LEAST_SEEN = 3
"""Frames for which a face has to be there before it is told of, where none of them could be used."""

_RULE = LivenessRule()


class JudgedBy(StrEnum):
    """The settings of a policy that a passage is judged by."""

    PASSIVE = "passive"  # the nets
    VETO = "veto"  # the nets, and the one that only objects
    ACTIVE = "active"  # the nets, and that it moved as a gate might have asked


RULES: Mapping[JudgedBy, LivenessRule] = {
    JudgedBy.PASSIVE: replace(_RULE, veto=False),
    JudgedBy.VETO: replace(_RULE, veto=True),
}


class PassageOutcome(StrEnum):
    """What became of a passage. Only the first two are attempts."""

    ALIVE = "alive"
    PICTURE = "picture"
    UNMEASURED = "unmeasured"  # gone before enough frames were measured
    QUALITY = "quality"  # no frame could be used: too small, too dark, turned away
    SEVERAL = "several"  # two faces as near as each other
    NO_FACE = "no_face"
    UNREADABLE = "unreadable"  # the file


class Passage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One passage. `at` is when it began, in seconds of its film; `frames` and `seconds` say after how many
    measured ones it was decided; `measure` is what these come to, `nets` the same by each net, `veto` the
    mean of the net that only objects. `alive` has the verdict of each mode, None where there was none.
    `moves` are those that were seen; `refused` counts the frames that quality refused, by reason; `several`
    those of the whole file in which two faces were as near as each other.
    """

    outcome: PassageOutcome
    at: float = 0.0
    frames: int = 0
    seconds: float = 0.0
    measure: float | None = None
    nets: dict[str, float] = {}
    veto: float | None = None
    alive: dict[JudgedBy, bool | None] = {}
    moves: tuple[str, ...] = ()
    refused: dict[str, int] = {}
    several: int = 0


@dataclass
class _Track:
    """What the frames of one face have shown so far."""

    first_seen: float
    last_seen: float
    meant: int = 0  # in how many frames it was the one that is meant
    began: float | None = None
    last_measured: float = 0.0
    watch: LivenessWatch = field(default_factory=LivenessWatch)
    readings: list[LivenessReading] = field(default_factory=list)
    alive: dict[JudgedBy, tuple[int, float]] = field(default_factory=dict)
    """After how many measured frames and seconds each mode first found it alive."""
    moves: MovesSeen = field(default_factory=MovesSeen)
    refused: Counter[str] = field(default_factory=Counter)


class FilmPassages:
    """Forms the passages of one film or still from its sightings, in their order; `mode` is what ends one.

    As at a gate: of the faces in a frame the one that is meant counts, and none where two may be, pictures
    beside somebody left out; a face that is not found alive is measured on for so many frames and seconds as
    a gate does.
    """

    def __init__(self, mode: JudgedBy = JudgedBy.PASSIVE) -> None:
        self._mode = mode
        self._tracks: dict[int, _Track] = {}
        self._still = False
        self._began: float | None = None
        self._several = 0

    def see(self, sighting: Sighting) -> None:
        """Take one frame into account."""
        now = sighting.captured
        self._began = now if self._began is None else self._began
        self._still = sighting.still
        faces = foremost(sighting.faces, float(sighting.width))
        for face in faces:
            self._learn(face, now)
        left = [face for face in faces if len(faces) == 1 or not self._is_picture(face.track, now)] or faces
        if len(left) == 1:
            self._tracks[left[0].track].meant += 1
        self._several += len(left) > 1

    @property
    def saw_frames(self) -> bool:
        """Whether there was any frame."""
        return self._began is not None

    def passages(self) -> tuple[Passage, ...]:
        """What the file comes to: one passage at least, which says so where there was nobody."""
        made: list[Passage] = []
        before: float | None = None
        meant = [track for track in self._tracks.values() if track.meant]
        for track in meant:
            if track.began is None:
                if track.meant >= _LEAST_SEEN or self._still:
                    made.append(self._unused(track))
                continue
            goes_on = before is not None and track.began - before <= _GOES_ON
            made.append(self._passage(track, track.began, goes_on=goes_on))
            before = track.last_seen
        if made:
            return tuple(made)
        if meant:
            return (self._unused(meant[0]),)
        nobody = PassageOutcome.SEVERAL if self._several else PassageOutcome.NO_FACE
        return (Passage(nobody, several=self._several),)

    # --- one frame -------------------------------------------------------------------------

    def _learn(self, face: FaceSighting, now: float) -> None:
        track = self._tracks.setdefault(face.track, _Track(now, now))
        track.last_seen = now
        track.moves = track.moves.after(face)
        if face.problem is not None:
            track.refused[face.problem.value] += 1
        elif face.liveness is not None:
            self._measure(track, face, face.liveness, now)

    def _is_picture(self, number: int, now: float) -> bool:
        """Whether a face was measured for as long as one is, and not found alive: its holder is meant."""
        track = self._tracks[number]
        if track.began is None or JudgedBy.PASSIVE in track.alive or len(track.readings) < self._frames:
            return False
        return len(track.readings) >= MOST_MEASURED or now - track.began > LONGEST_MEASURED

    def _measure(self, track: _Track, face: FaceSighting, reading: LivenessReading, now: float) -> None:
        track.began = now if track.began is None else track.began
        waited = now - track.began
        if waited > LONGEST_MEASURED or len(track.readings) >= MOST_MEASURED:
            return
        track.watch.add_frame(face.landmarks, reading, None)
        evidence = self._judged(track.watch, now)
        if evidence.liveness_frames > len(track.readings):
            track.readings.append(reading)
            track.last_measured = now
        for mode, rule in RULES.items():
            if mode not in track.alive and looks_alive(evidence, rule) is True:
                track.alive[mode] = (len(track.readings), waited)

    def _judged(self, watch: LivenessWatch, now: float) -> FaceEvidence:
        asking = ChallengeRequest(RULES[JudgedBy.PASSIVE], self._frames, now)
        return watch.judge(FaceEvidence(FaceFinding.UNKNOWN), None, asking, known=False)

    @property
    def _frames(self) -> int:
        """How many frames have to be measured: a still has one."""
        return 1 if self._still else _RULE.frames

    # --- what it comes to ------------------------------------------------------------------

    def _passage(self, track: _Track, began: float, *, goes_on: bool) -> Passage:
        """What a face that was measured comes to.

        A passage that goes on from another counts only if its face was there for as long as it may be
        measured: what the end of a film cuts off must not count by how it came out.
        """
        cut_off = goes_on and track.last_seen - began < LONGEST_MEASURED
        whole = len(track.readings) >= self._frames and not cut_off
        nets = JudgedBy.VETO if self._mode is JudgedBy.VETO else JudgedBy.PASSIVE
        frames, seconds = track.alive.get(nets, (len(track.readings), track.last_measured - began))
        counted = track.readings[:frames]
        alive = {mode: mode in track.alive if whole else None for mode in RULES}
        vetoes = [reading.veto for reading in counted if reading.veto is not None]
        if len(vetoes) < self._frames:
            alive[JudgedBy.VETO] = None
        if not self._still:
            moved = bool(track.moves.seen)
            alive[JudgedBy.ACTIVE] = None if not whole else bool(alive[JudgedBy.PASSIVE]) and moved
        return Passage(
            outcome=_outcome(alive.get(self._mode)),
            at=self._since_begin(began),
            frames=frames,
            seconds=round(seconds, 3),
            measure=round(fused([reading.measure for reading in counted]), 4),
            nets={
                net: round(fused([reading.nets[net] for reading in counted]), 4) for net in counted[0].nets
            },
            veto=round(fmean(vetoes), 3) if vetoes else None,
            alive=alive,
            moves=tuple(move.value for move in track.moves.seen),
            refused=dict(track.refused),
            several=self._several,
        )

    def _unused(self, track: _Track) -> Passage:
        """What a face comes to of which no frame was measured."""
        outcome = PassageOutcome.QUALITY if track.refused else PassageOutcome.UNMEASURED
        at = self._since_begin(track.first_seen)
        return Passage(outcome, at=at, refused=dict(track.refused), several=self._several)

    def _since_begin(self, at: float) -> float:
        return round(at - (at if self._began is None else self._began), 3)


def _outcome(alive: bool | None) -> PassageOutcome:
    if alive is None:
        return PassageOutcome.UNMEASURED
    return PassageOutcome.ALIVE if alive else PassageOutcome.PICTURE
