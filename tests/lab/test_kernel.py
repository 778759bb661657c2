"""The kernel's fragment: whether what it asks for came to be."""

from __future__ import annotations

from tests.lab.kernel import FRAGMENT, lacking, settings

WANTED = """\
# a comment
CONFIG_GPIO_SIM=y
CONFIG_LOCALVERSION="-lab"
CONFIG_I2C_STUB=m
"""


def test_what_a_configuration_drops_is_named() -> None:
    made = 'CONFIG_GPIO_SIM=y\n# CONFIG_I2C_STUB is not set\nCONFIG_LOCALVERSION="-lab"\n'
    assert lacking(WANTED, made) == ["CONFIG_I2C_STUB=m"]
    assert lacking(WANTED, WANTED) == []


def test_the_fragment_has_a_gates_hardware_and_the_confinement_of_its_units() -> None:
    found = settings(FRAGMENT.read_text())
    for name in ("GPIO_SIM", "I6300ESB_WDT", "I2C_STUB", "DM_FLAKEY", "SECURITY_LANDLOCK", "SECCOMP_FILTER",
                 "CGROUP_BPF", "9P_FS", "VIRTIO_BLK", "EXT4_FS", "BLK_DEV_INITRD", "OVERLAY_FS"):  # fmt: skip
        assert found.get(f"CONFIG_{name}") in {"y", "m"}, name
