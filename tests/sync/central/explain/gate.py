"""A gate that decides by what a centre published for it, and whose journal the centre then has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Situation,
    Subject,
    WallTime,
    decide,
    identified_by,
)
from edge.journal.format import START as NOTHING_BEFORE
from edge.journal.format import AccessDecided, Entry, circumstances_of, told
from edge.journal.format.chain import link
from edge.registry.format import RecordKind, decode_subject, policy_in
from edge.signing.cose import microseconds
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.wire import batch_of
from tests.sync.central.registry.desk import SITE, Desk
from tests.sync.wire.examples import DEVICE, EPOCH


def face(who: str | None, score: float = 0.71) -> FaceEvidence:
    """A living face: that of `who`, or a stranger's."""
    finding = FaceFinding.UNKNOWN if who is None else FaceFinding.MATCHED
    return FaceEvidence(finding, who, score=score, threshold=0.52, liveness=0.97, liveness_frames=3, frames=3)


def code(who: str, **claims: object) -> PassEvidence:
    return PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id=who, **claims)  # type: ignore[arg-type]


@dataclass
class Gate:
    """The gate `name` of the desk's site. It holds the newest version, once `installs` is called."""

    desk: Desk
    name: str = "main"
    device: str = DEVICE
    epoch: bytes = EPOCH
    entries: list[Entry] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    subjects: dict[str, Subject] = field(default_factory=dict)
    version: int | None = None
    issued: datetime | None = None
    revoked: set[str] = field(default_factory=set)

    def installs(self) -> None:
        """Hold the newest version that was published."""
        publisher = self.desk.publisher
        records = publisher.records(SITE)
        self.version = publisher.newest(SITE)
        self.issued = self.desk.now
        self.policy = policy_in(records[bytes([RecordKind.POLICY])]).policy
        found = (decode_subject(k[1:], v) for k, v in records.items() if k[0] == RecordKind.SUBJECT)
        self.subjects = {item.id: item for item in found}

    def sees(
        self,
        evidence: Evidence,
        at: datetime | None = None,
        *,
        trust: ClockTrust = ClockTrust.TRUSTED,
        older: bool = False,
        **besides: object,
    ) -> Entry:
        """Decide about one encounter and write it down; `older` as a gate did before it told its
        circumstances.
        """
        when = at or self.desk.now
        age = None if self.issued is None else when - self.issued
        situation = Situation(SITE, self.name, WallTime(when, trust), age, **besides)  # type: ignore[arg-type]
        named = identified_by(evidence)
        subject = None if named is None or named in self.revoked else self.subjects.get(named)
        decision = decide(self.policy, subject, evidence, situation)
        known = None if older else circumstances_of(situation, known=subject is not None)
        event = AccessDecided(
            decision, evidence, Mode.FACE_OR_CODE, self.version, "camera", circumstances=known
        )
        return self.writes(event, when, trust)

    def writes(self, event: AccessDecided, when: datetime, trust: ClockTrust = ClockTrust.TRUSTED) -> Entry:
        kind, body = told(event)
        entry = link(
            epoch=self.epoch,
            gate=self.name,
            sequence=len(self.entries) + 1,
            at=microseconds(when),
            trust=trust,
            monotonic=float(len(self.entries)),
            kind=kind,
            body=body,
            previous=self.entries[-1].hash if self.entries else NOTHING_BEFORE,
        )
        self.entries.append(entry)
        self.waiting.append(entry)
        return entry

    def sends(self) -> None:
        """Send what waits; the centre stores it."""
        while self.waiting:
            batch = batch_of(self.waiting[:200], self.waiting[0].sequence - 1)
            with self.desk.store.writing() as connection:
                store_batch(connection, self.device, batch, microseconds(self.desk.now), FOLLOWERS)
            self.waiting = self.waiting[len(batch.rows) :]


def shown(direction: Direction = Direction.ENTRY, **seen: object) -> Evidence:
    return replace(Evidence(direction), **seen)
