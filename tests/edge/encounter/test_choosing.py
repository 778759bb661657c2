"""Which of several codes counts: a table; and that no code keeps a pass beside it from being read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decision import PassEvidence, PassKind, PassVerdict
from edge.encounter import Patience
from edge.encounter.choosing import HeldCode, chosen

NOW = 100.0
PATIENCE = Patience(evidence_within=1.0)


def held(
    name: str, verdict: PassVerdict = PassVerdict.GENUINE, *, since: float = 0.2, last: float = 0.0
) -> HeldCode:
    """A code of `name` that came into view `since` seconds ago and was last seen `last` seconds ago."""
    subject = name.partition("-")[0] if verdict is PassVerdict.GENUINE else None
    evidence = PassEvidence(verdict, kind=PassKind.RESIDENT, pass_id=name, subject_id=subject)
    return HeldCode(evidence, frozenset({name}), NOW - since, NOW - last)


ANN, BOB = held("ann"), held("bob")
POSTER, PARCEL = held("poster", PassVerdict.NOT_A_PASS), held("parcel", PassVerdict.TOO_LONG)
STICKER, FORGED = held("sticker", PassVerdict.EXPIRED), held("forged", PassVerdict.FORGED)


@pytest.mark.parametrize(
    ("codes", "whose", "expected"),
    [
        ((), None, None),
        ((ANN,), None, "ann"),
        ((POSTER,), None, "poster"),
        ((POSTER, STICKER), None, "sticker"),
        ((POSTER, ANN), None, "ann"),
        ((STICKER, ANN), None, "ann"),
        ((ANN, FORGED, STICKER), None, "ann"),
        ((STICKER, FORGED), None, "sticker"),
        ((PARCEL, POSTER), None, "parcel"),
        ((ANN, held("ann-2")), None, "ann"),  # two passes of one person
        ((ANN, BOB), None, "several"),
        ((ANN, BOB), "bob", "bob"),
        ((ANN, BOB), "eve", "several"),
        ((held("ann", since=3.0, last=0.6), BOB), None, "bob"),  # one was put away
        ((held("ann", since=1.0), BOB), None, "ann"),  # one is held up, the others flash by
        ((held("ann", since=1.0), held("bob", since=1.5)), None, "several"),
        ((held("ann", since=1.0), BOB, STICKER, POSTER), None, "ann"),
        ((held("ann", since=3.0, last=0.6), FORGED), None, "forged"),  # put away, and another's shown
        ((held("ann", since=3.0, last=0.4), FORGED), None, "ann"),  # a reader misses one now and then
        ((held("ann", since=3.0, last=0.6), held("sticker", PassVerdict.EXPIRED, since=2.0)), None, "ann"),
        ((held("ann", since=3.0, last=0.6), POSTER), None, "ann"),  # a poster speaks for nobody
    ],
)
def test_the_pass_that_is_meant(codes: tuple[HeldCode, ...], whose: str | None, expected: str | None) -> None:
    found = chosen(codes, whose, NOW, PATIENCE)
    if expected == "several":
        assert found is not None
        assert found.evidence == PassEvidence(PassVerdict.SEVERAL)
        assert found.names == {"ann", "bob"}
    else:
        assert (None if found is None else found.evidence.pass_id) == expected


_some = st.lists(
    st.builds(
        held,
        st.sampled_from(["ann", "bob", "eve"]),
        st.sampled_from(PassVerdict),
        since=st.floats(0.0, 5.0),
        last=st.floats(0.0, 0.5),
    ),
    max_size=5,
)


@settings(derandomize=True)
@given(_some, st.sampled_from([None, "ann", "bob"]))
def test_a_genuine_pass_that_is_there_is_never_outdone_by_what_is_none(
    codes: list[HeldCode], whose: str | None
) -> None:
    genuine = [code for code in codes if code.evidence.verdict is PassVerdict.GENUINE]
    found = chosen(codes, whose, NOW, PATIENCE)
    if not genuine:
        assert found is None if not codes else found in codes
    else:
        assert found is not None
        assert found in genuine or found.evidence.verdict is PassVerdict.SEVERAL
        assert chosen(genuine, whose, NOW, PATIENCE) == found
