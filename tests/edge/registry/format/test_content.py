"""What a publisher puts into a registry, record by record; and the policy, which a key of its own signs."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from edge.calibration.format import Calibration, CurvePoint
from edge.decision import VISITOR_IDS, Subject
from edge.decision.policy import StaleRule
from edge.errors import RegistryError
from edge.registry.format import BundleRefusal, BundleRefused, Content, RecordKind, SignedPolicy, key_of
from edge.registry.format.content import POLICY_CONTEXT, decode_policy, encode_policy, records_of
from edge.signing.cose import key_id_of, sign1
from tests.edge.registry.repository import (
    POLICY,
    Repository,
    new_key,
    ordinary_content,
    public,
    sealed,
    unit_vector,
)

PERSON = Subject("li-na")


@pytest.fixture(scope="module")
def site() -> Repository:
    return Repository()


def test_each_thing_is_one_record_under_its_own_key() -> None:
    content = ordinary_content(people=2)
    records = records_of(replace(content, list_keys=(b"l" * 32,)), b"signed policy")
    assert records[key_of(RecordKind.POLICY)] == b"signed policy"
    assert records[key_of(RecordKind.PASS_KEY, key_id_of(bytes(32)))] == bytes(32)
    assert records[key_of(RecordKind.LIST_KEY, key_id_of(b"l" * 32))] == b"l" * 32
    assert records[key_of(RecordKind.REVOKED_PASS, b"ab" * 8)] == b""
    assert len(records) == 1 + 2 + 2 + 1 + 1 + 1


def test_several_templates_of_one_person_are_several_records() -> None:
    own = tuple(sealed(PERSON, unit_vector(seed)) for seed in range(3))
    other = sealed(Subject("wang-wei"), unit_vector(9))
    alone = records_of(Content(POLICY, templates=own), b"")
    assert len(alone) == 1 + 3
    assert len(records_of(Content(POLICY, templates=(own[0], other, own[1])), b"")) == 1 + 3


def test_the_order_in_which_people_are_named_makes_no_difference() -> None:
    content = ordinary_content(people=3)
    turned = replace(content, subjects=content.subjects[::-1], templates=content.templates[::-1])
    assert records_of(turned, b"") == records_of(content, b"")


@pytest.mark.parametrize(("name", "good"), [("li-na", True), ("visitors", True), (f"{VISITOR_IDS}1", False)])
def test_a_visitors_id_is_no_subjects(name: str, good: bool) -> None:
    content = Content(POLICY, subjects=(PERSON, Subject(name)) if name != PERSON.id else (PERSON,))
    if good:
        records_of(content, b"")
    else:
        with pytest.raises(RegistryError, match="is a visitor's id") as caught:
            records_of(content, b"")
        assert VISITOR_IDS in caught.value.remedy


# --- the policy -----------------------------------------------------------------------------


def test_a_policy_comes_back_with_the_key_that_signed_it(site: Repository) -> None:
    rules = SignedPolicy("green-court", 3, POLICY)
    signed = sign1.sign(encode_policy(rules), site.policy_key, context=POLICY_CONTEXT)
    assert decode_policy(signed, site.root) == (rules, key_id_of(public(site.policy_key)[0]))


CURVE = (CurvePoint(0.1, 0.3, 0.2, 0.4),)
NOBODY = replace(CURVE[0], share=0.0)
MEASURED = Calibration("sface", date(2026, 3, 1), "a folder", 9, 90, 0.001, CURVE)


@pytest.mark.off_schema
@pytest.mark.parametrize(
    "rules",
    [
        SignedPolicy("", 3, POLICY),
        SignedPolicy("green-court", -1, POLICY),
        SignedPolicy("green-court", 3, replace(POLICY, stale=StaleRule(10**18))),
        SignedPolicy("green-court", 3, replace(POLICY, proof_window=-1)),
        SignedPolicy("green-court", 3, POLICY, (replace(MEASURED, strangers=()),)),
        SignedPolicy("green-court", 3, POLICY, (replace(MEASURED, strangers=(NOBODY,)),)),
        SignedPolicy("green-court", 3, POLICY, (MEASURED,) * 17),
    ],
    ids=["site", "number", "no time", "negative", "no curve", "share of none", "many engines"],
)
def test_rules_beyond_what_a_field_may_be_are_refused_though_they_are_signed(
    site: Repository, rules: SignedPolicy
) -> None:
    """Each would otherwise end in a fault where the rule is applied, at the lane."""
    good = SignedPolicy("green-court", 3, POLICY, (MEASURED,))
    signed = sign1.sign(encode_policy(good), site.policy_key, context=POLICY_CONTEXT)
    assert decode_policy(signed, site.root)[0] == good
    with pytest.raises(BundleRefused, match="invalid policy") as caught:
        decode_policy(sign1.sign(encode_policy(rules), site.policy_key, context=POLICY_CONTEXT), site.root)
    assert caught.value.refusal is BundleRefusal.INVALID


def test_a_policy_has_one_encoding() -> None:
    gates = dict.fromkeys(("a", "b"), POLICY.gates["main"])
    one = SignedPolicy("s", 1, replace(POLICY, gates=gates))
    other = SignedPolicy("s", 1, replace(POLICY, gates=dict(reversed(gates.items()))))
    assert encode_policy(one) == encode_policy(other)


def test_only_a_policy_key_signs_rules_and_only_as_rules(site: Repository) -> None:
    payload = encode_policy(SignedPolicy("green-court", 3, POLICY))
    for key, context, data, expected in (
        (site.registry_key, POLICY_CONTEXT, payload, BundleRefusal.UNSIGNED),
        (new_key(), POLICY_CONTEXT, payload, BundleRefusal.UNSIGNED),
        (site.policy_key, b"gatepost manifest 1", payload, BundleRefusal.FORGED),
        (site.policy_key, POLICY_CONTEXT, b"\xc1", BundleRefusal.INVALID),
        (site.policy_key, POLICY_CONTEXT, payload + b"\0", BundleRefusal.INVALID),
    ):
        with pytest.raises(BundleRefused) as caught:
            decode_policy(sign1.sign(data, key, context=context), site.root)
        assert caught.value.refusal is expected
