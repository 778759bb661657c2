"""What gates ask at a site without a centre: each is answered once, and bad files change nothing."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cyclopts import CycloptsError
from msgspec.structs import replace

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.main import command
from edge.consent import WORDING, Consent, ConsentAnswer, wording_for
from edge.decision import Subject
from edge.enrolling import ConsentPaper, Guardian, Person, seal_paper, sealed_templates
from edge.errors import RegistryError
from edge.lane.configuration import LaneDirection
from edge.registry_requests import EnrolmentRequest, RequestKind, bare, read_request
from edge.signing.cose import encode_value, microseconds

NOW = datetime(2026, 3, 3, tzinfo=UTC)
STROKES = (((100, 300), (300, 100)), ((400, 200),))
ENGINE = "sface-2021dec-int8bq-2"
Vector = Any


def face(seed: int, look: int = 0) -> Vector:
    """A look of the person `seed`: like their others, and like nobody else."""
    own = np.random.default_rng(seed).standard_normal(128)
    noise = np.random.default_rng(1000 * seed + look).standard_normal(128)
    vector = own / np.linalg.norm(own) + 0.3 * noise / np.linalg.norm(noise)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def entropy(count: int) -> bytes:
    return np.random.default_rng(count).bytes(count)


@dataclass
class Desk:
    admin: SiteAdmin
    stick: Path

    def asked(
        self,
        vectors: tuple[Vector, ...] = (),
        number: int = 1,
        *,
        site: str = "green-court",
        key: bytes = b"",
        guardian: Guardian | None = None,
        **changes: Any,
    ) -> Path:
        """A file as a gate leaves it, in which `changes` are said otherwise."""
        key, identity = key or self.admin.keys.template, bytes([number]) * 16
        paper = ConsentPaper("li-na", WORDING, "en", microseconds(NOW), "wang", STROKES, "<Li Na>", guardian)
        vectors = vectors or tuple(face(1, look) for look in (1, 2, 3))
        person = Person("li-na", 0, "Li Na", "")
        templates = sealed_templates(vectors, person, ENGINE, key=key, site=site, entropy=entropy)
        request = EnrolmentRequest(
            identity,
            RequestKind.ENROL,
            microseconds(NOW),
            "li-na",
            "wang",
            0,
            ENGINE,
            templates,
            WORDING,
            "en",
            guardian is not None,
            paper.digest(),
            seal_paper(paper, identity, key=key, entropy=entropy),
        )
        return self.file(replace(request, **changes))

    def withdrawal(self, number: int = 2, at: datetime = NOW, subject: str = "li-na") -> Path:
        return self.file(
            EnrolmentRequest(bytes([number]) * 16, RequestKind.WITHDRAW, microseconds(at), subject, "wang")
        )

    def file(self, request: EnrolmentRequest) -> Path:
        path = self.stick / f"{request.id.hex()}.request"
        path.write_bytes(encode_value(request))
        return path

    def run(self, *words: object) -> int:
        line = ["subject", "request", *map(str, words), "--folder", str(self.admin.folder)]
        return int(command()(line, exit_on_error=False) or 0)

    def accept(self, file: Path, *more: object) -> int:
        return self.run("accept", file, "--actor", "Wang Wei", *more)

    def refuse(self, file: Path, *more: object) -> int:
        return self.run("refuse", file, "--actor", "Wang Wei", "--reason", "moved out", *more)

    def answer_to(self, file: Path) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(file.with_suffix(".answer").read_bytes())
        return answer

    def state(self) -> object:
        """Everything that an answer may change."""
        store = self.admin.store
        return store.every(), store.templates(), store.every_consent(), sorted(self.stick.glob("*.answer"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    admin = init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)
    admin.store.add(Subject("li-na", name="Li Na"), (face(1),), ENGINE)
    admin.store.add(Subject("bob"), (face(2),), ENGINE)
    (tmp_path / "stick").mkdir()
    return Desk(admin, tmp_path / "stick")


# --- each once -------------------------------------------------------------------------------------


def test_what_was_accepted_is_done_once_and_its_answer_written_as_often_as_it_is_lost(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk.asked()
    desk.accept(file)
    first, done = desk.answer_to(file), desk.state()
    assert (first["state"], first["version"]) == ("accepted", 1)
    file.with_suffix(".answer").unlink()
    desk.accept(file)
    assert "already" in capsys.readouterr().out
    assert (desk.answer_to(file), desk.state()) == (first, done)
    with pytest.raises(RegistryError, match="was accepted by Wang Wei"):
        desk.refuse(file)
    assert desk.state() == done


def test_what_was_refused_is_not_accepted_later(desk: Desk) -> None:
    file = desk.asked()
    desk.refuse(file)
    done = desk.state()
    assert desk.answer_to(file)["reason"] == "moved out"
    with pytest.raises(RegistryError, match="was refused by Wang Wei"):
        desk.accept(file)
    assert desk.state() == done


def test_an_answer_that_cannot_be_written_is_written_by_saying_it_again(desk: Desk, tmp_path: Path) -> None:
    file = desk.asked()
    with pytest.raises(RegistryError, match="say it again") as caught:
        desk.accept(file, "--answers", tmp_path / "not there")
    assert "it is accepted" in caught.value.what
    desk.accept(file)
    assert desk.answer_to(file)["state"] == "accepted"
    assert len(desk.admin.store.consents("li-na")) == 1


def test_a_withdrawal_is_nobodys_to_refuse_while_it_can_be_done(desk: Desk) -> None:
    file = desk.withdrawal()
    with pytest.raises(RegistryError, match="accept it"):
        desk.refuse(file)
    desk.accept(file)
    assert [each.subject_id for each in desk.admin.store.templates()] == ["bob"]
    gone = desk.withdrawal(3, subject="nobody")
    desk.refuse(gone)
    assert desk.answer_to(gone)["state"] == "refused"


def test_the_last_word_of_the_person_counts_in_whatever_order_files_come(desk: Desk) -> None:
    later = desk.withdrawal(at=NOW + timedelta(hours=1))
    desk.accept(later)
    with pytest.raises(RegistryError, match="withdrew their consent after"):
        desk.accept(desk.asked())
    desk.admin.store.note_consent("li-na", Consent(ConsentAnswer.GIVEN, NOW + timedelta(hours=3), "wang"))
    with pytest.raises(RegistryError, match="consented anew"):
        desk.accept(desk.withdrawal(4, at=NOW + timedelta(hours=2)))


# --- what is wrong with it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"key": bytes(32)}, "another key"),
        ({"site": "red-court"}, "sealed for another site"),
        ({"subject": "bob"}, "other things than the paper"),
        ({"staff": "zhao"}, "other things than the paper"),
        ({"wording": "1999-01"}, "other things than the paper"),
        ({"digest": bytes(32)}, "other things than the paper"),
        ({"paper": b"short"}, "another key"),
        ({"paper": b""}, "brings no templates with a consent"),
        ({"templates": ()}, "brings no templates with a consent"),
        ({"templates": (b"short",)}, "sealed for another site"),
        ({"engine": "another"}, "sealed for another site"),
        ({"version": 7}, "version 7 of the record, held is 1"),
        ({"choice": "unsure", "alike": "bob"}, "'unsure'"),
        ({"kind": RequestKind.JOIN, "alike": "bob"}, "joined by hand"),
        ({"vectors": (face(1), face(3), face(4))}, "not of one person"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_request_that_cannot_be_accepted_says_why_and_changes_nothing(
    desk: Desk, bad: dict[str, Any], says: str
) -> None:
    file = desk.asked(**bad)
    before = desk.state()
    with pytest.raises(RegistryError, match=says) as caught:
        desk.accept(file)
    assert caught.value.where == str(file)
    assert caught.value.remedy
    assert desk.state() == before


@pytest.mark.parametrize("whole", [b"", b"\xff" * 100, b"\0" * 70_000], ids=["empty", "noise", "huge"])
def test_a_file_that_is_no_request_is_named_and_the_others_are_listed(
    desk: Desk, whole: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    good = desk.asked()
    cut, noise = desk.stick / "cut.request", desk.stick / "noise.request"
    cut.write_bytes(good.read_bytes()[:-9])
    noise.write_bytes(whole)
    desk.asked(number=9, key=bytes(32))
    assert desk.run("list", desk.stick, "--json") == 1
    said = capsys.readouterr()
    assert [json.loads(line)["file"] for line in said.out.splitlines()] == [str(good)]
    warnings = [json.loads(line)["warning"] for line in said.err.splitlines()]
    assert len(warnings) == 3
    for file in (cut, noise):
        assert any(str(file) in warning for warning in warnings)
        with pytest.raises(RegistryError):
            desk.accept(file)


def test_who_is_gone_is_not_enrolled_and_the_gate_is_told_by_a_refusal(desk: Desk) -> None:
    file = desk.asked()
    desk.admin.store.remove("li-na")
    with pytest.raises(RegistryError, match="nobody is 'li-na' here any more"):
        desk.accept(file)
    desk.refuse(file)
    assert desk.answer_to(file)["state"] == "refused"


def test_what_a_gate_only_asks_on_for_brings_nothing(desk: Desk) -> None:
    whole = desk.asked()
    only_asking = desk.file(replace(bare(read_request(whole.read_bytes())), id=bytes(16)))
    with pytest.raises(RegistryError, match="brings no templates"):
        desk.accept(only_asking)


@pytest.mark.parametrize(
    "words", [("accept", "--actor", " "), ("refuse", "--actor", "Wang", "--reason", " ")]
)
def test_nobody_answers_namelessly_or_without_a_reason(desk: Desk, words: tuple[str, ...]) -> None:
    file, before = desk.asked(), desk.state()
    with pytest.raises((RegistryError, CycloptsError)):
        desk.run(words[0], file, *words[1:])
    assert desk.state() == before


# --- who looks alike, and the paper ----------------------------------------------------------------


def test_whom_only_the_office_finds_alike_need_a_second_factor_too(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.accept(desk.asked(tuple(face(2, look) for look in (1, 2, 3))))
    assert "li-na looks like bob" in capsys.readouterr().err
    assert all(subject.second_factor for subject in desk.admin.store.every())


def test_two_people_by_the_word_of_the_gates_staff_need_a_second_factor(desk: Desk) -> None:
    desk.accept(desk.asked(choice="two_people", alike="bob"))
    assert all(subject.second_factor for subject in desk.admin.store.every())
    assert len(desk.admin.store.templates("li-na")) == 3


def test_who_is_like_nobody_needs_none(desk: Desk) -> None:
    desk.accept(desk.asked())
    assert not any(subject.second_factor for subject in desk.admin.store.every())


def test_the_signature_is_drawn_into_a_new_file_of_ones_own(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, picture = desk.asked(guardian=Guardian("Wang Fang", "mother")), tmp_path / "signature.svg"
    desk.run("show", file, "--paper", picture)
    assert wording_for("en") in capsys.readouterr().out
    drawn = ET.fromstring(picture.read_bytes())  # noqa: S314 - our own
    lines = [each.get("points") for each in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert lines == ["100,300 100,300 300,100", "400,200 400,200"], "a dot is a line of no length"
    said = [each.text or "" for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert said[0] == "typed: <Li Na>"
    assert said[-1] == "signed by Wang Fang, mother"
    assert picture.stat().st_mode & 0o077 == 0
    with pytest.raises(RegistryError, match="exists"):
        desk.run("show", file, "--paper", picture)
    with pytest.raises(RegistryError, match="no signed paper"):
        desk.run("show", desk.withdrawal(), "--paper", tmp_path / "other.svg")
