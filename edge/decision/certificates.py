"""A site's rules for health certificates, as part of its policy: content, holder, freshness.

`edge.credentials` applies these rules; they are signed with the rest of the policy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import NameSet, ShortText

Days = Annotated[int, Meta(ge=0, le=36_500)]
Hours = Annotated[int, Meta(ge=0, le=87_600)]
Seconds = Annotated[int, Meta(ge=0, le=315_360_000)]
"""A hundred years, or ten: more than any rule asks for, and never more than a calendar has."""

COVID_19 = "840539006"
"""SNOMED CT: disease caused by SARS-CoV-2."""
_NUCLEIC_ACID, _RAPID_ANTIGEN = "LP6464-4", "LP217198-3"
"""LOINC, as in the EU's value sets."""
_HoursByType = Annotated[dict[ShortText, Hours], Meta(max_length=256)]
_EU_VACCINES = frozenset({"EU/1/20/1528", "EU/1/20/1507", "EU/1/21/1529", "EU/1/20/1525", "EU/1/21/1618"})


class VaccinationRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days after the last dose from (inclusive) and until (exclusive) which it counts; None: for ever.

    A dose beyond the series (booster) counts from its day. Empty `products`: all.
    """

    products: NameSet = _EU_VACCINES
    complete: bool = True
    from_days: Days = 14
    until_days: Days | None = 270
    booster_until_days: Days | None = None


class TestRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours after the sample for which a negative test of each type counts; a type not named never does."""

    __test__ = False  # not one of pytest's

    hours: _HoursByType = msgspec.field(default_factory=lambda: {_NUCLEIC_ACID: 72, _RAPID_ANTIGEN: 24})


class RecoveryRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days after the first positive test from (inclusive) and until (exclusive) which it counts."""

    from_days: Days = 11
    until_days: Days = 180


class HealthRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site's rules; a kind that is None does not count."""

    disease: ShortText = COVID_19
    vaccination: VaccinationRule | None = VaccinationRule()
    test: TestRule | None = TestRule()
    recovery: RecoveryRule | None = RecoveryRule()


class Binding(StrEnum):
    """What ties a code to the person who shows it, the strongest first."""

    FACE = "face"  # the pass commits to an enrolled face, which the gate confirms 1:1
    REGISTRY_LINK = "registry_link"  # the registry says whose certificate it is
    BEARER = "bearer"  # nothing: anyone who shows an own pass is taken for its subject
    STAFF = "staff"  # a member of staff compares it with papers


class HolderRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which bindings the site accepts without its staff."""

    accepted: frozenset[Binding] = frozenset({Binding.FACE, Binding.REGISTRY_LINK, Binding.BEARER})


class StalenessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which age (seconds since its issue) a list is how fresh; its expiry degrades it at once."""

    warn_after: Seconds = 2 * 86_400
    degrade_after: Seconds = 7 * 86_400
    close_after: Seconds = 30 * 86_400


class CertificateRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. `health` None: whatever a genuine certificate says is enough."""

    health: HealthRules | None = HealthRules()
    holders: HolderRule = HolderRule()
    staleness: StalenessRule = StalenessRule()
