"""The EU DCC schema 1.3.0 (ehn-dcc-schema), as types: what does not convert is no certificate.

Schemas 1.0.0 to 1.2.1 are read by the same types. Field names are the schema's own. Beyond the schema, as
countries' certificates are: a date may carry a time of day, a country may be empty,
a testing centre's name long; a person's name in any script
needs its transliteration (ICAO 9303), by which a person is compared with a document.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from edge.credentials.issuers import Usage
from edge.errors import CredentialError

_Text = Annotated[str, Meta(max_length=80)]
_MachineText = Annotated[str, Meta(max_length=80, pattern="^[A-Z<]*$")]
_Country = Annotated[str, Meta(pattern="^[A-Z]{0,10}$")]
_Dose = Annotated[int, Meta(ge=0, le=9)]
_BirthDate = Annotated[str, Meta(pattern=r"^((19|20)\d\d(-\d\d){0,2}){0,1}(T00:00:00)?$")]
_Date = Annotated[str, Meta(max_length=40, pattern=r"^\d{4}-\d\d-\d\d(T.*)?$")]
_Version = Annotated[str, Meta(max_length=16, pattern=r"^\d+\.\d+\.\d+$")]


class PersonName(msgspec.Struct, frozen=True):
    """Family and given names, each as written and as transliterated for machines (`fnt`, `gnt`)."""

    fnt: _MachineText
    fn: _Text = ""
    gn: _Text = ""
    gnt: _MachineText = ""


class Vaccination(msgspec.Struct, frozen=True):
    """One dose: disease, prophylaxis, product, maker, dose number of series, date, country, issuer, id."""

    tg: _Text
    vp: _Text
    mp: _Text
    ma: _Text
    dn: _Dose
    sd: _Dose
    dt: _Date
    co: _Country
    is_: _Text = msgspec.field(name="is")
    ci: _Text


class Test(msgspec.Struct, frozen=True):
    """One test: disease, type, sample taken at, result, country, issuer, id; name, maker and centre."""

    __test__ = False  # not one of pytest's

    tg: _Text
    tt: _Text
    sc: datetime
    tr: _Text
    co: _Country
    is_: _Text = msgspec.field(name="is")
    ci: _Text
    nm: _Text = ""
    ma: _Text = ""
    tc: Annotated[str, Meta(max_length=200)] = ""


class Recovery(msgspec.Struct, frozen=True):
    """Disease, first positive test, country, issuer, valid from, valid until, id."""

    tg: _Text
    fr: _Date
    co: _Country
    is_: _Text = msgspec.field(name="is")
    df: _Date
    du: _Date
    ci: _Text


_Entries = Meta(min_length=1, max_length=8)
_ONE_ENTRY_SINCE = (1, 3)


class HealthCertificate(msgspec.Struct, frozen=True):
    """One kind of statement about one person: exactly one of `v`, `t` and `r`.

    With one entry since version 1.3; before it, several doses could stand in one certificate.
    """

    ver: _Version
    nam: PersonName
    dob: _BirthDate
    v: Annotated[tuple[Vaccination, ...], _Entries] | None = None
    t: Annotated[tuple[Test, ...], _Entries] | None = None
    r: Annotated[tuple[Recovery, ...], _Entries] | None = None

    @property
    def entries(self) -> tuple[Vaccination, ...] | tuple[Test, ...] | tuple[Recovery, ...]:
        return self.v or self.t or self.r or ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The unique certificate identifiers (UVCI), by which certificates are revoked."""
        return tuple(entry.ci for entry in self.entries)

    @property
    def usage(self) -> Usage:
        """The kind of certificate, by the name of the member that holds it."""
        return Usage.VACCINATION if self.v else Usage.TEST if self.t else Usage.RECOVERY


def certificate_of(value: Any) -> HealthCertificate:
    """The certificate that decoded CBOR or JSON is; raises CredentialError that names what is wrong."""
    try:
        certificate = msgspec.convert(value, HealthCertificate)
    except msgspec.ValidationError as error:
        raise CredentialError(f"not by the schema: {error}") from None
    if sum(part is not None for part in (certificate.v, certificate.t, certificate.r)) != 1:
        raise CredentialError("not by the schema: one of vaccination, test and recovery, and only one")
    version = tuple(int(part) for part in certificate.ver.split("."))
    if version >= _ONE_ENTRY_SINCE and len(certificate.entries) > 1:
        raise CredentialError("not by the schema: one entry, and only one")
    name = certificate.nam
    if (name.fn and not name.fnt) or (name.gn and not name.gnt):
        raise CredentialError("a name without its transliteration")
    return certificate
