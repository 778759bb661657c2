"""How far an invitation is, by what happened."""

from __future__ import annotations

import pytest

from sync.central.adoption.core.progress import InvitationStep, progress_of


@pytest.mark.parametrize(
    ("happened", "now", "found"),
    [
        ("", 99, InvitationStep.INVITED),
        ("", 100, InvitationStep.EXPIRED),
        ("withdrawn", 99, InvitationStep.WITHDRAWN),
        ("withdrawn", 100, InvitationStep.WITHDRAWN),
        ("enrolled", 99, InvitationStep.ENROLLED),
        ("enrolled", 100, InvitationStep.ENROLLED),
        ("enrolled heard", 100, InvitationStep.CONNECTED),
        ("enrolled heard registry", 100, InvitationStep.SUPPLIED),
        ("enrolled heard registry decided", 100, InvitationStep.DECIDED),
        ("enrolled decided", 100, InvitationStep.DECIDED),
        ("heard registry decided", 99, InvitationStep.INVITED),
    ],
)
def test_progress(happened: str, now: int, found: InvitationStep) -> None:
    names = ("withdrawn", "enrolled", "heard", "registry", "decided")
    said = {name: name in happened.split() for name in names}
    assert progress_of(now=now, until=100, **said) is found
