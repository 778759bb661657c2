"""The ceremony as its page tells it: every command of docs/root-ceremony.md, in order, on three media."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from edge.configuration import load_configuration
from edge.diagnostics.check_registry import check_registry
from edge.registry.format import split_chain, walk
from edge.registry.keys import read_anchor
from edge.registry.loose_roots import loose_roots
from tests.command_line import called

PAGE = Path(__file__).parents[3] / "docs" / "root-ceremony.md"


def commands() -> list[str]:
    """The lines of the page's blocks."""
    return [line for block in PAGE.read_text().split("```")[1::2] for line in block.strip().splitlines()]


def done(line: str, place: Path, media: Path) -> tuple[Path, str]:
    """Where one stands after a line of the page that was typed in `place`, and what it printed."""
    words = shlex.split(line.replace("/media/", f"{media}/"))
    if words[0] == "cd":
        return (place / words[1]).resolve(), ""
    if words[0] == "mv":
        (place / words[1]).replace(place / words[2])
        return place, ""
    assert words[0] == "gatepost", line
    into = words[words.index(">") + 1] if ">" in words else None
    printed = called(*words[1 : len(words) - 2 if into else None], cwd=place)
    assert printed.returncode == 0, f"{line}: {printed.stderr}"
    if into:
        (place / into).write_text(printed.stdout)
    return place, printed.stdout


@pytest.fixture
def media(tmp_path: Path) -> Path:
    for name in ("one", "two", "three", "new"):
        (tmp_path / "media" / name).mkdir(parents=True)
    return tmp_path / "media"


def test_three_people_can_follow_the_page(tmp_path: Path, media: Path) -> None:
    place, printed = tmp_path, dict[str, str]()
    for line in commands():
        place, printed[line] = done(line, place, media)
    site = tmp_path / "green-court"
    anchor = read_anchor(site / "keys" / "root.pub")
    roots = (site / "keys" / "roots").read_bytes()
    root = walk(roots, anchor)
    assert (len(split_chain(roots)), root.threshold, len(root.root_keys)) == (4, 2, 3)
    assert len(set(root.root_keys) & set(anchor.keys)) == 2, "the lost key makes no root any more"
    ids = [text.strip() for line, text in printed.items() if line.endswith("--id")]
    assert len(set(ids)) == 3
    assert all(any(name in text for text in printed.values() if "make the next one" in text) for name in ids)


def test_no_private_half_is_in_the_sites_folder(tmp_path: Path, media: Path) -> None:
    done(commands()[0], tmp_path, media)
    keys = read_anchor(tmp_path / "green-court" / "keys" / "root.pub").keys
    assert loose_roots([tmp_path / "green-court"], keys) == ()
    assert len(loose_roots([media], keys)) == 3


@pytest.mark.parametrize(
    ("media_named", "what"),
    [
        (("one", "two"), "3 root keys need 3 places, and 2 are named"),
        (("one", "one", "three"), "names one folder twice"),
        (("one", "two", "four"), "plug the medium in"),
    ],
)
def test_media_that_will_not_do_are_named_before_anything_is_made(
    tmp_path: Path, media: Path, media_named: tuple[str, ...], what: str
) -> None:
    words = [word for name in media_named for word in ("--root-key", media / name)]
    refused = called("site", "init", "green-court", *words, cwd=tmp_path)
    assert refused.returncode == 2
    assert what in refused.stderr
    assert not (tmp_path / "green-court").exists()
    assert not [file for file in media.rglob("*") if file.is_file()]


def test_a_medium_with_a_root_key_keeps_it(tmp_path: Path, media: Path) -> None:
    (media / "two" / "root-2.key").write_text("somebody's")
    words = [word for name in ("one", "two", "three") for word in ("--root-key", media / name)]
    refused = called("site", "init", "green-court", *words, cwd=tmp_path)
    assert "exists already" in refused.stderr
    assert not (media / "one" / "root-1.key").exists()


def test_one_alone_is_made_where_somebody_says_so(tmp_path: Path) -> None:
    called("site", "init", "trial", "--roots", "1_of_1", cwd=tmp_path)
    assert read_anchor(tmp_path / "trial" / "keys" / "root.pub").threshold == 1
    assert (tmp_path / "trial" / "root" / "root-1.key").is_file()


def test_a_gate_says_that_two_root_keys_lie_beside_it(tmp_path: Path) -> None:
    called("site", "init", "green-court", "--mode", "code", cwd=tmp_path)
    configuration = load_configuration(tmp_path / "green-court" / "gates" / "main" / "gate.toml")

    def found() -> list[str]:
        return [each.text for each in check_registry(configuration) if "root keys lie" in each.text]

    assert "3 of 3 root keys lie on this machine, and 2 are enough" in found()[0]
    for number in (1, 2):
        (tmp_path / "green-court" / "root" / f"root-{number}.key").unlink()
    assert found() == []
