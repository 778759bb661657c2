"""Which person a photograph shows, and what groups they are said to be in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.calibration.people import labelled_faces
from edge.vision.faces.embedding import Embedded


def embedded(*names: str, lost: tuple[str, ...] = ()) -> Embedded:
    found = np.array([name not in lost for name in names])
    return Embedded(
        np.array(names), np.eye(len(names), 8, dtype=np.float32), found, np.ones(len(names), np.float32)
    )


@pytest.mark.parametrize(
    ("picture", "person"),
    [
        ("set/li-na/1.jpg", "li-na"),
        ("set/2019/li-na/front.jpg", "li-na"),
        ("set/li-na_1.jpg", "li-na"),
        ("set/li-na 002.png", "li-na"),
        ("set/li-na.jpg", "li-na"),
        ("set/0042.jpg", "0042"),
    ],
)
def test_a_person_is_a_folder_or_a_name_before_a_number(picture: str, person: str) -> None:
    assert labelled_faces(embedded(picture), Path("set"), {}).names == (person,)


def test_photographs_without_a_face_are_nobodys() -> None:
    people = labelled_faces(
        embedded("s/a/1.jpg", "s/a/2.jpg", "s/b/1.jpg", lost=("s/a/2.jpg",)), Path("s"), {}
    )
    assert (people.names, people.owners.tolist()) == (("a", "b"), [0, 1])


def test_people_who_are_left_out_leave_no_gap() -> None:
    people = labelled_faces(embedded("s/a/1.jpg", "s/b/1.jpg", "s/c/1.jpg"), Path("s"), {}).without({"b"})
    assert (people.names, people.owners.tolist()) == (("a", "c"), [0, 1])
    assert people.photographs == ("s/a/1.jpg", "s/c/1.jpg")


def test_whom_a_division_leaves_out_and_whom_nobody_photographed_is_said() -> None:
    pictures = tuple(f"s/p{place}/1.jpg" for place in range(9))
    groups = {
        "sex": {"p0": "women", "p1": "men", "nobody": "men"},
        "age": {f"p{place}": "old" for place in range(9)},
    }
    people = labelled_faces(embedded(*pictures), Path("s"), groups)
    assert list(people.ungrouped()) == [
        "sex: 7 (p2, p3, p4, p5, p6 …) of 9 people in no group",
        "sex: 1 (nobody) without a photograph here",
    ]
