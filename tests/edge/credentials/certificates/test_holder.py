"""Who holds a code: by a face, by a link in the registry, by bearing it, or by papers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.credentials.certificates import Holder, holder_of, links_of, person_named
from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeKind, CodeReading, CodeTrust
from edge.credentials.trust import PassTrust
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import card_keys_of
from edge.decision import Binding, HolderRule, PassVerdict, WallTime

FACES_ONLY = HolderRule(frozenset({Binding.FACE}))


def own_pass(**claims: Any) -> CodeReading:
    return CodeReading(CodeKind.OWN_PASS, PassVerdict.GENUINE, claims={"subject": "li"} | claims)


@pytest.fixture
def dcc(country: Any, noon: WallTime) -> CodeReading:
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([country.signer()], []))
    return parse_any(country.code(), trust, noon)


def test_what_binds_a_code_to_a_person(dcc: CodeReading) -> None:
    rule = HolderRule()
    assert holder_of(own_pass(), {}, rule) == Holder(Binding.BEARER, "li")
    assert holder_of(own_pass(face_commitment="00"), {}, rule) == Holder(Binding.FACE, "li")
    [link] = links_of(dcc)
    assert holder_of(dcc, {link: "li"}, rule) == Holder(Binding.REGISTRY_LINK, "li")
    papers = Holder(Binding.STAFF, None, "MUSTERFRAU<<GABRIELE", "1998-02-26")
    assert holder_of(dcc, {}, rule) == papers
    assert holder_of(dcc, {link: "li"}, HolderRule(frozenset())) == papers
    assert holder_of(own_pass(), {}, FACES_ONLY) == Holder(Binding.STAFF, None, "li")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"sd": 3, "dt": "2021-03-01"}, True),
        ({"ci": "urn:uvci:01:at:10807843f94aee0ee5093fbc254bd813"}, True),
        ({"ci": "URN:UVCI:01:AT:20807843F94AEE0EE5093FBC254BD813#B"}, False),
        ({"nam": {"fnt": "MUSTERFRAU ", "gnt": "GABRIELE"}}, True),
        ({"nam": {"fnt": "MUSTERFRAU", "gnt": "MAX"}}, False),
        ({"nam": {"fnt": "LI", "gnt": "GABRIELE"}}, False),
        ({"dob": "1998-02-26T00:00:00"}, True),
        ({"dob": "1998-02"}, False),
    ],
)
def test_a_link_is_to_who_signed_the_id_the_name_and_the_birth(
    country: Any, makers: Any, noon: WallTime, changes: dict[str, Any], same: bool
) -> None:
    entry = {**makers.certificate["v"][0]}
    entry |= {name: value for name, value in changes.items() if name in entry}
    written = makers.certificate | {name: value for name, value in changes.items() if name not in entry}
    texts = country.code(), country.code(written | {"v": [entry]})
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([country.signer()], []))
    first, second = (links_of(parse_any(text, trust, noon)) for text in texts)
    assert (first == second) is same


def test_the_same_certificate_signed_by_another_is_not_linked(makers: Any, noon: WallTime) -> None:
    """Not even by one whose certificate names no country, and so may sign in any country's name."""
    issuers = [makers.country("AT"), makers.country("DE"), makers.country("AT")]
    signers = [one.signer() for one in issuers[:2]] + [replace(issuers[2].signer(), country=None)]
    trust = CodeTrust(PassTrust("riverside"), issuer_keys(signers, []))
    readings = [parse_any(one.code(), trust, noon) for one in issuers]
    assert {reading.verdict for reading in readings} == {PassVerdict.GENUINE}
    assert len({links_of(reading) for reading in readings}) == len(issuers)


def test_a_code_that_is_not_genuine_is_nobody_s() -> None:
    for verdict in PassVerdict:
        if verdict is not PassVerdict.GENUINE:
            assert holder_of(CodeReading(CodeKind.OWN_PASS, verdict), {}, HolderRule()) is None


def test_a_card_names_its_patient(card_maker: Any, noon: WallTime) -> None:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Any", "given": ["Jo", "B"]}],
        "birthDate": "1951-01-20",
    }
    bundle = {"entry": [{"resource": patient}]}
    vc = {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": {"fhirBundle": bundle}}
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([], card_keys_of(card_maker.key_set())))
    assert person_named(parse_any(card_maker.code(vc=vc), trust, noon)) == ("ANY<<JO<B", "1951-01-20")
    assert person_named(parse_any(card_maker.code(), trust, noon)) == ("", "")
