"""Whose a photograph is, what labels say, and how groups compare."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.calibration.core import gaps, groups, histograms
from edge.calibration.people import LabelledFaces, labelled_faces, read_labels
from edge.errors import VisionError
from edge.vision.faces.embedding import Embedded
from tests.edge.calibration.conftest import crowd_of


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


def test_a_group_that_is_recognised_worse_is_seen_and_chance_is_called_chance() -> None:
    clear, blurred = crowd_of(60, 4, scatter=0.3), crowd_of(60, 4, scatter=0.9, seed=5)
    people = LabelledFaces(
        names=tuple(f"p{place}" for place in range(120)),
        owners=np.concatenate([clear.owners, blurred.owners + 60]),
        vectors=np.concatenate([clear.vectors, blurred.vectors]),
        photographs=("",) * 480,
        labels={
            "light": {f"p{place}": "dark" if place >= 60 else "bright" for place in range(120)},
            "parity": {f"p{place}": str(place % 2) for place in range(120)},
            "alone": {"p1": "only"},
        },
    )
    found = tuple(groups(people.vectors, people.owners, people.names, people.labels, 0.3))
    rates = {(group.label, group.value): group.misses.share for group in found}
    dark, bright = rates["light", "dark"], rates["light", "bright"]
    assert dark is not None
    assert bright is not None
    assert dark > bright + 0.05
    told = {gap.label: gap for gap in gaps(found)}
    assert told["light"].sure
    assert not told["parity"].sure
    assert "alone" not in told, "one group has nothing to be compared with"


def test_histograms_count_every_pair_once() -> None:
    crowd = crowd_of(20, 3)
    counts = histograms(crowd.vectors, crowd.owners)
    assert (counts.own.sum(), counts.strangers.sum()) == (20 * 3, 60 * 59 / 2 - 60)
    similar = crowd.vectors @ crowd.vectors.T
    own = similar[(crowd.owners[:, None] == crowd.owners) & np.triu(np.ones((60, 60), bool), 1)]
    assert counts.missed()[1300] == pytest.approx((own < counts.edges[1300]).mean())
