"""Folds the sightings of one lane into encounters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as changed

from edge.decision import (
    FaceEvidence,
    FaceFinding,
    FaceRule,
    LivenessMeans,
    Mode,
    PassEvidence,
    PassVerdict,
)
from edge.encounter.admitted import AdmittedHere
from edge.encounter.choosing import STILL_THERE, HeldCode, chosen
from edge.encounter.codes import Refusal, ShownCodes
from edge.encounter.codes_in_view import Flood
from edge.encounter.configuration import Patience
from edge.encounter.enough import enough, waits_for
from edge.encounter.faces_in_view import FacesInView
from edge.encounter.open_encounter import OpenEncounter, undecided
from edge.encounter.presence import GrantOutcome, Pace, Presence
from edge.encounter.told import ToldHere, of_looks, of_several
from edge.encounter.values import Encounter, Look, Recogniser, Shown, Undecided
from edge.liveness import ChallengeRequest, Choose, is_asking
from edge.scanners.core import CodeScanned
from edge.vision.reports import CodeSighting, FaceSighting, Sighting

_ANOTHER_AFTER = 1.0
"""Seconds out of view after which a face that cannot be known is not the one that was there before."""


class EncounterTracker:
    """Folds the sightings of one lane into encounters, one person at a time."""

    def __init__(
        self,
        recogniser: Recogniser,
        patience: Patience,
        choose: Choose | None = None,
        frames: int | None = None,
        means: LivenessMeans = LivenessMeans.NETS,
    ) -> None:
        """`choose` draws what an active liveness check asks for; without it, none can be passed. `frames` is
        how many have to agree where the policy's number does not apply: a still picture has one. `means` is
        what the gate can do to see that a face is a living one.
        """
        self._means = means
        self._choose = choose
        self._recogniser = recogniser
        self._patience = patience
        self._frames = frames
        self._faces = FacesInView(recogniser, frames)
        self._codes = ShownCodes(recogniser, patience)
        self._open: OpenEncounter | None = None
        self._told = ToldHere(patience.ask_again_after, patience.gone_after, recogniser.same_face)
        self._admitted = AdmittedHere(
            Pace(patience.gone_after, patience.ask_again_after), recogniser.same_face
        )
        self._undecided: Undecided | None = None
        self._now = self._framed = self._scanned = float("-inf")
        self._in_frame: frozenset[str] = frozenset()  # the names of the last frame's codes
        self._scanner = ""

    def handle(self, sighting: Sighting, mode: Mode, rule: FaceRule) -> Encounter | None:
        """Take one frame into account.

        Returns a final Encounter when it is to be decided on, a provisional one while the person may be asked
        for what is missing (see `asking`), else None.
        """
        return self._take(sighting.captured, sighting.codes, sighting, mode, rule)

    def scan(self, scanned: CodeScanned, mode: Mode, rule: FaceRule) -> Encounter | None:
        """Take a code from a scanner into account, beside what the last frame showed; returns as `handle`."""
        self._scanner, self._scanned = scanned.scanner, scanned.at
        self._codes.passed_over(scanned.passed_over, scanned.at)
        return self._take(scanned.at, (CodeSighting(scanned.text, scanned.length),), None, mode, rule)

    def wait(self, now: float, mode: Mode, rule: FaceRule) -> Encounter | None:
        """Let time pass without a frame, and without a code; returns as `handle`."""
        return self._take(now, (), None, mode, rule)

    @property
    def waits(self) -> bool:
        """Whether time has to pass by `wait`: a scanner read something, and no frame has come since."""
        going_on = self._open or self._faces or self._codes or self._codes.flooded
        return self._scanned > self._framed and bool(going_on or self._told or self._admitted)

    def _take(
        self, at: float, codes: Sequence[CodeSighting], frame: Sighting | None, mode: Mode, rule: FaceRule
    ) -> Encounter | None:
        now = self._now = max(at, self._now)
        going_on = self._open
        self._forget(now)
        if going_on is not None and going_on.suspect is not None and self._open is None:
            return self._tell(going_on.suspect)
        self._learn(codes, frame, now)
        if self._open is None:
            return None
        self._open.took({} if frame is None else frame.timings)
        # Without a frame nobody has moved: a move that is asked for is not judged by the last one again.
        encounter = self._encounter(self._open, now, rule, None if frame is None else mode)
        if self._is_another(self._open, encounter, now):
            return self._make_room(self._open, now)
        if encounter.shown.track is not None:
            self._open.track = encounter.shown.track
        waited = now - self._open.began
        if self._is_old(encounter, self._open, now, mode):
            self._open = None
            return None
        somebody = bool(codes or self._open.scanned or (frame is not None and frame.faces))
        if somebody:
            self._open.frames, self._open.latest = self._open.frames + 1, encounter
        ripe = self._faces.is_ripe(encounter.shown.track, encounter.face, self._request(rule, now))
        settled, asking = ripe and waited >= self._patience.evidence_within, is_asking(encounter.face)
        wanted = self._asked_of(encounter.face, encounter.code, mode)
        if enough(encounter, wanted, rule, self._means, settled=settled) or (
            waited >= waits_for(encounter, self._open.scanned, self._patience) and not asking
        ):
            return self._tell(encounter)
        if settled and encounter.face is not None and encounter.face.finding is FaceFinding.SPOOF:
            self._open.suspect = encounter
        return encounter if somebody and (settled or asking) else None

    def finish(self, rule: FaceRule) -> Encounter | None:
        """The input has ended: conclude with what its frames have shown, and forget everybody."""
        going_on, now = self._open, self._now
        encounter = None
        if going_on is not None:
            encounter = self._encounter(going_on, now, rule)
            encounter = None if self._is_old(encounter, going_on, now) else self._tell(encounter)
        self.clear()
        return encounter

    def clear(self) -> None:
        """Begin anew; anyone who was let through and is here is forgotten too."""
        self._forget_everybody()
        self._told.clear()
        self._admitted.clear()
        self._now = self._framed = self._scanned = float("-inf")  # another film has times of its own
        self._in_frame = frozenset()

    # --- what became of an encounter -------------------------------------------------------

    def admitted(self, encounter: Encounter, subject_id: str | None, reference: str) -> None:
        """Somebody was let through: they are not let through again until they do something new."""
        looks, hidden = self._looks(encounter), self._faces.hidden_face_of(subject_id)
        self._admitted.add(encounter, looks, subject_id, reference, self._now, hidden)
        self._codes.accepted(encounter.shown)
        self._told.forget(encounter.conclusion)

    def refused(self, encounter: Encounter, refusal: Refusal, *, again: bool) -> None:
        """Somebody was not; `again`: not for their pass, which is decided on again while it is shown."""
        self._codes.refused(encounter.shown, refusal, again=again)
        self._told.refused(encounter, self._looks(encounter), refusal)

    def is_repeat(self, encounter: Encounter, refusal: Refusal) -> bool:
        """Whether the pass of this encounter was refused in these words before, and has been shown since."""
        return self._codes.is_repeat(encounter.shown, refusal)

    def stands_refused(self, encounter: Encounter, refusal: Refusal) -> bool:
        """Whether this person was refused in these words a minute ago or less, and has stood here since."""
        return self._told.was_refused(encounter, self._looks(encounter), refusal)

    def bad_pass(self, encounter: Encounter) -> Refusal | None:
        """Why the pass that this person shows was refused before; None where none was."""
        return self._codes.bad_pass_of(encounter.shown.track)

    def answered(self, reference: str, answer: GrantOutcome) -> None:
        """The lane has said what became of a grant."""
        self._admitted.answered(reference, answer, self._now)

    def undecided(self) -> Undecided | None:
        """An encounter that ended before it was decided on; told once."""
        ended, self._undecided = self._undecided, None
        return ended

    @property
    def in_view(self) -> frozenset[int]:
        """The tracks of the faces in the last frame."""
        return self._faces.present

    @property
    def moves(self) -> tuple[int, int] | None:
        """How many moves are done, of how many, by whom a challenge asks for them now."""
        return self._faces.moves

    def stuck(self) -> tuple[Presence, ...]:
        """Those to tell that they are not admitted again: each at once, and again while they stay."""
        return self._admitted.stuck(self._now, self._patience.ask_again_after)

    def flood(self, now: float) -> Flood | None:
        """Codes that were too many to be read, now and then, where there were any."""
        return self._codes.flood(now)

    # --- what was seen ---------------------------------------------------------------------

    def _learn(self, codes: Sequence[CodeSighting], frame: Sighting | None, now: float) -> None:
        passes, speaking = self._codes.see(codes, now), False
        if frame is None:  # nobody that the last frame showed has left
            passes, perhaps = passes | self._in_frame, self._admitted.tracks(frozenset())
        else:
            speaking = self._faces.see(frame, now)
            self._in_frame, self._framed, perhaps = passes, now, self._faces.perhaps
        tracks = self._faces.present
        self._told.see(tracks, passes, now)
        self._codes.renew_named(self._admitted.see(tracks, passes, now, perhaps))
        held = self._codes.to_decide(now, self._admitted.passes)
        if self._open is None and (speaking or held):
            self._open = OpenEncounter(began=now, input=self._scanner if frame is None else frame.input)
        if self._open is not None:
            since = self._open.codes_since
            self._open.codes |= {text: code for text, code in held.items() if code.last >= since}
            if frame is None and codes:
                self._open.input = self._scanner
                self._open.scanned |= {code.text for code in codes}

    def _forget(self, now: float) -> None:
        self._faces.forget(now, self._patience.gone_after)
        self._codes.forget(now, frozenset() if self._open is None else self._open.scanned)
        if now - self._framed > self._patience.gone_after:
            self._in_frame = frozenset()
        somebody = bool(self._faces or self._codes)
        self._told.look(now, somebody=somebody)
        if not somebody:
            self._undecided = self._undecided or undecided(self._open)
            self._forget_everybody()

    def _forget_everybody(self) -> None:
        """Nobody is in view: whatever they showed is new when it comes again."""
        self._faces.clear()
        self._codes.clear()
        self._open = None

    # --- what it comes to ------------------------------------------------------------------

    def _encounter(
        self, going_on: OpenEncounter, now: float, rule: FaceRule, mode: Mode | None = None
    ) -> Encounter:
        """What is known now; with a `mode`, one more frame of anyone whom it wants to see move."""
        codes = self._codes.together(going_on.codes)
        asking = self._request(rule, now)
        meant, beside = self._meant(codes, asking)
        face = None if meant is None else self._faces.finding(meant, rule, beside=beside)
        whose = None if face is None else face.subject_id
        held = chosen(codes, whose, now, self._patience) or self._left_in_view(whose, now)
        code = None if held is None else held.evidence
        if meant is not None and face is not None and not beside:
            face = self._faces.confirmed(face, meant, code)
            wanted = None if mode is None else self._asked_of(face, code, mode)
            asking = changed(asking, code=code, mode=wanted, choose=self._choose)
            face = self._faces.judged(face, meant, asking)
        return Encounter(
            input=going_on.input,
            face=face,
            code=code,
            began=going_on.began,
            ready=now,
            timings=dict(going_on.timings),
            shown=Shown(
                None if meant is None else meant.track,
                frozenset() if held is None else held.names,
                frozenset(
                    text
                    for text, code in going_on.codes.items()
                    if held is not None and code.since <= held.last
                ),
            ),
        )

    def _asked_of(self, face: FaceEvidence | None, code: PassEvidence | None, mode: Mode) -> Mode:
        """What `mode` comes to for this person: face and code, for who looks like somebody else, or was
        mistaken here.
        """
        who = code.subject_id if code is not None and code.verdict is PassVerdict.GENUINE else None
        if who is None and face is not None:
            who = face.subject_id
        either = mode in {Mode.FACE, Mode.FACE_OR_CODE}
        if not either or who is None:
            return mode
        genuine = code is not None and code.verdict is PassVerdict.GENUINE
        doubted = not genuine and face is not None and self._recogniser.in_doubt(face)
        return Mode.FACE_AND_CODE if doubted or self._recogniser.needs_both(who) else mode

    def _request(self, rule: FaceRule, now: float) -> ChallengeRequest:
        frames = self._frames or rule.liveness.frames
        return ChallengeRequest(rule.liveness, frames, now, means=self._means)

    def _meant(
        self, codes: tuple[HeldCode, ...], asking: ChallengeRequest
    ) -> tuple[FaceSighting | None, bool]:
        """The face that is meant, and whether another beside it may as well be.

        Anyone who was admitted and lingers is not, while somebody else is there.
        """
        genuine = [held.evidence for held in codes if held.evidence.verdict is PassVerdict.GENUINE]
        lingering = self._admitted.tracks(frozenset(evidence.subject_id for evidence in genuine))
        return self._faces.meant(lingering, genuine, asking)

    def _left_in_view(self, whose: str | None, now: float) -> HeldCode | None:
        """The pass that somebody who was admitted left before the gate, now that their face is back."""
        names = self._admitted.passes_of_returned(whose)
        return next(iter(self._codes.named(names, now).values()), None) if names else None

    def _looks(self, encounter: Encounter) -> tuple[Look, ...]:
        return self._faces.looks(encounter.shown.track)

    def _make_room(self, ended: OpenEncounter, now: float) -> Encounter | None:
        """Begin the next person's encounter; what the one before is to be told even so."""
        self._undecided = self._undecided or undecided(ended)
        told = None if ended.suspect is None else self._tell(ended.suspect)
        self._open = OpenEncounter(began=now, input=ended.input, codes_since=now - STILL_THERE)
        return told

    def _is_another(self, going_on: OpenEncounter, encounter: Encounter, now: float) -> bool:
        """Whether somebody else has taken the place of the one whom this encounter began with."""
        before, track = going_on.track, encounter.shown.track
        if before is None or track in {None, before} or before in self._faces.present:
            return False
        was, here = self._faces.looks(before), self._faces.looks(track)
        if was and here:
            return not self._recogniser.same_face(was, here)
        return bool(was) and self._faces.missing_for(before, now) > _ANOTHER_AFTER

    # --- what was told ---------------------------------------------------------------------

    def _is_old(
        self, encounter: Encounter, going_on: OpenEncounter, now: float, mode: Mode | None = None
    ) -> bool:
        """Whether this is somebody who was admitted, or adds nothing to what was decided on a moment ago."""
        free = mode is Mode.FREE
        if self._admitted.holds_back(encounter, self._looks(encounter), now, free=free):
            return True
        looks = self._looks(encounter)
        if self._told.again(encounter, looks):
            return True
        if any(not held.told for text, held in going_on.codes.items() if text in encounter.shown.texts):
            return False
        told, face = self._told.before(encounter, looks), encounter.face
        if encounter.conclusion in told:
            return True
        speaks = face is not None and (face.finding is FaceFinding.MATCHED or face.confirms)
        anybody = free and face is not None and face.frames > 0
        # What two were told together says nothing of the one who is left.
        alone = face is not None and face.finding is not FaceFinding.SEVERAL
        # Nor what they were told to change of a face that is as it should be now.
        plain = face is not None and face.problem is None and face.covered is None
        theirs = [one for one in told if not (alone and of_several(one)) and not (plain and of_looks(one))]
        return not speaks and not anybody and bool(theirs)

    def _tell(self, encounter: Encounter) -> Encounter:
        self._open = None
        self._told.tell(encounter, self._looks(encounter))
        self._codes.decided(encounter.shown.texts)
        return changed(encounter, final=True)
