"""How far an invitation is, by what happened."""

from __future__ import annotations

import pytest

from sync.central.adoption.core.progress import Progress, progress_of


@pytest.mark.parametrize(
    ("happened", "now", "found"),
    [
        ("", 99, Progress.INVITED),
        ("", 100, Progress.EXPIRED),
        ("withdrawn", 99, Progress.WITHDRAWN),
        ("withdrawn", 100, Progress.WITHDRAWN),
        ("enrolled", 99, Progress.ENROLLED),
        ("enrolled", 100, Progress.ENROLLED),
        ("enrolled heard", 100, Progress.CONNECTED),
        ("enrolled heard registry", 100, Progress.SUPPLIED),
        ("enrolled heard registry decided", 100, Progress.DECIDED),
        ("enrolled decided", 100, Progress.DECIDED),
        ("heard registry decided", 99, Progress.INVITED),
    ],
)
def test_progress(happened: str, now: int, found: Progress) -> None:
    names = ("withdrawn", "enrolled", "heard", "registry", "decided")
    said = {name: name in happened.split() for name in names}
    assert progress_of(now=now, until=100, **said) is found
