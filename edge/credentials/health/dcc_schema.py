"""The EU DCC schema 1.3.0 (ehn-dcc-schema), as types: what does not convert is not a certificate.

Schemas 1.0.0 to 1.3.2 are read by the same types. Field names are the schema's own. Beyond the schema, as
countries' certificates are and the EU's notes on them allow: blanks around any text, a member that is null
or an empty list, what `dcc_values` reads, any text as a standardised name, an empty country, a testing
centre's long name. A person's name in any script needs its transliteration (ICAO 9303), by which a person
is compared with a document.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from edge.credentials.health.dcc_values import DccTime, Dose, PartialDate, parse_value
from edge.credentials.trust import Usage
from edge.errors import CredentialError
from edge.support.toml_words import in_words

_Text = Annotated[str, Meta(max_length=80)]
_Country = Annotated[str, Meta(pattern=r"\A[A-Z]{0,10}\Z")]
_Version = Annotated[str, Meta(max_length=16, pattern=r"\A[0-9]+\.[0-9]+\.[0-9]+\Z")]
_MOST_LEVELS = 8


class PersonName(msgspec.Struct, frozen=True):
    """Family and given names, each as written and as transliterated for machines (`fnt`, `gnt`)."""

    fnt: _Text = ""
    fn: _Text = ""
    gn: _Text = ""
    gnt: _Text = ""


class Vaccination(msgspec.Struct, frozen=True):
    """One dose: disease, prophylaxis, product, maker, dose number of series, date, country, issuer, id."""

    tg: _Text
    vp: _Text
    mp: _Text
    ma: _Text
    dn: Dose
    sd: Dose
    dt: PartialDate
    co: _Country
    ci: _Text
    is_: _Text = msgspec.field(name="is", default="")


class Test(msgspec.Struct, frozen=True):
    """One test: disease, type, sample taken at, result, country, issuer, id; name, maker and centre."""

    __test__ = False  # not one of pytest's

    tg: _Text
    tt: _Text
    sc: DccTime
    tr: _Text
    co: _Country
    ci: _Text
    is_: _Text = msgspec.field(name="is", default="")
    nm: _Text = ""
    ma: _Text = ""
    tc: Annotated[str, Meta(max_length=200)] = ""


class Recovery(msgspec.Struct, frozen=True):
    """Disease, first positive test, country, issuer, valid from, valid until, id."""

    tg: _Text
    fr: PartialDate
    co: _Country
    df: PartialDate
    du: PartialDate
    ci: _Text
    is_: _Text = msgspec.field(name="is", default="")


Entries = tuple[Vaccination, ...] | tuple[Test, ...] | tuple[Recovery, ...]
_MOST_ENTRIES = 8
_ONE_ENTRY_SINCE = (1, 3)


class HealthCertificate(msgspec.Struct, frozen=True):
    """One kind of statement about one person: exactly one of `v`, `t` and `r`.

    With one entry since version 1.3; before it, several doses could stand in one certificate. `dob` None:
    the certificate leaves the date of birth open.
    """

    ver: _Version
    nam: PersonName
    dob: PartialDate | None = None
    v: tuple[Vaccination, ...] = ()
    t: tuple[Test, ...] = ()
    r: tuple[Recovery, ...] = ()

    @property
    def entries(self) -> Entries:
        return self.v or self.t or self.r

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The unique certificate identifiers (UVCI), by which certificates are revoked."""
        return tuple(entry.ci for entry in self.entries)

    @property
    def usage(self) -> Usage:
        """The kind of certificate, by the name of the member that holds it."""
        return Usage.VACCINATION if self.v else Usage.TEST if self.t else Usage.RECOVERY


def certificate_of(value: Any) -> HealthCertificate:
    """The certificate in decoded CBOR or JSON; raises CredentialError that names what is wrong."""
    written = _tidied(value, _MOST_LEVELS)
    if isinstance(written, dict) and written.get("dob") == "":
        del written["dob"]
    try:
        certificate = msgspec.convert(written, HealthCertificate, dec_hook=parse_value)
    except msgspec.ValidationError as error:
        raise CredentialError(f"not by the schema: {in_words(error)}") from None
    _check_entries(certificate)
    _check_names(certificate.nam)
    return certificate


def _tidied(value: Any, levels: int) -> Any:
    """`value` without blanks around text and without empty members."""
    if isinstance(value, str):
        return value.strip()
    if levels and isinstance(value, list):
        return [_tidied(item, levels - 1) for item in value]
    if levels and isinstance(value, dict):
        return {name: _tidied(item, levels - 1) for name, item in value.items() if item is not None}
    return value


def _check_entries(certificate: HealthCertificate) -> None:
    if sum(bool(part) for part in (certificate.v, certificate.t, certificate.r)) != 1:
        raise CredentialError("not by the schema: one of vaccination, test and recovery, and only one")
    version = tuple(int(part) for part in certificate.ver.split("."))
    most = 1 if version >= _ONE_ENTRY_SINCE else _MOST_ENTRIES
    if len(certificate.entries) > most:
        raise CredentialError(f"not by the schema: at most {most} entries in version {certificate.ver}")


def _check_names(name: PersonName) -> None:
    """Raise CredentialError unless there is a standardised name, and one for each written name."""
    if not (name.fnt or name.gnt) or (name.fn and not name.fnt) or (name.gn and not name.gnt):
        raise CredentialError("a name without its transliteration")
