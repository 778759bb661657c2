"""Which file an updater needs, as the `[commands]` table says it, or as the package is."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.commands.configuration import PACKAGED_NEEDS, PACKAGED_UPDATE, CommandsSection
from edge.setup.core import ON_SYSTEM

OWN = Path("/srv/own")


@pytest.mark.parametrize(
    ("update", "needs", "needed"),
    [
        (PACKAGED_UPDATE, None, PACKAGED_NEEDS),  # set up before there was the key
        (PACKAGED_UPDATE, OWN, OWN),
        (OWN, None, None),  # another unit, by other rules
        (OWN, PACKAGED_NEEDS, PACKAGED_NEEDS),
        (None, None, None),
    ],
)
def test_the_packages_updater_needs_its_file_also_where_gate_toml_does_not_say_so(
    update: Path | None, needs: Path | None, needed: Path | None
) -> None:
    assert CommandsSection(update=update, update_needs=needs).needed == needed


def test_setup_writes_what_the_package_has() -> None:
    assert (ON_SYSTEM.wanted, ON_SYSTEM.update_toml) == (str(PACKAGED_UPDATE), str(PACKAGED_NEEDS))
