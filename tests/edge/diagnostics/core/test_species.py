"""What files are called, and which species and whom they are taken to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.diagnostics.core import person_of, species_of

NAMES = [
    # folders, stem → species, person
    ("set/live", "a", "live", None),
    ("set/replay", "a", "replay", None),
    ("set/live/ann", "walking", "live", None),
    ("set/live/ann", "ann_2", "live", "ann"),
    ("set/print/Bo_Ek", "Bo_Ek_0002", "print", "Bo_Ek"),
    ("set/print/07", "walking", "print", "07"),
    ("set/print/ann", "walking", "print", None),
    ("set/replay/2026 May", "0001", "replay", None),
    ("replay/phone-2/client001", "hand_3", "phone-2", "client001"),
    ("set/Prints/Subject_3", "a", "Prints", "Subject_3"),
    ("prints/printer", "a", "prints", None),
    ("set/masked ball/p01", "a", "masked ball", "p01"),
    ("office/s01", "a", "office", "s01"),
    ("live/p01", "a", "live", "p01"),
    ("lfw_dev/Li_Na", "Li_Na_0003", "lfw_dev", "Li_Na"),
    ("lfw_dev/Elena_de_Chavez", "Elena_de_Chavez_0001", "lfw_dev", "Elena_de_Chavez"),
    ("lfw_dev/Li_Na", "Li_Peng_0003", "Li_Na", "Li_Peng"),
    ("live", "Li_Na_0003", "live", "Li_Na"),
    ("live", "bo1", "live", "bo"),
    ("live", "0001", "live", None),
    ("live", "frame_0001", "live", None),
    ("live", "IMG_0001", "live", None),
    ("set/replay", "replay_0001", "replay", None),
    ("set/Replay", "Replay_0001", "Replay", None),
    ("live", "李娜_12", "live", "李娜"),
    ("live", "O'Hara-3", "live", "O'Hara"),
    ("office/live/2026", "x", "live", "2026"),
    ("", "x", "", None),
    ("07", "x", "07", "07"),
]


@pytest.mark.parametrize(("folders", "stem", "species", "person"), NAMES)
def test_a_name_says_which_species_and_whom(
    folders: str, stem: str, species: str, person: str | None
) -> None:
    parts = folders.split("/") if folders else []
    assert (species_of(parts, stem), person_of(parts, stem)) == (species, person)


@given(st.lists(st.text(min_size=1)), st.text())
def test_the_species_is_a_folder_that_the_file_lies_in(folders: list[str], stem: str) -> None:
    assert species_of(folders, stem) in {*folders, *([] if folders else [""])}
