"""What the registry and the credential check say of a face and a code: the encounter's `Recogniser`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import numpy as np
from msgspec.structs import replace

from edge.credentials.at_the_gate import Certificates, evidence_at_gate, evidence_of_parts
from edge.credentials.code import CodeTrust
from edge.credentials.reading import PassTrust
from edge.credentials.trust_list import IssuerLists
from edge.decision.evidence import FaceEvidence, FaceFinding, PassEvidence, PassVerdict
from edge.decision.policy import FaceRule
from edge.decision.situation import WallTime
from edge.encounter import Template
from edge.registry.bundle import Registry
from edge.registry.gallery import Gallery


@dataclass(frozen=True)
class Holdings:
    """The registry that is in force, with the gallery made of it; replaced as one, never changed."""

    registry: Registry
    gallery: Gallery
    lists: IssuerLists = field(default_factory=IssuerLists)

    def code_trust(self, wall: WallTime) -> CodeTrust:
        """Whom to believe at `wall`: the site's own pass keys, and the issuers on the lists."""
        registry, lists = self.registry, self.lists
        passes = PassTrust(
            site=registry.site,
            keys=registry.pass_keys,
            revoked=registry.revoked_passes,
            proof_window=timedelta(seconds=registry.policy.proof_window),
        )
        freshness = lists.freshness(wall, registry.policy.certificates.staleness)
        return CodeTrust(passes, lists.issuers, lists.revocations, freshness)

    @cached_property
    def certificates(self) -> Certificates:
        """Whose certificates the registry knows, and what they have to say."""
        links = {
            int(identifier, 16): subject.id
            for subject in self.registry.subjects.values()
            for identifier in subject.certificates
        }
        return Certificates(links, self.registry.policy.certificates)


@dataclass(frozen=True)
class RegistryRecogniser:
    """Recognises by the holdings of this moment; without any, nobody is known and no pass trusted."""

    holdings: Callable[[], Holdings | None]
    wall: Callable[[], WallTime]
    was_used: Callable[[str], bool]

    def read_code(self, text: str, length: int) -> PassEvidence:
        holdings = self.holdings()
        if length > len(text):
            return PassEvidence(PassVerdict.TOO_LONG, detail=f"{length} characters")
        if holdings is None:
            return PassEvidence(PassVerdict.UNTRUSTED_ISSUER, detail="the gate holds no registry")
        wall = self.wall()
        evidence = evidence_at_gate(text, holdings.code_trust(wall), wall, holdings.certificates)
        if evidence.once and evidence.pass_id is not None and self.was_used(evidence.pass_id):
            return replace(evidence, used=True)
        return evidence

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        holdings = self.holdings()
        if holdings is None:
            return PassEvidence(PassVerdict.UNTRUSTED_ISSUER, detail="the gate holds no registry")
        wall = self.wall()
        return evidence_of_parts(texts, holdings.code_trust(wall), wall, holdings.certificates)

    def recognise(self, templates: tuple[Template, ...], rule: FaceRule, frames: int) -> FaceEvidence:
        """Search the fused template; at least `frames` single ones must name the same person."""
        holdings = self.holdings()
        seen = len(templates)
        if holdings is None:
            return FaceEvidence(FaceFinding.UNKNOWN, frames=seen)
        gallery = holdings.gallery
        match = gallery.search(fused(templates))
        if match is None:
            return FaceEvidence(FaceFinding.UNKNOWN, frames=seen)
        finding = FaceFinding.MATCHED
        if match.score < rule.identify_among(gallery.subjects):
            finding = FaceFinding.UNKNOWN
        elif match.score - max(match.runner_up, 0.0) < rule.margin:
            finding = FaceFinding.AMBIGUOUS
        elif self._agreeing(templates, match.subject_id, gallery) < frames:
            finding = FaceFinding.UNKNOWN
        return FaceEvidence(
            finding,
            subject_id=match.subject_id if finding is FaceFinding.MATCHED else None,
            score=match.score,
            runner_up=match.runner_up,
            frames=seen,
        )

    def confirm(self, templates: tuple[Template, ...], code: PassEvidence) -> float | None:
        holdings = self.holdings()
        if holdings is None or code.subject_id is None:
            return None
        return holdings.gallery.similarity(code.subject_id, fused(templates), code.face_commitment)

    def _agreeing(self, templates: tuple[Template, ...], subject_id: str, gallery: Gallery) -> int:
        if len(templates) == 1:
            return 1
        matches = (gallery.search(template) for template in templates)
        return sum(match is not None and match.subject_id == subject_id for match in matches)


def fused(templates: tuple[Template, ...]) -> Template:
    """The unit vector in the mean direction of `templates` (unit float32 vectors of one length)."""
    mean = np.mean(np.stack(templates), axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0.0 else mean, np.float32)
