"""Folders of photographs, with all that people put into them: everything named, nothing fatal."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import models
from edge.admin.enrolment import MOST_TEMPLATES, Remark, RemarkKind, enrol
from edge.admin.imports.import_page import MOST_THUMBNAILS, page_of, write_page
from edge.admin.imports.importing import import_file
from edge.admin.imports.photographs import ImportReport, import_folder, people_in
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.decision import Subject
from edge.errors import VisionError
from edge.lane.configuration import LaneDirection
from edge.vision.configuration import FaceEngineName

NOW = datetime(2026, 3, 3, tzinfo=UTC)
SFACE = FaceEngineName.SFACE
RESIDENTS = frozenset({"resident"})


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    try:
        models.path_of("sface")
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: no model file: {error}")
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


@pytest.fixture(scope="module")
def people(shared_data: Path) -> list[list[Path]]:
    """Three photographs each of some people whom enrolment takes."""
    names = ("Abdullah", "Adrien_Brody", "Al_Gore", "Alastair_Campbell", "Amelie_Mauresmo", "Andre_Agassi")
    folder = shared_data / "faces" / "lfw_dev"
    several = [sorted(person.glob("*.jpg"))[:3] for person in sorted(folder.iterdir())]
    whole = [photographs for photographs in several if len(photographs) == 3]
    return [photographs for photographs in whole if photographs[0].parent.name in names] + whole[-8:]


@pytest.fixture
def folder(tmp_path: Path, people: list[list[Path]]) -> Path:
    """One folder with everything in it that one may meet."""
    place = tmp_path / "photographs"
    for name, photographs in (("wang", people[-1]), ("li-na", people[-2]), ("zhou", people[-3])):
        (place / name).mkdir(parents=True)
        for number, photograph in enumerate(photographs[:2]):
            shutil.copy(photograph, place / name / f"{number}.jpg")
    shutil.copy(people[-4][0], place / "gao_1.jpg")
    shutil.copy(people[-4][1], place / "gao_2.jpg")
    shutil.copy(place / "gao_1.jpg", place / "gao_3.jpg")  # the same picture twice
    (place / "mixed").mkdir()
    shutil.copy(people[-5][0], place / "mixed" / "a.jpg")
    shutil.copy(people[-6][0], place / "mixed" / "b.jpg")  # two people under one name
    (place / "alias").mkdir()
    shutil.copy(people[-1][2], place / "alias" / "1.jpg")  # one person under two names
    (place / "damaged").mkdir()
    (place / "damaged" / "1.jpg").write_bytes(people[-1][0].read_bytes()[:900])
    (place / "wall").mkdir()
    cv2.imwrite(str(place / "wall" / "1.png"), np.full((200, 200, 3), 90, np.uint8))
    (place / "notes.txt").write_text("ours")
    (place / ".hidden.jpg").write_bytes(b"x")
    return place


def test_a_subject_is_a_sub_folder_or_the_name_before_the_number(tmp_path: Path) -> None:
    for name in (
        "li-na/a.jpg",
        "li-na/b.png",
        "wang_1.jpg",
        "wang_2.JPG",
        "zhou.jpg",
        "li-na_3.jpg",
        "x/y/z.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = people_in(tmp_path)
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {
        "li-na": ["a.jpg", "b.png", "li-na_3.jpg"],
        "wang": ["wang_1.jpg", "wang_2.JPG"],
        "zhou": ["zhou.jpg"],
    }


def test_a_folder_without_photographs_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(VisionError) as caught:
            people_in(place)
        assert caught.value.where == str(place)


def test_everything_in_a_folder_is_enrolled_or_named(admin: SiteAdmin, folder: Path) -> None:
    report = import_folder(admin, folder, SFACE, RESIDENTS)
    held = {subject.id: subject for subject in admin.store.every()}
    assert {"wang", "li-na", "zhou", "gao"} <= set(held)
    assert {"mixed", "damaged", "wall"}.isdisjoint(held)
    assert all(subject.groups == RESIDENTS for subject in held.values())
    assert len(admin.store.templates("gao")) == 2

    named = {(remark.kind, remark.subject_id) for remark in report.remarks}
    assert (RemarkKind.SAME_PICTURE, "gao") in named
    assert (RemarkKind.DISAGREES, "mixed") in named
    assert (RemarkKind.REFUSED, "damaged") in named
    assert (RemarkKind.REFUSED, "wall") in named
    assert (RemarkKind.FEW, "alias") in named
    assert {problem.split(":")[0] for problem in report.problems} == {"mixed", "damaged", "wall"}


def test_one_person_under_two_names_is_named_and_both_need_face_and_code(
    admin: SiteAdmin, folder: Path
) -> None:
    report = import_folder(admin, folder, SFACE, RESIDENTS)
    [alike] = [remark for remark in report.remarks if remark.kind is RemarkKind.ALIKE]
    assert "wang" in alike.text
    assert "alias" in alike.text
    flagged = {subject.id for subject in admin.store.every() if subject.second_factor}
    assert flagged == {"wang", "alias"}


def test_anyone_who_is_known_gets_more_templates_unless_it_is_somebody_else(
    admin: SiteAdmin, tmp_path: Path, people: list[list[Path]]
) -> None:
    for name, photograph in (("wang", people[-1][0]), ("zhou", people[-2][0])):
        enrolled = enrol(admin, [photograph], SFACE, name)
        admin.store.add(Subject(name, name="kept"), enrolled.vectors, enrolled.engine)
    place = tmp_path / "more"
    place.mkdir()
    shutil.copy(people[-1][1], place / "wang.jpg")
    shutil.copy(people[-3][0], place / "zhou.jpg")
    report = import_folder(admin, place, SFACE, RESIDENTS)
    assert (report.added, report.enlarged) == (0, 1)
    assert admin.store.get("wang").name == "kept"
    assert len(admin.store.templates("wang")) == 2
    assert len(admin.store.templates("zhou")) == 1
    assert any("not the person who is enrolled as zhou" in remark.text for remark in report.remarks)


def test_more_templates_than_enough_are_named_and_left_out(
    admin: SiteAdmin, people: list[list[Path]]
) -> None:
    photographs = people[-1][:2]
    enrolled = enrol(admin, photographs, SFACE, "wang")
    admin.store.add(Subject("wang"), enrolled.vectors * (MOST_TEMPLATES // 2), enrolled.engine)
    with pytest.raises(VisionError, match="templates are enough"):
        enrol(admin, [people[-1][2]], SFACE, "wang")
    assert len(admin.store.templates("wang")) == MOST_TEMPLATES


def test_a_photograph_in_somebody_elses_folder_is_told_whose_it_may_be_whichever_comes_first(
    admin: SiteAdmin, tmp_path: Path, people: list[list[Path]]
) -> None:
    wangs, lis = people[-1], people[-2]
    place = tmp_path / "exchanged"
    for name, photographs in (
        ("li-na", [lis[0], wangs[2]]),
        ("wang", wangs[:2]),
        ("zhou", [lis[1], wangs[1]]),
    ):
        (place / name).mkdir(parents=True)
        for photograph in photographs:
            shutil.copy(photograph, place / name)
    report = import_folder(admin, place, SFACE, RESIDENTS)
    told = {
        (remark.subject_id, path.name)
        for remark in report.remarks
        if remark.kind is RemarkKind.EXCHANGED
        for path in remark.photographs
    }
    assert ("wang", wangs[2].name) in told, "left out of li-na, before wang was known"
    assert ("zhou", wangs[1].name) in told, "more like wang, who was enrolled by then"
    assert {subject.id for subject in admin.store.every()} == {"wang"}


def test_the_same_picture_under_two_names_is_named(
    admin: SiteAdmin, tmp_path: Path, people: list[list[Path]]
) -> None:
    place = tmp_path / "two"
    place.mkdir()
    for name in ("li-na", "wang"):
        shutil.copy(people[-1][0], place / f"{name}_1.jpg")
        shutil.copy(people[-1][1], place / f"{name}_2.jpg")
    report = import_folder(admin, place, SFACE, RESIDENTS)
    same = [remark.text for remark in report.remarks if remark.kind is RemarkKind.SAME_PICTURE]
    assert len(same) == 2
    assert all("one person under two ids" in text for text in same)


def test_a_row_keeps_the_good_photographs_and_names_the_bad_ones(
    admin: SiteAdmin, tmp_path: Path, people: list[list[Path]]
) -> None:
    table = tmp_path / "people.csv"
    shutil.copy(people[-1][0], tmp_path / "good.jpg")
    table.write_text("id,photos\nwang,good.jpg;gone.jpg\nzhou,gone.jpg\n")
    report = import_file(admin, table, SFACE)
    assert report.added == 1
    assert len(admin.store.templates("wang")) == 1
    assert [remark.subject_id for remark in report.remarks if remark.kind is RemarkKind.REFUSED] == [
        "wang",
        "zhou",
    ]
    assert [problem.split(":")[0].rsplit(" ", 1)[1] for problem in report.problems] == ["3"]


def test_different_people_are_never_added_as_one(admin: SiteAdmin, people: list[list[Path]]) -> None:
    with pytest.raises(VisionError, match="two people under one name"):
        enrol(admin, [people[-1][0], people[-2][0]], SFACE, "wang")


# --- the page ----------------------------------------------------------------------------------


def test_the_page_shows_small_pictures_and_fetches_nothing(
    admin: SiteAdmin, folder: Path, tmp_path: Path, browser: Any
) -> None:
    report = import_folder(admin, folder, SFACE, RESIDENTS)
    page_file = tmp_path / "report.html"
    write_page(page_file, report)
    assert page_file.stat().st_mode & 0o077 == 0
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    sizes = page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    assert len(sizes) >= 4
    assert all(0 < size <= 112 for size in sizes)
    assert "Different people under one name" in page.inner_text("body")
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    page.close()


def test_a_hostile_name_is_text_and_nothing_else(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\"'&"
    remark = Remark(
        RemarkKind.REFUSED, name, f"{name}.jpg: is no picture", (tmp_path / name.replace("/", "_"),)
    )
    text = page_of(ImportReport(0, (f"{name}: left out",), (remark,)))
    assert "<script>" not in text
    assert text.count("&lt;script&gt;alert(1)") == 3


def test_the_page_stays_small_whatever_the_number(tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    cv2.imwrite(str(picture), np.random.default_rng(1).integers(0, 255, (40, 40, 3), np.uint8))
    remarks = tuple(
        Remark(RemarkKind.REFUSED, f"p{n}", "dark", (picture,)) for n in range(MOST_THUMBNAILS + 200)
    )
    text = page_of(ImportReport(0, (), remarks))
    assert len(re.findall("<img", text)) == MOST_THUMBNAILS
    assert len(text) < 20 << 20
