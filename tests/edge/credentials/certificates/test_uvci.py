"""One spelling for each certificate's identifier; and what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.certificates import uvci_of
from edge.credentials.certificates.uvci import spelled_alike
from edge.errors import CredentialError


@pytest.mark.parametrize(
    ("spelled", "one"),
    [
        ("URN:UVCI:01:NL:187/37512422923#B", "URN:UVCI:01:NL:187/37512422923"),
        ("urn:uvci:01:nl:187/37512422923", "URN:UVCI:01:NL:187/37512422923"),
        ("UVCI:01:NL:187/37512422923", "URN:UVCI:01:NL:187/37512422923"),
        ("01:NL:187/37512422923", "URN:UVCI:01:NL:187/37512422923"),
        (" URN:UVCI: 01:NL:187/37512422923 ", "URN:UVCI:01:NL:187/37512422923"),
        ("URN：UVCI：01：NL：187/37512422923", "URN:UVCI:01:NL:187/37512422923"),
        ("URN:UVCI:01DE/IZ12345A/5CWLU#W", "URN:UVCI:01:DE:IZ12345A/5CWLU"),
        ("01BEVLWLUNCYEOWTE6IFPOSVE6PH#2", "URN:UVCI:01:BE:VLWLUNCYEOWTE6IFPOSVE6PH"),
        ("01 IS/ABC4556#8", "URN:UVCI:01:IS:ABC4556"),
        ("01/LU/2O1I84U8U12I5#UK", "URN:UVCI:01:LU:2O1I84U8U12I5"),
        ("URN:UVCI:V1:AE:8KST0RH057HI8XKW3M8K2NAD06", "URN:UVCI:V1:AE:8KST0RH057HI8XKW3M8K2NAD06"),
        ("dgci:V1:CY:GRHC8O6ECPWMUM16D3WAXOPN4:89", "URN:UVCI:V1:CY:GRHC8O6ECPWMUM16D3WAXOPN4:89"),
        ("URN:UVCI:01:SG:3ABC-CDE-CDE", "URN:UVCI:01:SG:3ABC-CDE-CDE"),
    ],
)
def test_the_spellings_in_use(spelled: str, one: str) -> None:
    assert uvci_of(spelled) == one == uvci_of(one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello",
        "URN:5",
        "URN:UVCI:",
        "URN:UVCI:01:AT",
        "URN:UVCI:01:AT:#B",
        "https://example.org",
        "A" * 81,
        "0123456789",
        "URN:UVCI:01:AT:Ä",
        "URN:UVCI:01:AT:1\0",
        "URN:UVCI:01:AT:" + "1" * 80,
    ],
)
def test_what_cannot_be_one(text: str) -> None:
    with pytest.raises(CredentialError, match="not a certificate identifier") as refused:
        uvci_of(text)
    assert "URN:UVCI:01:NL" in refused.value.remedy
    assert spelled_alike(text) == text.strip()


@given(st.text())
def test_one_spelling_of_one_spelling_is_itself(text: str) -> None:
    assert spelled_alike(spelled_alike(text)) == spelled_alike(text)
