"""What was seen in one encounter: the face, the pass, the temperature."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from edge.decision.faces import Cover, FaceProblem
from edge.decision.moves import ChallengeState, Move


class FaceFinding(StrEnum):
    """The result of looking at the face."""

    MATCHED = "matched"
    UNKNOWN = "unknown"  # below the threshold: nobody the registry knows
    AMBIGUOUS = "ambiguous"  # above it, but the runner-up is too close
    UNUSABLE = "unusable"  # seen, and not good enough: the problem says why
    SEVERAL = "several"  # two or more faces as near as each other
    SPOOF = "spoof"  # liveness: not a living face


class FaceEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One look at a face, fused over the frames of an encounter.

    `score` and `runner_up` are cosine similarities in [-1, 1] of the best and the second-best subject
    (two templates of one subject are never each other's runner-up), `threshold` what the score had to reach.
    `subject_id` is set for MATCHED only, and a MATCHED face that names nobody is refused where it is made.
    `problem` says what makes an UNUSABLE face so.
    `pass_score` is the similarity to the template of the subject whom the pass names (1:1), `pass_threshold`
    what that had to reach. `enough` says that as many frames were usable as the policy asks for. `liveness`
    is in [0, 1], None until it was measured in as many frames as the policy asks for that; `liveness_frames`
    says in how many it was. `veto` is the mean of the veto net over those frames, None where it was not asked
    in as many. `challenge` is how far the asking for moves has come, `asked` what is asked now; None where
    nothing is.
    """

    finding: FaceFinding
    subject_id: str | None = None
    problem: FaceProblem | None = None
    score: float | None = None
    runner_up: float | None = None
    threshold: float | None = None
    pass_score: float | None = None
    pass_threshold: float | None = None
    liveness: float | None = None
    liveness_frames: int = 0
    veto: float | None = None
    challenge: ChallengeState | None = None
    asked: Move | None = None
    frames: int = 1
    enough: bool = True
    quality: float | None = None
    covered: Cover | None = None

    def __post_init__(self) -> None:
        if self.finding is FaceFinding.MATCHED and not self.subject_id:
            raise ValueError("a matched face needs a subject")
        if (self.finding is FaceFinding.UNUSABLE) != (self.problem is not None):
            raise ValueError("a face is unusable if, and only if, it has a problem")

    @property
    def confirms(self) -> bool:
        """Whether the face is that of the person whom the pass names."""
        return (
            self.enough
            and self.pass_score is not None
            and self.pass_threshold is not None
            and self.pass_score >= self.pass_threshold
        )


class PassVerdict(StrEnum):
    """The verdict of the credential check on a scanned code, before any policy."""

    GENUINE = "genuine"
    FORGED = "forged"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    UNREADABLE = "unreadable"
    NOT_A_PASS = "not_a_pass"
    TOO_LONG = "too_long"
    OTHER_SITE = "other_site"
    CLOCK_UNSURE = "clock_unsure"
    NOT_FRESH = "not_fresh"  # a pass that lives on a phone, shown as a picture of it or too late
    INSUFFICIENT = "insufficient"  # a genuine certificate that does not meet the site's rules
    HOLDER_UNKNOWN = "holder_unknown"  # a genuine certificate that nothing binds to this person
    SEVERAL = "several"  # two passes of different people at once
    INCOMPLETE = "incomplete"  # one of several codes that make one certificate
    UNKNOWN_CODE = "unknown_code"  # a number that is nobody's, or a code that another gate gave
    KEYPAD_RESTS = "keypad_rests"  # a number that was not looked at, after too many wrong ones


class PassKind(StrEnum):
    RESIDENT = "resident"
    VISITOR = "visitor"
    PROBE = "probe"  # a test code, which a gate shows to itself: it names nobody and opens nothing


class PassUse(StrEnum):
    """Whether a one-time pass opened before."""

    UNUSED = "unused"
    USED = "used"
    UNKNOWN = "unknown"  # the store cannot tell, or its records are lost


class PassEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A scanned code and what its verification found.

    Everything below `verdict` is filled from signed claims only, so it is empty unless the signature
    was genuine (EXPIRED, NOT_YET_VALID, REVOKED and OTHER_SITE passes are genuine in that sense). A GENUINE
    code names its subject; one that does not is refused where it is made.
    `gates` empty means every gate of the site. `used` says that a one-time pass was used before,
    `use_unknown` that nobody knows whether it was, `issued` when it was made.
    A code that opens a number of times has the number that holds each way in `uses`, and in `use` the name
    under which this use is to be written down; without a name it is that of the pass.
    `timed` says that the pass depends on the clock. A `face_bound` pass counts only with the face of the
    one enrolled template whose SHA-256 is `face_commitment`.
    """

    verdict: PassVerdict
    detail: str = ""
    kind: PassKind | None = None
    pass_id: str | None = None
    subject_id: str | None = None
    gates: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    once: bool = False
    used: bool = False
    use_unknown: bool = False
    issued: datetime | None = None
    timed: bool = False
    face_bound: bool = False
    face_commitment: bytes | None = None
    uses: int = 0
    use: str | None = None

    def __post_init__(self) -> None:
        if self.verdict is PassVerdict.GENUINE and not self.subject_id:
            raise ValueError("a genuine code needs a subject")

    @property
    def uses_up(self) -> str | None:
        """The name that is used up when this code opens; None: it opens as often as it is shown."""
        return (self.use or self.pass_id) if self.once else None


class TemperatureReading(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reading in °C. `celsius` is what the thermometer gave (`raw`) with `offset`, which is configuration.

    `again` is the same of a second measurement, made later of the same person; without it a reading has
    no consequence. `valid` is False where distance, ambient temperature, unsteadiness or drift make it
    worthless; `why` says which. `ambient` (°C) and `distance` (mm) are None where nothing measures them.
    """

    celsius: float
    valid: bool = True
    why: str = ""
    again: float | None = None
    raw: float | None = None
    offset: float = 0.0
    ambient: float | None = None
    distance: float | None = None

    @property
    def confirmed(self) -> float | None:
        """What two valid measurements agree on at least: the lower; None where there are not two."""
        return None if self.again is None or not self.valid else min(self.celsius, self.again)


class Direction(StrEnum):
    ENTRY = "entry"
    EXIT = "exit"


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything seen of one person in one encounter; None means it was not seen."""

    direction: Direction
    face: FaceEvidence | None = None
    code: PassEvidence | None = None
    temperature: TemperatureReading | None = None
