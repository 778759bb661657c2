"""The code of an invitation: typed by hand on a ladder, it names what is mistyped; and what it proves."""

from __future__ import annotations

import random
import re

import pytest

from sync.gate_invitation.code import (
    ALPHABET,
    GROUPS,
    SECRET_BYTES,
    CodeError,
    InvitationCode,
    kept_of,
    new_code,
    proof_of,
    read_code,
    shown_code,
)

AUTHORITY = b"the certificate of an authority"


def some_code() -> InvitationCode:
    return InvitationCode(random.randbytes(SECRET_BYTES), random.getrandbits(60))


def test_a_code_is_seven_groups_of_five_and_reads_back() -> None:
    for _ in range(200):
        code = some_code()
        text = shown_code(code)
        assert re.fullmatch(rf"([{ALPHABET}]{{5}}-){{{GROUPS - 1}}}[{ALPHABET}]{{5}}", text)
        assert read_code(text) == code


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", " \n"),
        lambda text: text.replace("0", "O").replace("1", "l"),
        lambda text: "".join(chr(ord(letter) + 0xFEE0) if letter != "-" else letter for letter in text),
    ],
    ids=["small", "in one", "on lines", "mistaken letters", "full width"],
)
def test_how_it_is_typed_does_not_matter(typed: object) -> None:
    code = InvitationCode(bytes(range(10)), 0x123456789ABCDE)
    assert callable(typed)
    assert read_code(typed(shown_code(code))) == code


def test_every_wrong_letter_and_every_two_that_changed_places_are_named_by_their_group() -> None:
    text = shown_code(InvitationCode(bytes(range(50, 60)), 0xFEDCBA987654321))
    for place, letter in enumerate(text):
        if letter == "-":
            continue
        group = place // 6 + 1
        others = [text[:place] + other + text[place + 1 :] for other in ALPHABET if other != letter]
        if place % 6 < 4 and text[place + 1] != letter:
            others.append(text[:place] + text[place + 1] + letter + text[place + 2 :])
        for wrong in others:
            with pytest.raises(CodeError, match=f"group {group} is mistyped"):
                read_code(wrong)


def test_groups_that_changed_places_are_noticed() -> None:
    for _ in range(50):
        groups = shown_code(some_code()).split("-")
        first, second = sorted(random.sample(range(GROUPS), 2))
        groups[first], groups[second] = groups[second], groups[first]
        if groups[first] != groups[second]:
            with pytest.raises(CodeError, match=f"groups {first + 1}, {second + 1} are mistyped"):
                read_code("-".join(groups))


@pytest.mark.parametrize("text", ["", "ABC", "U" * 35, "A" * 36, "#" * 35, "A" * 100_000, "𝒜" * 35])
def test_what_is_no_code_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(CodeError) as refused:
        read_code(text)
    assert len(str(refused.value)) < 300


def test_a_code_proves_its_authority_and_no_other() -> None:
    code = new_code(bytes(10), AUTHORITY)
    assert code.proves(AUTHORITY)
    assert not code.proves(AUTHORITY + b".")
    other = new_code(bytes(9) + b"1", AUTHORITY)
    assert other.mark != code.mark, "nobody looks for a certificate that fits before they know the secret"


def test_neither_the_secret_nor_the_proof_can_be_had_from_what_is_sent_or_kept() -> None:
    code = new_code(bytes(range(10)), AUTHORITY)
    proof = proof_of(code)
    kept = kept_of(proof)
    assert len(proof) == len(kept) == 32
    assert code.secret not in proof
    assert proof not in kept
    assert proof_of(new_code(bytes(range(10)), b"another")) == proof
    assert "secret" not in repr(code)
    assert repr(code.secret) not in repr(code)
