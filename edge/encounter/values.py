"""What an encounter is, what it is made of, and what it asks of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.decision import Cover, FaceEvidence, FaceRule, PassEvidence

Template = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """A face in one frame that could be used: its unit vector (d) and its quality in [0, 1]."""

    template: Template
    quality: float = 1.0


@dataclass(frozen=True)
class Confirmation:
    """The comparison with one person's enrolled face: the cosine, what it had to reach, and what covers the
    face that did not reach what an uncovered one needs.
    """

    score: float
    threshold: float
    covered: Cover | None = None


class Recogniser(Protocol):
    """What an encounter asks of the registry and of the credential check."""

    def read_code(self, text: str, length: int) -> PassEvidence:
        """What a scanned code is; `length` is its true length where `text` was cut."""
        ...

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        """What the parts of one code come to, as they were shown; INCOMPLETE while some are missing."""
        ...

    def recognise(
        self, looks: tuple[Look, ...], rule: FaceRule, frames: int, covered: Cover | None
    ) -> FaceEvidence:
        """Whose face it is, from one track's looks, of which at least `frames` must agree.

        What seems to be `covered` is in the evidence only below what an uncovered face needs.
        """
        ...

    def confirm(
        self, looks: tuple[Look, ...], code: PassEvidence, covered: Cover | None
    ) -> Confirmation | None:
        """How like the enrolled face of whom `code` names it is; None where none is enrolled."""
        ...

    def same_face(self, one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
        """Whether the looks of two tracks are of one person, as far as the 1:1 threshold tells."""
        ...

    def needs_both(self, subject_id: str) -> bool:
        """Whether this person's face or code is not enough by itself, where a gate takes either."""
        ...

    def in_doubt(self, face: FaceEvidence) -> bool:
        """Whether this face does not count alone, because one like it was mistaken at this gate."""
        ...


@dataclass(frozen=True)
class Shown:
    """What an encounter rests on: the track of the face, and the codes by their names and their texts.

    A pass goes by its id, so that one whose code changes on a phone stays the same; any other code goes by
    its text.
    """

    track: int | None = None
    passes: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Encounter:
    """One person's evidence. Only a `final` one is decided on; before, it says what to ask them for.

    `began` and `ready` are when the first and the last frame were taken that it rests on (monotonic
    seconds); `timings` the longest milliseconds that each stage took for one of them.
    """

    input: str
    face: FaceEvidence | None
    code: PassEvidence | None
    began: float
    ready: float
    final: bool = False
    timings: dict[str, float] = field(default_factory=dict)
    shown: Shown = Shown()

    @property
    def conclusion(self) -> tuple[object, ...]:
        """What it comes to, scores left out: the same conclusion is not told twice."""
        face, code = self.face, self.code
        return (
            None
            if face is None
            else (face.finding, face.problem, face.subject_id, face.covered, face.challenge, face.asked),
            None if code is None else (code.verdict, code.pass_id, code.subject_id),
        )


@dataclass(frozen=True)
class Undecided:
    """An encounter that ended without a decision, as the last of `frames` that showed somebody left it."""

    encounter: Encounter
    frames: int

    @property
    def seconds(self) -> float:
        """How long they stood there."""
        return self.encounter.ready - self.encounter.began
