"""The faces before one gate: what the frames of each have shown so far, and which one is meant."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from edge.decision import Cover, FaceEvidence, FaceFinding, FaceProblem, FaceRule, PassEvidence, PassVerdict
from edge.encounter.enough import mostly
from edge.encounter.values import Look, Recogniser
from edge.liveness import ChallengeRequest, LivenessWatch
from edge.vision.reports import FaceSighting, Sighting, meant_among

_MOST_LOOKS = 30
"""The newest looks at a face that count: an hour before the gate costs no more than a minute."""


@dataclass
class _Track:
    """What the frames of one face have shown so far."""

    last_seen: float
    looks: list[Look] = field(default_factory=list)
    problem: FaceProblem | None = None
    quality: float = 0.0
    alive: LivenessWatch = field(default_factory=LivenessWatch)
    covers: list[Cover | None] = field(default_factory=list)  # of each look
    embedded: int = 0  # how many looks there were
    recognised: tuple[int, FaceEvidence] | None = None  # of how many looks, and what it came to


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

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def see(self, sighting: Sighting, now: float) -> bool:
        """Take a frame into account; whether any face says something: a look, or why there is none."""
        self._present, self._frame_width = sighting.faces, float(sighting.width)
        speaking = [self._learn(face, now) for face in sighting.faces]
        return any(speaking)

    def forget(self, now: float, gone_after: float) -> None:
        """Forget whom no frame has shown for `gone_after` seconds."""
        self._tracks = {
            number: track for number, track in self._tracks.items() if now - track.last_seen <= gone_after
        }

    def clear(self) -> None:
        self._tracks.clear()
        self._present = ()

    def looks(self, track: int | None) -> tuple[Look, ...]:
        """The looks at the face of `track`, oldest first."""
        known = None if track is None else self._tracks.get(track)
        return () if known is None else tuple(known.looks)

    def meant(self, lingering: frozenset[int]) -> tuple[FaceSighting | None, bool]:
        """The face that is meant, and whether another beside it may as well be.

        Of the tracks `lingering` none is, while somebody else is there.
        """
        new = [face for face in self._present if face.track not in lingering]
        return meant_among(new or self._present, self._frame_width)

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
        """`evidence` with what shows whether the face is alive."""
        alive = self._tracks[face.track].alive
        return alive.judge(evidence, face.pose, asking, known=bool(face.template))

    def _learn(self, face: FaceSighting, now: float) -> bool:
        track = self._tracks.setdefault(face.track, _Track(now))
        track.last_seen = now
        track.problem = face.problem
        track.quality = max(track.quality, face.quality)
        track.alive.add_frame(face.landmarks, face.liveness, face.eyes)
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
