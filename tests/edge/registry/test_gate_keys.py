"""Where a gate keeps the template keys that come to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.registry.configuration import RegistrySection
from edge.registry.format import EarlierKey, KeyRing, TemplateKeyOffer, id_of_template_key
from edge.registry.gate_keys import RING, gate_keys_of, sealing_key_of
from edge.registry.key_offers import offer_of
from edge.registry.keys import make_template_key

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEW = bytes(range(32))


@pytest.fixture
def section(tmp_path: Path) -> RegistrySection:
    section = RegistrySection(
        tmp_path / "inbox", tmp_path / "registry", tmp_path / "root.pub", tmp_path / "template.key"
    )
    make_template_key(section.template_key)
    return section


def offered(section: RegistrySection) -> TemplateKeyOffer:
    """Another key, for this gate; the one that it was set up with is still read."""
    given = gate_keys_of(section).every[0]
    ring = KeyRing(NEW, (EarlierKey(given, NOW),))
    return offer_of(ring, "green-court", [sealing_key_of(section)], NOW)


def test_a_gates_keys_are_kept_in_its_own_folder_unless_it_is_said_otherwise(
    section: RegistrySection,
) -> None:
    offer = offered(section)
    gate_keys_of(section).take(offer, "green-court")
    assert [id_of_template_key(key) for key in gate_keys_of(section).every] == [offer.id, *offer.earlier]


@pytest.mark.parametrize("where", ["nowhere", "elsewhere"])
def test_who_tries_writes_nothing_in_the_gates_own_folder(section: RegistrySection, where: str) -> None:
    offer, other = offered(section), section.folder.with_name("other")
    keys = gate_keys_of(section, keep=False) if where == "nowhere" else gate_keys_of(section, other)
    keys.take(offer, "green-court")
    assert keys.every[0] == NEW
    assert not section.folder.exists()
    assert (other / RING).exists() == (where == "elsewhere")
    assert NEW not in gate_keys_of(section).every
