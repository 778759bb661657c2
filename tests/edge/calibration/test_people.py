"""Which person a photograph shows, and what labels say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.calibration.people import labelled_faces, read_labels
from edge.errors import VisionError
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


def test_labels_are_read_by_column(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("\ufeffperson,age,sex\nli-na,old,f\nwang,young,\n", encoding="utf-8")
    assert read_labels(file) == {"age": {"li-na": "old", "wang": "young"}, "sex": {"li-na": "f"}}


def test_no_labels_are_no_error(tmp_path: Path) -> None:
    assert read_labels(tmp_path / "labels.csv") == {}


@pytest.mark.parametrize("text", ["", "name,age\na,b\n", "person\na\n", 'person,age\n"a,b\n', "\udcff"])
def test_a_table_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(VisionError) as caught:
        read_labels(file)
    assert caught.value.where == str(file)
