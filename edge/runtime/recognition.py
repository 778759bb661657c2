"""What the registry and the credential check say of a face and a code: the encounter's `Recogniser`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from msgspec.structs import replace

from edge.calibration.format import Calibration, FaceThresholds, thresholds_under
from edge.credentials.at_the_gate import Certificates, evidence_at_gate, evidence_of_parts
from edge.credentials.code import CodeTrust
from edge.credentials.known import Rights, names_of_uses, with_next_use
from edge.credentials.trust import PassTrust
from edge.credentials.trust_lists import IssuerLists
from edge.decision import (
    Cover,
    Direction,
    FaceEvidence,
    FaceFinding,
    FaceRule,
    PassEvidence,
    PassUse,
    PassVerdict,
    WallTime,
    in_doubt,
)
from edge.encounter import Confirmation, Look, Template
from edge.registry.format import Registry
from edge.registry.gallery import Gallery


@dataclass(frozen=True)
class Holdings:
    """The registry that is in force, with the gallery made of it; replaced as one, never changed."""

    registry: Registry
    gallery: Gallery
    lists: IssuerLists = field(default_factory=IssuerLists)
    calibration: Calibration | None = None

    def code_trust(self, wall: WallTime, here: Rights) -> CodeTrust:
        """Whom to believe at `wall`: the site's own pass keys, and the issuers on the lists; and the rights
        of codes known by a digest: the registry's, and those that were given `here`.
        """
        registry, lists = self.registry, self.lists
        passes = PassTrust(
            site=registry.site,
            keys=registry.pass_keys,
            revoked=registry.revoked_passes,
            proof_window=timedelta(seconds=registry.policy.proof_window),
        )
        freshness = lists.freshness(wall, registry.policy.certificates.staleness)
        rights = (registry.numbers, here) if registry.policy.numbers.count else (here,)
        return CodeTrust(passes, lists.issuers, lists.revocations, freshness, rights)

    @cached_property
    def thresholds(self) -> FaceThresholds | None:
        """What a face needs among these many; None where nothing was measured of the engine."""
        if self.calibration is None:
            return None
        return thresholds_under(self.registry.policy.face, self.calibration, self.gallery.templates)

    @cached_property
    def certificates(self) -> Certificates:
        """Whose certificates the registry knows, and what they have to say."""
        links = {
            link: subject.id for subject in self.registry.subjects.values() for link in subject.certificates
        }
        return Certificates(links, self.registry.policy.certificates)


def nobody_doubted(subject_id: str) -> float | None:
    """Up to which similarity the face of a subject is in doubt, at a gate where no face was mistaken."""
    del subject_id
    return None


def no_rights() -> Rights:
    """A gate at which nobody was given any."""
    return {}


@dataclass(frozen=True)
class RegistryRecogniser:
    """Recognises by the holdings of this moment; without any, nobody is known and no pass trusted.

    `doubted` says up to which similarity somebody's face does not count alone at this gate (None: it does);
    `here` are the rights that staff gave at this gate, `directions` the ways that it lets people through.
    """

    holdings: Callable[[], Holdings | None]
    wall: Callable[[], WallTime]
    use_of: Callable[[str, datetime | None], PassUse]
    doubted: Callable[[str], float | None] = nobody_doubted
    here: Callable[[], Rights] = no_rights
    directions: tuple[Direction, ...] = (Direction.ENTRY,)

    def read_code(self, text: str, length: int) -> PassEvidence:
        holdings = self.holdings()
        if length > len(text):
            return PassEvidence(PassVerdict.TOO_LONG, detail=f"{length} characters")
        if holdings is None:
            return PassEvidence(PassVerdict.UNTRUSTED_ISSUER, detail="the gate holds no registry")
        wall = self.wall()
        return self._with_use(
            evidence_at_gate(text, holdings.code_trust(wall, self.here()), wall, holdings.certificates)
        )

    def read_again(self, evidence: PassEvidence) -> PassEvidence:
        """A code that was read a moment ago, as it counts now: it may be revoked or used up meanwhile."""
        holdings, name = self.holdings(), evidence.pass_id
        if evidence.verdict is not PassVerdict.GENUINE or name is None:
            return evidence
        if holdings is not None and name in holdings.registry.revoked_passes:
            return replace(evidence, verdict=PassVerdict.REVOKED)
        return self._with_use(evidence)

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        holdings = self.holdings()
        if holdings is None:
            return PassEvidence(PassVerdict.UNTRUSTED_ISSUER, detail="the gate holds no registry")
        wall = self.wall()
        return evidence_of_parts(texts, holdings.code_trust(wall, self.here()), wall, holdings.certificates)

    def recognise(
        self, looks: tuple[Look, ...], rule: FaceRule, frames: int, covered: Cover | None = None
    ) -> FaceEvidence:
        """Search by the mean of the looks; at least `frames` single ones must name the same person.

        A face as like somebody as an uncovered one has to be is not covered, whatever seems to lie over it.
        """
        holdings, seen = self.holdings(), len(looks)
        if holdings is None or holdings.thresholds is None:
            return FaceEvidence(FaceFinding.UNKNOWN, frames=seen, covered=covered)
        gallery, needed = holdings.gallery, holdings.thresholds
        match = gallery.search(fused(looks))
        if match is None:
            return FaceEvidence(FaceFinding.UNKNOWN, frames=seen, covered=covered)
        covered = None if match.score >= needed.identify else covered
        threshold = needed.identify_needed(covered=covered is not None)
        finding = FaceFinding.MATCHED
        if match.score < threshold:
            finding = FaceFinding.UNKNOWN
        elif match.score - max(match.runner_up, 0.0) < rule.margin:
            finding = FaceFinding.AMBIGUOUS
        elif _agreeing(looks, match.subject_id, gallery) < frames:
            finding = FaceFinding.UNKNOWN
        return FaceEvidence(
            finding,
            subject_id=match.subject_id if finding is FaceFinding.MATCHED else None,
            score=match.score,
            runner_up=match.runner_up,
            threshold=threshold,
            frames=seen,
            covered=covered,
        )

    def confirm(
        self, looks: tuple[Look, ...], code: PassEvidence, covered: Cover | None = None
    ) -> Confirmation | None:
        holdings = self.holdings()
        if holdings is None or holdings.thresholds is None or code.subject_id is None:
            return None
        score = holdings.gallery.similarity(code.subject_id, fused(looks), code.face_commitment)
        if score is None:
            return None
        covered = None if score >= holdings.thresholds.confirm else covered
        needed = holdings.thresholds.confirm_needed(covered=covered is not None)
        return Confirmation(score, needed, covered)

    def same_face(self, one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
        holdings = self.holdings()
        if holdings is None or holdings.thresholds is None or not one or not other:
            return False
        needed = holdings.thresholds.confirm_needed(covered=False)
        return float(np.dot(fused(one), fused(other))) >= needed

    def needs_both(self, subject_id: str) -> bool:
        holdings = self.holdings()
        subject = None if holdings is None else holdings.registry.subjects.get(subject_id)
        return subject is not None and subject.second_factor

    def in_doubt(self, face: FaceEvidence) -> bool:
        return face.subject_id is not None and in_doubt(face.score, self.doubted(face.subject_id))

    def _with_use(self, evidence: PassEvidence) -> PassEvidence:
        if not evidence.once or evidence.pass_id is None:
            return evidence
        if evidence.uses:
            return self._with_next_use(evidence)
        use = self.use_of(evidence.pass_id, evidence.issued)
        return replace(evidence, used=use is PassUse.USED, use_unknown=use is PassUse.UNKNOWN)

    def _with_next_use(self, evidence: PassEvidence) -> PassEvidence:
        """A code that opens several times, with the first use of it that is left."""
        use = PassUse.USED
        for name in names_of_uses(evidence, self.directions):
            use = self.use_of(name, evidence.issued)
            if use is not PassUse.USED:
                return with_next_use(evidence, name if use is PassUse.UNUSED else None, use)
        return with_next_use(evidence, None, use)


def _agreeing(looks: tuple[Look, ...], subject_id: str, gallery: Gallery) -> int:
    """How many of the looks, each by itself, are most like this subject."""
    if len(looks) == 1:
        return 1
    matches = (gallery.search(look.template) for look in looks)
    return sum(match is not None and match.subject_id == subject_id for match in matches)


_LEAST_WEIGHT = 0.05
"""What the poorest usable look still counts beside the best."""


def fused(looks: tuple[Look, ...]) -> Template:
    """The mean of `looks`, each weighted by its quality: its cosine with anybody is the mean of theirs.

    It is not brought to unit length. That would raise every score by as much as the looks differ, also a
    stranger's, and a threshold measured on single frames would let more in than it promises.
    """
    weights = np.array([max(look.quality, _LEAST_WEIGHT) for look in looks], np.float32)
    return np.asarray((weights / weights.sum()) @ np.stack([look.template for look in looks]), np.float32)
