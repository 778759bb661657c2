"""How far an invitation is, by what happened."""

from __future__ import annotations

import pytest

from sync.central.adoption.core.progress import InvitationStep, progress_of


@pytest.mark.parametrize(
    ("happened", "lasts", "found"),
    [
        ("", True, InvitationStep.INVITED),
        ("", False, InvitationStep.EXPIRED),
        ("withdrawn", True, InvitationStep.WITHDRAWN),
        ("withdrawn", False, InvitationStep.WITHDRAWN),
        ("enrolled", True, InvitationStep.ENROLLED),
        ("enrolled", False, InvitationStep.ENROLLED),
        ("enrolled heard", False, InvitationStep.CONNECTED),
        ("enrolled heard registry", False, InvitationStep.SUPPLIED),
        ("enrolled heard registry decided", False, InvitationStep.DECIDED),
        ("enrolled decided", False, InvitationStep.DECIDED),
        ("heard registry decided", True, InvitationStep.INVITED),
    ],
)
def test_progress(happened: str, lasts: bool, found: InvitationStep) -> None:
    names = ("withdrawn", "enrolled", "heard", "registry", "decided")
    said = {name: name in happened.split() for name in names}
    assert progress_of(lasts=lasts, **said) is found
