"""The faces before one gate: what the frames of each have shown so far, and which one is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from dataclasses import replace as changed

import numpy as np
from msgspec.structs import replace

from edge.decision import Cover, FaceEvidence, FaceFinding, FaceProblem, FaceRule, PassEvidence, PassVerdict
from edge.encounter.enough import mostly
from edge.encounter.presence import FaceInView, best
from edge.encounter.ripening import Ripening, after, is_ripe
from edge.encounter.values import Look, Recogniser
from edge.liveness import ChallengeRequest, LivenessWatch
from edge.vision.reports import AS_PROMINENT, FaceSighting, Sighting, foremost

_STILL_AS_PROMINENT = 0.7
"""And at least this, once it was: two faces at the limit are not two and one in turn."""

_LOST_FOR = 0.25
"""Seconds out of the frames after which a face that comes back unseen may be another's in the same place."""

_MOST_LOOKS = 30
"""The newest looks at a face that count: an hour before the gate costs no more than a minute."""


@dataclass
class _Track:
    """What the frames of one face have shown so far."""

    last_seen: float
    frame: int  # of that moment
    ripening: Ripening
    looks: list[Look] = field(default_factory=list)
    problem: FaceProblem | None = None
    quality: float = 0.0
    alive: LivenessWatch = field(default_factory=LivenessWatch)
    covers: list[Cover | None] = field(default_factory=list)  # of each look
    embedded: int = 0  # how many looks there were
    recognised: tuple[int, FaceEvidence] | None = None  # of how many looks, and what it came to

    def is_of(self, subject_id: str | None) -> bool:
        """Whether the newest looks were matched to this person."""
        if subject_id is None or self.recognised is None:
            return False
        face = self.recognised[1]
        return face.finding is FaceFinding.MATCHED and face.subject_id == subject_id


class FacesInView:
    """The tracks of one lane's faces. `frames` is how many looks have to agree where the policy's number does
    not apply: a still picture has one.
    """

    def __init__(self, recogniser: Recogniser, frames: int | None) -> None:
        self._recogniser = recogniser
        self._frames = frames
        self._tracks: dict[int, _Track] = {}
        self._present: tuple[FaceSighting, ...] = ()
        self._frame_width = 1.0
        self._frame = 0
        self._doubtful: dict[int, int] = {}  # the worker's number of a track → its own, while it is unseen
        self._unseen = 0
        self._several = False

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def see(self, sighting: Sighting, now: float) -> bool:
        """Take a frame into account; whether any face says something: a look, or why there is none."""
        self._frame, self._frame_width = self._frame + 1, float(sighting.width)
        self._present = tuple(self._own(face, now) for face in sighting.faces)
        speaking = [self._learn(face, now) for face in self._present]
        self._doubtful = {theirs: own for theirs, own in self._doubtful.items() if own in self._tracks}
        return any(speaking)

    @property
    def present(self) -> frozenset[int]:
        """The tracks of the last frame."""
        return frozenset(face.track for face in self._present)

    @property
    def moves(self) -> tuple[int, int] | None:
        """How many moves are done, of how many, by anyone of the last frame who is asked for them."""
        tracks = (self._tracks.get(face.track) for face in self._present)
        asked = (None if track is None else track.alive.moves for track in tracks)
        return next((moves for moves in asked if moves is not None), None)

    @property
    def perhaps(self) -> frozenset[int]:
        """Tracks that may be in the last frame: there is a face where theirs was, and it cannot be known."""
        present = self.present
        return frozenset(theirs for theirs, own in self._doubtful.items() if own in present)

    def missing_for(self, track: int, now: float) -> float:
        """How long (s) no frame has shown this track."""
        known = self._tracks.get(track)
        return float("inf") if known is None else now - known.last_seen

    def forget(self, now: float, gone_after: float) -> None:
        """Forget whom no frame has shown for `gone_after` seconds."""
        self._tracks = {
            number: track for number, track in self._tracks.items() if now - track.last_seen <= gone_after
        }
        self._present = tuple(face for face in self._present if face.track in self._tracks)

    def clear(self) -> None:
        self._tracks.clear()
        self._doubtful.clear()
        self._present, self._several = (), False

    def looks(self, track: int | None) -> tuple[Look, ...]:
        """The looks at the face of `track`, oldest first."""
        known = None if track is None else self._tracks.get(track)
        return () if known is None else tuple(known.looks)

    def hidden_face_of(self, subject_id: str | None) -> FaceInView | None:
        """The face by which somebody was recognised a moment ago, and that no frame shows now: they may hold
        a phone before it.
        """
        present = self.present
        hidden = [
            (track.last_seen, number)
            for number, track in self._tracks.items()
            if number not in present and track.is_of(subject_id)
        ]
        if not hidden:
            return None
        missing, number = max(hidden)
        return FaceInView(missing, frozenset({number}), best(self._tracks[number].looks))

    def meant(
        self, lingering: frozenset[int], codes: Iterable[PassEvidence], asking: ChallengeRequest
    ) -> tuple[FaceSighting | None, bool]:
        """The face that is meant, and whether another beside it may as well be.

        Of the tracks `lingering` none is, while somebody else is there. Of several that may be it is the one
        that is no picture, then the one that a genuine code names.
        """
        new = [face for face in self._present if face.track not in lingering] or self._present
        share = _STILL_AS_PROMINENT if self._several else AS_PROMINENT
        faces = foremost(new, self._frame_width, share)
        if len(faces) > 1:
            faces = [face for face in faces if not self._is_picture(face, asking)] or faces
            named = [face for face in faces if self._is_named(face, codes)]
            faces = named if len(named) == 1 else faces
        self._several = len(faces) > 1
        return next(iter(faces), None), self._several

    def is_ripe(self, track: int | None, face: FaceEvidence | None, asking: ChallengeRequest) -> bool:
        """Whether what is known of this face is as good as it will get."""
        known = None if track is None else self._tracks.get(track)
        if known is None or face is None:
            return True
        return is_ripe(known.ripening, face, asking.rule, asking.means, asking.now)

    def finding(self, face: FaceSighting, rule: FaceRule, *, beside: bool) -> FaceEvidence | None:
        """What is known of whose face it is; None where nothing is."""
        track = self._tracks[face.track]
        if beside:
            return FaceEvidence(FaceFinding.SEVERAL, frames=len(track.looks), quality=track.quality)
        if track.looks:
            return self._recognised(track, rule)
        problem = track.problem
        return None if problem is None else FaceEvidence(FaceFinding.UNUSABLE, problem=problem, frames=0)

    def confirmed(
        self, evidence: FaceEvidence, face: FaceSighting, code: PassEvidence | None
    ) -> FaceEvidence:
        """`evidence` with how like the face is to that of the person that a genuine code names."""
        looks = self.looks(face.track)
        if not looks or code is None or code.verdict is not PassVerdict.GENUINE:
            return evidence
        confirmation = self._recogniser.confirm(looks, code, evidence.covered)
        if confirmation is None:
            return evidence
        return replace(
            evidence,
            pass_score=confirmation.score,
            pass_threshold=confirmation.threshold,
            covered=confirmation.covered,
        )

    def judged(self, evidence: FaceEvidence, face: FaceSighting, asking: ChallengeRequest) -> FaceEvidence:
        """`evidence` with what shows whether the face is alive.

        A turn has to be seen of a face that could be compared: of one turned farther nobody knows whose it
        is, and a head behind a picture that is drawn aside would answer for it.
        """
        alive, pose = self._tracks[face.track].alive, None if face.problem is not None else face.pose
        return alive.judge(evidence, pose, asking, known=bool(face.template))

    # --- whose track it is -----------------------------------------------------------------

    def _own(self, face: FaceSighting, now: float) -> FaceSighting:
        """`face` under a number of its own, where it came back so that nobody can tell whose it is."""
        if face.template:
            self._doubtful.pop(face.track, None)
            return face
        known = self._tracks.get(face.track)
        lost = known is not None and known.frame < self._frame - 1 and now - known.last_seen > _LOST_FOR
        new = lost and face.track not in self._doubtful
        if new and known is not None and known.looks and face.problem is not None:
            self._unseen += 1
            self._doubtful[face.track] = -self._unseen
        return replace(face, track=self._doubtful.get(face.track, face.track))

    # --- which one is meant ----------------------------------------------------------------

    def _is_picture(self, face: FaceSighting, asking: ChallengeRequest) -> bool:
        track = self._tracks[face.track]
        seen = FaceEvidence(FaceFinding.UNKNOWN)
        judged = track.alive.judge(seen, None, changed(asking, choose=None), known=False)
        return judged.finding is FaceFinding.SPOOF and self.is_ripe(face.track, judged, asking)

    def _is_named(self, face: FaceSighting, codes: Iterable[PassEvidence]) -> bool:
        seen = FaceEvidence(FaceFinding.UNKNOWN)
        return any(self.confirmed(seen, face, code).confirms for code in codes)

    # --- what a frame adds -----------------------------------------------------------------

    def _learn(self, face: FaceSighting, now: float) -> bool:
        track = self._tracks.setdefault(face.track, _Track(now, self._frame, Ripening(now)))
        track.last_seen, track.frame = now, self._frame
        track.ripening = after(track.ripening, face, now)
        track.problem = face.problem
        track.quality = max(track.quality, face.quality)
        # Of eyes that are blurred or covered the mesh only guesses how open they are.
        hidden = face.problem is not None or face.covered is not None
        track.alive.add_frame(face.landmarks, face.liveness, face.eyes, hidden=hidden)
        if face.template:
            track.looks.append(Look(np.frombuffer(face.template, dtype="<f4"), face.quality))
            track.covers.append(face.covered)
            track.embedded += 1
            del track.looks[:-_MOST_LOOKS], track.covers[:-_MOST_LOOKS]
        return face.problem is not None or bool(track.looks)

    def _recognised(self, track: _Track, rule: FaceRule) -> FaceEvidence:
        """The 1:N search, done once for each new template rather than once for each frame."""
        count = len(track.looks)
        if track.recognised is None or track.recognised[0] != track.embedded:
            frames = self._frames or rule.frames
            covered = mostly(track.covers[-3:])
            evidence = self._recogniser.recognise(tuple(track.looks), rule, frames, covered)
            quality, enough = round(track.quality, 4), count >= frames
            track.recognised = (
                track.embedded,
                replace(evidence, quality=quality, enough=enough),
            )
        return track.recognised[1]
