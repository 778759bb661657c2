"""Folds the sightings of one lane into encounters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from edge.codes_in_view import CodesInView, Flood
from edge.decision.evidence import Cover, FaceEvidence, FaceFinding, PassEvidence, PassVerdict
from edge.decision.policy import FaceRule, Mode
from edge.encounter.enough import enough, mostly, together
from edge.encounter.values import Encounter, Look, Patience, Recogniser
from edge.liveness.challenge import Choose
from edge.liveness.watch import Asking, LivenessWatch, is_asking
from edge.vision.sighting import CodeSighting, FaceProblem, FaceSighting, Sighting, prominence

_AS_PROMINENT = 0.8
"""A second face at least this prominent, relative to the first, may as well be the one that is meant."""


@dataclass
class _Track:
    """What the frames of one face have shown so far."""

    last_seen: float
    looks: list[Look] = field(default_factory=list)
    problem: FaceProblem | None = None
    quality: float = 0.0
    alive: LivenessWatch = field(default_factory=LivenessWatch)
    covers: list[Cover | None] = field(default_factory=list)  # of each look
    recognised: tuple[int, FaceEvidence] | None = None  # for how many looks, and what it came to


@dataclass
class _Open:
    """The encounter that is going on."""

    began: float
    input: str
    codes: list[PassEvidence] = field(default_factory=list)
    parts: tuple[str, ...] = ()
    whole: PassEvidence | None = None  # what the parts come to
    timings: dict[str, float] = field(default_factory=dict)
    asked: tuple[object, ...] | None = None
    suspect: Encounter | None = None  # what is told even if they go: a face that was taken for a picture


class EncounterDesk:
    """Folds the sightings of one lane into encounters, one person at a time."""

    def __init__(self, recogniser: Recogniser, patience: Patience, choose: Choose | None = None) -> None:
        """`choose` draws what an active liveness check asks for; without it, none can be passed."""
        self._choose = choose
        self._recogniser = recogniser
        self._patience = patience
        self._tracks: dict[int, _Track] = {}
        self._present: tuple[FaceSighting, ...] = ()
        self._frame_width = 1.0
        self._codes = CodesInView(patience.gone_after)
        self._open: _Open | None = None
        self._told: dict[tuple[object, ...], float] = {}
        self._admitted: dict[str, float] = {}

    def look(self, sighting: Sighting, mode: Mode, rule: FaceRule) -> Encounter | None:
        """Take one frame into account.

        Returns a final Encounter when it is to be decided on, a provisional one when the person is to be
        asked for something (once for each thing), else None.
        """
        now, going_on = sighting.captured, self._open
        self._forget(now)
        if going_on is not None and going_on.suspect is not None and self._open is None:
            return self._tell(going_on.suspect)
        self._learn(sighting)
        if self._open is None:
            return None
        for stage, milliseconds in sighting.timings.items():
            self._open.timings[stage] = max(self._open.timings.get(stage, 0.0), milliseconds)
        encounter = self._encounter(self._open, now, rule, mode)
        waited = now - self._open.began
        if self._already_told(encounter, now):
            self._open = None
            return None
        settled, asking = waited >= self._patience.evidence_within, is_asking(encounter.face)
        wanted = self._asked_of(encounter.face, encounter.code, mode)
        if enough(encounter, wanted, rule, settled=settled) or (
            waited >= self._patience.give_up_after and not asking
        ):
            return self._tell(encounter)
        if settled and encounter.face is not None and encounter.face.finding is FaceFinding.SPOOF:
            self._open.suspect = encounter
        asked = encounter.face is not None and encounter.face.asked is not None
        if (settled or asked) and encounter.conclusion != self._open.asked:
            self._open.asked = encounter.conclusion
            return encounter
        return None

    def finish(self, now: float, rule: FaceRule) -> Encounter | None:
        """The input has ended at `now`: conclude with what there is, and forget everybody."""
        going_on = self._open
        encounter = None
        if going_on is not None:
            encounter = self._encounter(going_on, now, rule)
            encounter = None if self._already_told(encounter, now) else self._tell(encounter)
        self.clear()
        return encounter

    def admitted(self, subject_id: str, now: float) -> None:
        """Whoever was let through is not asked again while they walk on, by whatever they still show."""
        self._admitted[subject_id] = now

    def flood(self, now: float) -> Flood | None:
        """Codes that were too many to be read, now and then, where there were any."""
        return self._codes.flood(now)

    def clear(self) -> None:
        """Forget whoever was here."""
        self._tracks.clear()
        self._present = ()
        self._codes.clear()
        self._open = None
        self._told.clear()
        self._admitted.clear()

    # --- what was seen ---------------------------------------------------------------------

    def _learn(self, sighting: Sighting) -> None:
        now = sighting.captured
        self._present, self._frame_width = sighting.faces, float(sighting.width)
        for face in sighting.faces:
            if self._learn_face(face, now):
                self._begin(sighting)
        for code in self._codes.new(sighting.codes, now):
            self._learn_code(self._begin(sighting), code)

    def _learn_code(self, going_on: _Open, code: CodeSighting) -> None:
        evidence = self._recogniser.read_code(code.text, code.length)
        if evidence.verdict is PassVerdict.INCOMPLETE:
            going_on.parts += (code.text,)
            going_on.whole = self._recogniser.read_parts(going_on.parts)
        else:
            going_on.codes.append(evidence)

    def _learn_face(self, face: FaceSighting, now: float) -> bool:
        """Whether this track has anything to say: a template, or a reason why there is none."""
        track = self._tracks.setdefault(face.track, _Track(now))
        track.last_seen = now
        track.problem = face.problem
        track.quality = max(track.quality, face.quality)
        track.alive.see(face.landmarks, face.liveness)
        if face.template:
            track.looks.append(Look(np.frombuffer(face.template, dtype="<f4"), face.quality))
            track.covers.append(face.covered)
        return face.problem is not None or bool(track.looks)

    def _begin(self, sighting: Sighting) -> _Open:
        if self._open is None:
            self._open = _Open(began=sighting.captured, input=sighting.input)
        return self._open

    def _forget(self, now: float) -> None:
        gone_after = self._patience.gone_after
        for number, track in list(self._tracks.items()):
            if now - track.last_seen > gone_after:
                del self._tracks[number]
        self._codes.forget(now)
        if not self._tracks and not self._codes:
            self.clear()

    # --- what it comes to ------------------------------------------------------------------

    def _encounter(self, going_on: _Open, now: float, rule: FaceRule, mode: Mode | None = None) -> Encounter:
        """What is known now; with a `mode`, one more frame of whoever it wants to see move."""
        code = together(going_on.codes if going_on.whole is None else [*going_on.codes, going_on.whole])
        frames = self._patience.frames or rule.liveness.frames
        face = self._face(rule, code)
        wanted = None if mode is None else self._asked_of(face, code, mode)
        asking = Asking(rule.liveness, frames, now, code, wanted, self._choose)
        return Encounter(
            input=going_on.input,
            face=self._alive(face, asking),
            code=code,
            began=going_on.began,
            ready=now,
            timings=dict(going_on.timings),
        )

    def _asked_of(self, face: FaceEvidence | None, code: PassEvidence | None, mode: Mode) -> Mode:
        """What `mode` comes to for this person: face and code, for who looks like somebody else."""
        who = code.subject_id if code is not None and code.verdict is PassVerdict.GENUINE else None
        if who is None and face is not None:
            who = face.subject_id
        either = mode in {Mode.FACE, Mode.FACE_OR_CODE}
        both = either and who is not None and self._recogniser.needs_both(who)
        return Mode.FACE_AND_CODE if both else mode

    def _face(self, rule: FaceRule, code: PassEvidence | None) -> FaceEvidence | None:
        faces = sorted(self._present, key=self._prominence, reverse=True)
        if not faces:
            return None
        track = self._tracks[faces[0].track]
        if len(faces) > 1 and self._prominence(faces[1]) >= _AS_PROMINENT * self._prominence(faces[0]):
            return FaceEvidence(FaceFinding.SEVERAL, frames=len(track.looks), quality=track.quality)
        if not track.looks:
            return None if track.problem is None else FaceEvidence(FaceFinding(track.problem), frames=0)
        evidence = self._recognised(track, rule)
        if code is None or code.verdict is not PassVerdict.GENUINE:
            return evidence
        confirmation = self._recogniser.confirm(tuple(track.looks), code, evidence.covered)
        if confirmation is None:
            return evidence
        return replace(evidence, pass_score=confirmation.score, pass_threshold=confirmation.threshold)

    def _alive(self, evidence: FaceEvidence | None, asking: Asking) -> FaceEvidence | None:
        """`evidence` with what is known of the face being a living one; who is to move is asked to."""
        if evidence is None or evidence.finding is FaceFinding.SEVERAL:
            return evidence
        face = max(self._present, key=self._prominence)
        watch = self._tracks[face.track].alive
        return watch.judge(evidence, face.landmarks, asking, known=bool(face.template))

    def _prominence(self, face: FaceSighting) -> float:
        return prominence(face.box, self._frame_width)

    def _recognised(self, track: _Track, rule: FaceRule) -> FaceEvidence:
        """The 1:N search, done once for each new template rather than once for each frame."""
        count = len(track.looks)
        if track.recognised is None or track.recognised[0] != count:
            frames = self._patience.frames or rule.frames
            covered = mostly(track.covers[-3:])
            evidence = self._recogniser.recognise(tuple(track.looks), rule, frames, covered)
            quality, enough = round(track.quality, 4), count >= frames
            track.recognised = count, replace(evidence, quality=quality, enough=enough, covered=covered)
        return track.recognised[1]

    def _already_told(self, encounter: Encounter, now: float) -> bool:
        """Whether this adds nothing to what was decided on while the same people stood here."""
        if encounter.code is not None:
            subject = encounter.code.subject_id
        else:
            subject = encounter.face.subject_id if encounter.face is not None else None
        again = self._patience.ask_again_after
        if subject is not None and now - self._admitted.get(subject, -again) < again:
            return True
        if encounter.code is not None or not self._told:
            return False
        if encounter.conclusion in self._told:
            return now - self._told[encounter.conclusion] < again
        matched = encounter.face is not None and encounter.face.finding is FaceFinding.MATCHED
        return not matched and now - max(self._told.values()) < again

    def _tell(self, encounter: Encounter) -> Encounter:
        self._open = None
        self._told[encounter.conclusion] = encounter.ready
        return Encounter(
            input=encounter.input,
            face=encounter.face,
            code=encounter.code,
            began=encounter.began,
            ready=encounter.ready,
            final=True,
            timings=encounter.timings,
        )
