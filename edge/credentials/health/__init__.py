"""What a health certificate says, as values: the EU schema and its dates and doses, read once. PURE."""

from edge.credentials.health.dcc_schema import HealthCertificate, Recovery, Test, Vaccination, certificate_of
from edge.credentials.health.dcc_values import PartialDate

__all__ = [
    "HealthCertificate",
    "PartialDate",
    "Recovery",
    "Test",
    "Vaccination",
    "certificate_of",
]
