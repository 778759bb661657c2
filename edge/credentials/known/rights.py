"""What a gate knows of a code by its digest: whose it is, where, how long and how often it opens.

The right may be the registry's, signed with it (a visit's number), or this gate's own (a visitor whom staff
registered). Either way it becomes the evidence of a pass, and the same rules decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.credentials.known.numbers import PREFIX, is_resting, kept_in, kept_of_code
from edge.credentials.validity import judge_window
from edge.decision import Direction, PassEvidence, PassKind, PassUse, PassVerdict, WallTime, is_visitor
from edge.signing.cose import Instant, Name, NameSet

CODE_PREFIX = "GPV1:"
"""How the code of a visitor begins whom staff registered at a gate; only that gate knows it."""
MOST_USES = 16


class KnownRight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a known code opens: for the `subject`, by which name in journals and lists of revocations
    (`pass_id`), from `since` (inclusive) to `until` (exclusive), at which `gates` (none: all of the site).

    It opens `uses` times each way; 0: as often as they like, which a visitor's never does.
    """

    subject: Name
    pass_id: Name
    since: Instant
    until: Instant
    uses: Annotated[int, Meta(ge=0, le=MOST_USES)] = 1
    gates: NameSet = frozenset()

    def __post_init__(self) -> None:
        """Raise ValueError for what could never open, or for ever."""
        if self.until <= self.since:
            raise ValueError("it ends before it begins")
        if self.uses == 0 and is_visitor(self.subject):
            raise ValueError("a visitor's opens a number of times")


Rights = Mapping[bytes, KnownRight]
"""Rights by the digest that is kept of their code."""


def is_known_code(text: str) -> bool:
    """Whether a text is one that only a digest can tell: a typed number, or a gate's own code."""
    return text.startswith((PREFIX, CODE_PREFIX))


def right_of(text: str, rights: Iterable[Rights]) -> KnownRight | None:
    """The right of a known code. Where it is looked up says nothing of one that is nearly right: both sides
    are hashes of what nobody chooses.
    """
    digests = (kept_of_code(text),) if text.startswith(CODE_PREFIX) else kept_in(text)
    found = (some[digest] for some in rights for digest in digests if digest in some)
    return next(found, None)


def evidence_of_known(
    text: str, rights: Iterable[Rights], revoked: frozenset[str], wall: WallTime
) -> PassEvidence:
    """The evidence that a known code gives; whether it was used is for the journal to say."""
    if is_resting(text):
        return PassEvidence(PassVerdict.KEYPAD_RESTS)
    right = right_of(text, rights)
    if right is None:
        return PassEvidence(PassVerdict.UNKNOWN_CODE)
    verdict, detail = judge_window(right.since, right.until, wall)
    if right.pass_id in revoked:
        verdict, detail = PassVerdict.REVOKED, f"pass {right.pass_id} was revoked"
    return PassEvidence(
        verdict,
        detail,
        kind=PassKind.VISITOR if is_visitor(right.subject) else PassKind.RESIDENT,
        pass_id=right.pass_id,
        subject_id=right.subject,
        gates=right.gates,
        valid_from=right.since,
        valid_until=right.until,
        once=right.uses > 0,
        uses=right.uses,
        issued=right.since,
        timed=True,
    )


def names_of_uses(evidence: PassEvidence, directions: Iterable[Direction]) -> Iterator[str]:
    """The names of the uses of a right at a gate for these `directions`, in their order.

    A direction has names of its own: an entrance and an exit know nothing of each other while their links are
    gone, and where two entrances let one use pass each, they write the same name, which the centre sees.
    """
    for direction in directions:
        for count in range(1, evidence.uses + 1):
            yield f"{evidence.pass_id}.{direction}.{count}"


def with_next_use(evidence: PassEvidence, name: str | None, use: PassUse) -> PassEvidence:
    """The evidence of a right whose next use has this name; None: it is used up, or nobody knows (`use`)."""
    return msgspec.structs.replace(
        evidence,
        use=name,
        used=name is None and use is PassUse.USED,
        use_unknown=name is None and use is PassUse.UNKNOWN,
    )
