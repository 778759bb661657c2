"""How somebody gave their consent, or withdrew it. PURE."""

from __future__ import annotations

from enum import StrEnum


class ConsentForm(StrEnum):
    """In which form a consent was given."""

    WITNESSED = "witnessed"  # before the staff, as at an enrolment
    SIGNED = "signed"  # on paper
    ONLINE = "online"
