"""Enrolment before a camera: consent first, one person, several good looks, nothing kept but numbers."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

import models
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.admin.subject_tables import SCHEMA_VERSION
from edge.cli.main import command
from edge.cli.preview import half_blocks
from edge.consent import WORDING, Consent, ConsentAnswer, wording_for
from edge.decision import ClockTrust, Cover, FaceProblem, Subject, WallTime
from edge.errors import GatepostError, RegistryError, VisionError
from edge.journal.factory import open_journal
from edge.lane.configuration import LaneDirection
from edge.registry.templates import vector_of
from edge.vision.faces.capture_session import CapturePrompt, text_of
from tests.events import decided

NOW = datetime(2026, 3, 3, tzinfo=UTC)
Answers = Callable[..., list[str]]


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    made = init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)
    made.store.add(Subject("li-na", name="Li Na", language="en"))
    return made


@pytest.fixture
def photographs(shared_data: Path) -> list[list[Path]]:
    """People, the most photographed last."""
    try:
        models.path_of("sface")
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: no model file: {error}")
    people = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    return sorted((sorted(person.glob("*.jpg")) for person in people), key=len)


@pytest.fixture
def folder(tmp_path: Path, photographs: list[list[Path]]) -> Path:
    """A person before the camera: photographs of one, as a `folder:` camera."""
    place = tmp_path / "camera"
    place.mkdir()
    for photograph in photographs[-1]:
        shutil.copy(photograph, place)
    return place


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Staff at the terminal, who answer in turn; what they were asked is returned."""

    def prepare(*replies: str) -> list[str]:
        asked: list[str] = []
        waiting = list(replies)

        def reply(question: str) -> str:
            asked.append(question)
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr("builtins.input", reply)
        return asked

    return prepare


def run(admin: SiteAdmin, *arguments: object) -> int:
    return int(command()([*map(str, arguments), "--folder", str(admin.folder)], exit_on_error=False) or 0)


def enrol(admin: SiteAdmin, folder: Path, *more: object) -> int:
    return run(admin, "subject", "enrol", "li-na", "--camera", f"folder:{folder}", "--actor", "Wang", *more)


def test_several_looks_are_taken_and_the_consent_is_kept_with_them(
    admin: SiteAdmin, folder: Path, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answers("yes", "yes")
    enrol(admin, folder)
    assert len(asked) == 2
    assert all("Li Na (li-na)" in question for question in asked)
    assert len(admin.store.templates("li-na")) == 3
    [consent] = admin.store.consents("li-na")
    assert (consent.answer, consent.staff, consent.wording) == (ConsentAnswer.GIVEN, "Wang", WORDING)
    said = capsys.readouterr().out
    assert wording_for("en") in said
    assert "Turn your head a little" in said
    assert {path.suffix for path in admin.folder.rglob("*") if path.is_file()}.isdisjoint({".jpg", ".png"})


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (("no",), "no consent"),
        ((), "no consent"),
        (("y",), "no consent"),
        (("yes", "no"), "not confirmed"),
        (("yes",), "not confirmed"),
    ],
)
def test_without_a_whole_yes_to_both_questions_nothing_is_kept(
    admin: SiteAdmin, folder: Path, answers: Answers, replies: tuple[str, ...], said: str
) -> None:
    answers(*replies)
    with pytest.raises(VisionError, match=said):
        enrol(admin, folder)
    assert admin.store.templates("li-na") == []
    assert admin.store.consents("li-na") == []


def test_the_camera_is_not_opened_before_the_consent(
    admin: SiteAdmin, tmp_path: Path, answers: Answers
) -> None:
    answers("no")
    with pytest.raises(VisionError, match="no consent"):
        enrol(admin, tmp_path / "gone")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--looks", 0), "0 looks"),
        (("--camera", "pigeon:1"), "unknown camera"),
        (("--actor", " "), "nobody is named"),
    ],
)
def test_what_cannot_be_asked_is_said(
    admin: SiteAdmin, tmp_path: Path, answers: Answers, arguments: tuple[object, ...], said: str
) -> None:
    answers("yes", "yes")
    words = ["subject", "enrol", "li-na", "--camera", f"folder:{tmp_path}", "--actor", "Wang"]
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        words = [*words[: words.index(name)], *words[words.index(name) + 2 :]] if name in words else words
        words += [str(name), str(value)]
    with pytest.raises(GatepostError, match=said):
        run(admin, *words)


def test_somebody_else_in_the_middle_is_told_and_left_out(
    admin: SiteAdmin,
    folder: Path,
    photographs: list[list[Path]],
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = photographs[-2]
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    for number, photograph in enumerate(other[:5]):
        shutil.copy(photograph, folder / f"z{number}.jpg")
    answers("yes", "yes")
    enrol(admin, folder)
    assert "This is somebody else" in capsys.readouterr().out
    assert len(admin.store.templates("li-na")) == 1


@pytest.mark.usefixtures("photographs")
def test_an_empty_place_is_no_enrolment(admin: SiteAdmin, tmp_path: Path, answers: Answers) -> None:
    place = tmp_path / "empty"
    place.mkdir()
    (place / "a.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(place / "b.png"), np.full((300, 300, 3), 120, np.uint8))
    answers("yes", "yes")
    with pytest.raises(VisionError, match="no look was good enough") as caught:
        enrol(admin, place)
    assert "Step before the camera" in caught.value.remedy


def test_renewing_takes_the_place_of_the_old_and_withdrawing_erases(
    admin: SiteAdmin, folder: Path, answers: Answers
) -> None:
    answers("yes", "yes", "yes", "yes")
    enrol(admin, folder, "--looks", 2)
    before = {template.sealed for template in admin.store.templates("li-na")}
    enrol(admin, folder, "--renew")
    held = {template.sealed for template in admin.store.templates("li-na")}
    assert len(held) == 3
    assert held.isdisjoint(before)
    run(admin, "subject", "consent", "withdraw", "li-na", "--actor", "Zhao")
    assert admin.store.templates("li-na") == []
    answered = [(consent.answer, consent.staff) for consent in admin.store.consents("li-na")]
    assert answered == [
        (ConsentAnswer.GIVEN, "Wang"),
        (ConsentAnswer.GIVEN, "Wang"),
        (ConsentAnswer.WITHDRAWN, "Zhao"),
    ]


def test_consents_are_erased_with_the_person(admin: SiteAdmin) -> None:
    admin.store.note_consent("li-na", Consent(ConsentAnswer.GIVEN, NOW, "Wang"))
    admin.store.remove("li-na")
    admin.store.add(Subject("li-na"))
    assert admin.store.consents("li-na") == []


@pytest.mark.parametrize(
    ("version", "later"), [(1, ("consent", "request")), (2, ("request",))], ids=["first", "second"]
)
def test_a_book_of_an_earlier_version_is_taken_along(
    admin: SiteAdmin, version: int, later: tuple[str, ...]
) -> None:
    path = admin.folder / "subjects.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        drops = "".join(f"DROP TABLE {table}; " for table in later)
        connection.executescript(f"{drops}PRAGMA user_version = {version}")
    assert admin.store.answered_request("none") is None
    admin.store.note_consent("li-na", Consent(ConsentAnswer.GIVEN, NOW, "Wang"))
    assert admin.store.get("li-na").name == "Li Na"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_everything_that_may_be_said_is_said_in_both_languages() -> None:
    for request in (*CapturePrompt, *FaceProblem, *Cover):
        assert text_of(request, "zh-CN") != text_of(request, "en")
        assert all(text_of(request, language).strip() for language in ("zh-CN", "en"))


def test_the_preview_is_as_wide_as_asked_and_half_as_high() -> None:
    lines = half_blocks(np.zeros((480, 640, 3), np.uint8), 40)
    assert len(lines) == 15
    assert all(line.count("\u2580") == 40 for line in lines)


# --- near misses -------------------------------------------------------------------------------


def test_anyone_who_was_nearly_missed_again_and_again_is_listed(
    admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.store.add(Subject("wang"))
    path = admin.folder / "gates" / "main" / "state" / "journal.sqlite"
    path.parent.mkdir(parents=True)
    now = datetime.now(UTC)
    long_ago = WallTime(now - timedelta(days=90), ClockTrust.TRUSTED)
    recent = WallTime(now, ClockTrust.TRUSTED)
    journal = open_journal(path, "main")
    for who, wall in (
        *[("li-na", recent)] * 3,
        *[("wang", recent)] * 2,
        *[("wang", long_ago)] * 5,
        *[("gone", recent)] * 9,
    ):
        journal.append(decided(near_miss=who), wall)
    journal.append(decided(), recent)
    journal.close()
    run(admin, "subject", "near-miss", "list")
    told = capsys.readouterr().out
    assert "Li Na" in told
    assert "wang" not in told
    assert "gone" not in told, "who is no subject any more is nobody to be enrolled"
    assert "only if they agree" in told


def test_a_site_without_journals_says_so(admin: SiteAdmin) -> None:
    with pytest.raises(RegistryError, match="no journal"):
        run(admin, "subject", "near-miss", "list")


# --- twins -------------------------------------------------------------------------------------


def test_twins_are_listed_until_they_are_flagged(
    admin: SiteAdmin, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(admin, "subject", "enrol", "li-na", max(folder.iterdir()))
    run(admin, "subject", "enrol", "li-na", min(folder.iterdir()), "--renew")
    [(engine, plain)] = admin.store.opened_templates()["li-na"]
    vector = vector_of(plain)
    admin.store.add(Subject("li-mei"), (vector,), engine)
    assert run(admin, "faces", "compare") == 1
    assert "li-mei" in capsys.readouterr().out
    assert run(admin, "faces", "compare", "--flag") == 0
    assert all(subject.second_factor for subject in admin.store.every())
    run(admin, "subject", "second-factor", "remove", "li-mei")
    assert not admin.store.get("li-mei").second_factor
    assert run(admin, "faces", "compare", "--json") == 1
    assert '"subject":"li-mei"' in capsys.readouterr().out
    assert run(admin, "faces", "compare", "--above", 1.1) == 0


def test_templates_of_two_engines_are_told_when_the_registry_is_built(
    admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    vector = np.eye(128, dtype=np.float32)[0]
    admin.store.add(Subject("wang"), (vector,), "engine-1")
    run(admin, "registry", "build")
    assert "warning: templates" not in capsys.readouterr().err
    admin.store.add(Subject("zhou"), (vector, vector), "engine-2")
    run(admin, "registry", "build")
    assert "2 by engine-2, 1 by engine-1" in capsys.readouterr().err
