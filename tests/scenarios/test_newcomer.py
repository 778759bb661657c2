"""From an empty folder to a gate that opens for the right person, by commands and pictures.

The first story runs in processes of its own, as in a shell; the others in this one.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import segno

from edge.cli.arguments import gate_configuration
from edge.diagnostics.replay import replay as play_back
from edge.vision.pictures.reading import read_picture
from tests.examples import LONG

if TYPE_CHECKING:
    from tests.scenarios.conftest import Site

GREEN = ("--group", "resident", "--status", "green")
LONG_AGO, SOON_AFTER = "2020-03-01T08:00", "2020-03-01T18:00"


def drawn(text: str, folder: Path, name: str = "code.png") -> Path:
    segno.make_qr(text, error="l").save(str(folder / name), scale=6)
    return folder / name


def photographs(shared_data: Path, person: str) -> list[Path]:
    return sorted((shared_data / "faces" / "lfw_dev" / person).glob("*.jpg"))


def held_up(code: Path, face: Path, folder: Path) -> Path:
    """Somebody (a photograph) holds a code up beside their face."""
    pass_picture = cv2.resize(read_picture(code), (420, 420), interpolation=cv2.INTER_NEAREST)
    target = folder / f"{code.stem}-with-{face.stem}.png"
    cv2.imwrite(str(target), np.hstack([pass_picture, cv2.resize(read_picture(face), (420, 420))]))
    return target


def test_a_resident_comes_in_by_the_pass_on_a_sheet_of_paper(site_in_processes: Site) -> None:
    site = site_in_processes
    site.run("subject", "create", "li-na", *GREEN)
    printed = site.pass_picture("li-na")
    site.build()
    [answer] = site.replay(printed)
    assert (answer["decision"], answer["reason"], answer["subject"]) == ("grant", "code_accepted", "li-na")
    assert answer["evidence"]["pass_verdict"] == "genuine"
    assert any("relay" in movement for movement in answer["barrier"])
    assert set(answer["latency_ms"]) >= {"decode", "decide", "journal", "total"}


def test_the_health_code_decides_and_says_so(site: Site) -> None:
    expected = {"green": "grant", "yellow": "refer", "red": "deny", "expired": "deny", "failed": "refer"}
    printed = []
    for status in expected:
        site.run("subject", "create", f"who-is-{status}", "--group", "resident", "--status", status)
        printed.append(site.pass_picture(f"who-is-{status}", name=f"{status}.png"))
    site.build()
    answers = dict(zip(expected, site.replay(*printed), strict=True))
    assert {status: answer["decision"] for status, answer in answers.items()} == expected
    for status, answer in answers.items():
        if expected[status] != "grant":
            assert answer["reason"] == f"status_{status}"
            assert not any("relay" in move for move in answer["barrier"]), status


def test_every_pass_that_does_not_hold_is_refused_for_its_own_reason(site: Site, tmp_path: Path) -> None:
    site.run("subject", "create", "li-na", *GREEN)
    window = ("--valid-from", LONG_AGO, "--valid-until", SOON_AFTER)
    old = site.pass_picture("li-na", *window, name="old.png")
    early = site.pass_picture("li-na", "--valid-from", "2090-01-01T00:00", name="early.png")
    elsewhere = site.pass_picture("li-na", "--gates", "north", name="elsewhere.png")
    once = site.pass_picture("li-na", "--once", name="once.png")
    site.build()

    other = site.another(tmp_path / "other")
    other.run("subject", "create", "li-na", *GREEN)
    foreign = other.pass_picture("li-na")

    *refused, of_another = site.decide(old, early, elsewhere, foreign)
    assert refused == [
        ("deny", "pass_expired"),
        ("deny", "pass_not_yet_valid"),
        ("deny", "pass_other_gate"),
    ]
    assert of_another in {("deny", "pass_issuer_untrusted"), ("deny", "pass_other_site")}
    assert [answer["reason"] for answer in site.replay(once, once)] == ["code_accepted", "pass_used"]


def test_what_is_no_pass_opens_nothing_and_says_what_to_show(site: Site, tmp_path: Path) -> None:
    site.build()
    texts = ("https://example.org/menu", "HC1:NOT REALLY", "A" * 4000, "\x00\x00", "粤通行码")
    pictures = [drawn(text, tmp_path, f"{number}.png") for number, text in enumerate(texts)]
    for text, (decision, reason) in zip(texts, site.decide(*pictures), strict=True):
        assert decision == "deny", text
        assert reason in {"not_a_pass", "code_too_long", "pass_unreadable"}, text


def test_the_next_one_is_looked_at_when_the_lamp_of_a_denial_is_out(site: Site, tmp_path: Path) -> None:
    """And not ten minutes later, tick by tick."""
    site.build()
    picture = drawn("https://example.org/menu", tmp_path)
    answers = list(play_back(gate_configuration(site.configuration), [picture, picture]))
    first, second = (answer.passage.entry for answer in answers if answer.passage is not None)
    assert first is not None
    assert second is not None
    assert 1_000_000 < second.at - first.at < 60_000_000, "microseconds"


def test_an_altered_pass_is_refused(site: Site, tmp_path: Path) -> None:
    site.run("subject", "create", "li-na", *GREEN)
    site.build()
    text = site.run("pass", "issue", "li-na", "--json").stdout

    genuine: str = json.loads(text)["text"]
    last = genuine[-1]
    changed = (genuine[:-1] + ("0" if last != "0" else "1"), genuine + "0", genuine[:-2], genuine[:40])
    pictures = [drawn(text, tmp_path, f"{number}.png") for number, text in enumerate(changed)]
    for text, (decision, reason) in zip(changed, site.decide(*pictures), strict=True):
        assert decision == "deny", text
        assert reason in {"pass_forged", "pass_unreadable"}, text


def test_somebody_removed_or_a_pass_withdrawn_stays_outside(site: Site) -> None:
    for name in ("li-na", "wang-wei"):
        site.run("subject", "create", name, *GREEN)
    removed = site.pass_picture("li-na", name="removed.png")
    site.run("subject", "remove", "li-na")
    site.build()
    assert site.decide(removed) == [("deny", "subject_unknown")]


def test_without_a_registry_everybody_is_refused(site: Site) -> None:
    site.run("subject", "create", "li-na", *GREEN)
    printed = site.pass_picture("li-na")
    (site.folder / "registry" / "registry.bundle").unlink(missing_ok=True)
    [answer] = site.replay(printed)
    assert answer["decision"] == "deny"


def test_pictures_that_are_none_are_named_and_the_others_go_on(site: Site, tmp_path: Path) -> None:
    site.run("subject", "create", "li-na", *GREEN)
    printed = site.pass_picture("li-na")
    site.build()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "noise.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
    (tmp_path / "cut.png").write_bytes(printed.read_bytes()[:400])
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((480, 640, 3), 90, np.uint8))
    inputs = [tmp_path / name for name in ("empty.png", "noise.jpg", "cut.png", "gone.png", "grey.png")]
    answers = site.replay(*inputs, printed)
    assert [answer["decision"] for answer in answers] == [None] * 5 + ["grant"]
    for answer, path in zip(answers[:4], inputs, strict=False):
        assert str(path) in answer["input"]
        assert answer["reason"] == "input_unreadable"
        assert answer["error"]
    assert answers[4]["reason"] == "nobody_seen"


@pytest.mark.shared_data
@pytest.mark.longer
def test_a_face_opens_for_its_owner_and_for_nobody_else(site: Site, shared_data: Path) -> None:
    folders = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    people = [folder.name for folder in folders if len(list(folder.glob("*.jpg"))) >= 6]
    residents, strangers = (people[:12], people[12:24]) if LONG else (people[:5], people[12:16])
    table = site.folder / "residents.csv"
    lines = []
    for name in residents:
        copies = [Path(shutil.copy(path, site.folder)) for path in photographs(shared_data, name)[:2]]
        lines.append(f"{name},resident,green,{';'.join(copy.name for copy in copies)}")
    table.write_text("\n".join(["id,groups,status,photos", *lines]))
    imported = site.run("subject", "import", table, may_fail=True)  # some photographs are refused
    site.build()
    refused = {name for name in residents if f"{name}_" in imported.stdout}
    enrolled = [name for name in residents if name not in refused]
    assert len(enrolled) >= len(residents) * 2 // 3

    own = site.replay(*(photographs(shared_data, name)[2] for name in enrolled))
    others = site.replay(*(photographs(shared_data, name)[0] for name in strangers))
    for name, answer in zip(enrolled, own, strict=True):
        assert answer["subject"] in {None, name}, answer
    assert sum(answer["decision"] == "grant" for answer in own) >= len(enrolled) - 2
    assert [answer["decision"] for answer in others] == ["deny"] * len(strangers)


@pytest.mark.shared_data
def test_a_borrowed_pass_is_refused_where_the_face_must_agree(site: Site, shared_data: Path) -> None:
    policy = site.folder / "policy.toml"
    text = policy.read_text()
    assert "face_or_code" in text
    policy.write_text(text.replace("face_or_code", "face_and_code"))
    owner, borrower = "Amelie_Mauresmo", "Bill_McBride"
    photo, later = photographs(shared_data, owner)[:2]
    site.run("subject", "create", "owner", *GREEN, "--photo", photo)
    printed = site.pass_picture("owner")
    site.build()
    theirs = photographs(shared_data, borrower)[0]
    by_both = (held_up(printed, later, site.folder), held_up(printed, theirs, site.folder))
    assert site.decide(*by_both, printed, later) == [
        ("grant", "face_and_code_agree"),
        ("deny", "face_code_mismatch"),
        ("deny", "face_required"),
        ("deny", "code_required"),
    ]


@pytest.mark.shared_data
def test_a_face_bound_pass_counts_only_with_its_face(site: Site, shared_data: Path) -> None:
    mine = photographs(shared_data, "Amelie_Mauresmo")
    other = photographs(shared_data, "Bill_McBride")[0]
    site.run("subject", "create", "amelie", *GREEN, "--photo", mine[0])
    bound = site.pass_picture("amelie", "--face-bound")
    site.build()
    by_both = (held_up(bound, mine[1], site.folder), held_up(bound, other, site.folder))
    assert site.decide(*by_both, bound) == [
        ("grant", "face_and_code_agree"),
        ("deny", "face_code_mismatch"),
        ("deny", "face_required"),
    ]


def test_a_journal_is_told_verified_and_exported(site: Site) -> None:
    """`gate run` keeps one; a site that never ran has none, and the command says so."""
    done = site.run("journal", "tail", "--config", site.configuration, fails=True)
    assert "journal" in done.stderr


def test_an_unknown_key_is_named(site: Site) -> None:
    text = site.configuration.read_text()
    site.configuration.write_text(text + "\n[nonsense]\nkey = 1\n")
    done = site.run("replay", "--config", site.configuration, "--json", "x.png", fails=True)
    assert "nonsense" in done.stderr
    assert str(site.configuration) in done.stderr


@pytest.mark.shared_data
def test_a_face_that_cannot_be_used_says_why(site: Site, shared_data: Path) -> None:
    person = photographs(shared_data, "Amelie_Mauresmo")
    site.run("subject", "create", "amelie", *GREEN, "--photo", person[0])
    site.build()
    face = read_picture(person[1])
    small = np.full((480, 640, 3), 120, np.uint8)
    small[200:275, 280:355] = cv2.resize(face, (75, 75), interpolation=cv2.INTER_AREA)
    cases = {
        "face_matched": face,
        "face_too_dark": (face * 0.08).astype(np.uint8),
        "face_blurred": cv2.GaussianBlur(face, (0, 0), 6),
        "face_too_small": small,
        "several_faces": np.hstack([face, face]),
    }
    for reason, image in cases.items():
        cv2.imwrite(str(site.folder / f"{reason}.png"), image)
    answers = site.replay(*(site.folder / f"{reason}.png" for reason in cases))
    assert [answer["reason"] for answer in answers] == list(cases)
    assert [answer["decision"] for answer in answers] == ["grant", *["deny"] * 4]


def test_the_check_says_what_a_face_needs_among_so_many_and_how_sure_that_is(
    site: Site, shared_data: Path
) -> None:
    site.run("subject", "create", "amelie", *GREEN, "--photo", photographs(shared_data, "Amelie_Mauresmo")[0])
    site.build()
    checked = site.run("gate", "check", "--config", site.configuration, fails=True)
    assert "faces: among 1 template a cosine of 0." in checked.stdout
    assert "measured on lfw_dev, for the worst group: women by gender" in checked.stdout
    assert "0.1 % of strangers are predicted to match" in checked.stdout


def test_a_registry_that_was_touched_refuses_everybody_and_says_so(site: Site) -> None:
    site.run("subject", "create", "li-na", *GREEN)
    printed = site.pass_picture("li-na")
    site.build()
    bundle = site.folder / "registry" / "registry.bundle"
    data = bytearray(bundle.read_bytes())
    data[-1] ^= 1
    bundle.write_bytes(bytes(data))
    done = site.run("replay", "--config", site.configuration, "--json", printed)
    assert json.loads(done.stdout)["decision"] == "deny"
    assert "does not match the hash in the manifest" in done.stderr
    checked = site.run("gate", "check", "--config", site.configuration, fails=True)
    assert "does not match the hash in the manifest" in checked.stdout


def test_a_model_file_of_the_wrong_hash_is_named_where_it_is_needed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.build()
    (tmp_path / "face_detection_yunet_2023mar_int8bq.onnx").write_bytes(b"not a model")
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    picture = drawn("x", tmp_path)
    for words in (("replay", picture), ("gate", "check")):
        done = site.run(*words, "--config", site.configuration, fails=True)
        assert "not the expected file" in done.stdout + done.stderr
        assert "gatepost models get" in done.stdout + done.stderr
