"""What each version of Landlock leaves open is named; how it confines, taken_over_worker.py tries out."""

from __future__ import annotations

import pytest

from edge.vision.worker.confinement import landlock


@pytest.mark.parametrize(
    ("version", "open_parts"),
    [
        (0, ["files"]),  # all else is open too: the first sentence says that there is no Landlock
        (1, ["files", "network", "devices", "processes"]),
        (2, ["files", "network", "devices", "processes"]),
        (3, ["network", "devices", "processes"]),  # truncate
        (4, ["devices", "processes"]),  # TCP ports
        (5, ["processes"]),  # ioctl on devices
        (6, []),  # signals and abstract sockets
        (99, []),
    ],
)
def test_a_kernel_names_what_its_landlock_leaves_open(version: int, open_parts: list[str]) -> None:
    assert [text.partition(":")[0] for text in landlock.missing(version)] == open_parts


def test_without_landlock_that_is_what_is_said() -> None:
    assert landlock.missing(0) == ("files: this kernel has no Landlock",)
