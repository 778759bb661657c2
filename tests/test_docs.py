"""The pages: what they name is there, and the pictures of the house show the house."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_glossary import is_there
from tests.test_house import ROOT, modules, packages, paragraph

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FOLDERS = ("edge", "sync", "models", "tests", "docs", "systemd", "debian", "firmware_config")
README = (ROOT / "README.md").read_text()
FIND_YOUR_WAY = (ROOT / "docs" / "find-your-way.md").read_text()


def without_code(page: Path) -> str:
    """The page's text without its blocks of code, whose brackets are no links."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(page), flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def missing(of: Callable[[Path], Iterable[str]]) -> list[str]:
    """What `of` finds missing in each page, with the page's name."""
    return [f"{page.relative_to(ROOT)}: {name}" for page in PAGES for name in of(page)]


# --- what a page names ---------------------------------------------------------------------------


def broken_links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page)):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if target.startswith(("https://", "http://")):
            continue
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def absent_paths(page: Path) -> Iterator[str]:
    """Paths in `code` that begin with a folder of this repository."""
    for path in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", page.read_text()):
        if not (ROOT / path).exists():
            yield path


def absent_modules(page: Path) -> Iterator[str]:
    """Modules by their dotted name, with a name in them, and files by their last name alone."""
    text = page.read_text()
    yield from (name for name in re.findall(r"`((?:edge|sync)\.(?!toml)[\w.]+)`", text) if not is_there(name))
    for name in re.findall(r"`(\w+\.py)`", text):
        if name not in names_of_files() and not (ROOT / name).exists():
            yield name


@cache
def names_of_files() -> frozenset[str]:
    return frozenset(file.name for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))


def absent_scripts(page: Path) -> Iterator[str]:
    for path in re.findall(r"(?:python|pytest) ((?:tests|edge|sync)/[\w/.-]+\.py)", page.read_text()):
        if not (ROOT / path).exists():
            yield path


def absent_targets(page: Path) -> set[str]:
    """What a page has made that the Makefile does not."""
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    return set(re.findall(r"`make\s([a-z][\w-]*)", page.read_text())) - targets


OLD_WORDS = (
    r"\b(?:whoever|keeper|attendant|caretaker|errands?|in earnest|site(?:'s)? (?:office|book)|propped)\b"
)


def old_words(page: Path) -> list[str]:
    told = page.read_text() if page.name != "glossary.md" else ""
    return re.findall(OLD_WORDS, told, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    "of", [broken_links, absent_paths, absent_modules, absent_scripts, absent_targets, old_words]
)
def test_no_page_has_any(of: Callable[[Path], Iterable[str]]) -> None:
    assert not missing(of)


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (broken_links, "[here](nowhere.md)"),
        (broken_links, "[here](glossary.md#no-such-heading)"),
        (absent_paths, "`edge/attendant.py`"),
        (absent_modules, "`edge.attendant`"),
        (absent_modules, "`attendant.py`"),
        (absent_scripts, "python tests/bench/bench_nothing.py"),
        (absent_targets, "`make coffee`"),
        (old_words, "the site's office"),
    ],
)
def test_what_is_missing_is_noticed(of: Callable[[Path], Iterable[str]], text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    (tmp_path / "glossary.md").write_text("# Glossary\n")
    assert list(of(page))


# --- the house -----------------------------------------------------------------------------------


def rooms() -> list[str]:
    """The rooms of the first level, in order; within `sync/central` those of the second besides."""
    return [name for name in packages() if name.count(".") == 1 or re.fullmatch(r"sync\.central\.\w+", name)]


def is_pure(package: str) -> bool:
    return "PURE." in paragraph(package)


def pure_part(room: str) -> str:
    """What of a room is pure: `all`, or the packages in it that are, by name."""
    if is_pure(room):
        return "all"
    inside = [name for name in packages() if name.startswith(f"{room}.") and is_pure(name)]
    return ", ".join(f"`{name.removeprefix(room + '.')}`" for name in inside)


def row_of(room: str) -> str:
    """The room's row in docs/architecture.md: the first sentence of its paragraph."""
    first = re.split(r"(?<=\.)\s", paragraph(room))[0].removesuffix(".").replace("|", "\\|")
    return f"| `{room.replace('.', '/')}/` | {first} | {pure_part(room)} |"


def test_the_table_of_rooms_is_what_the_rooms_say_of_themselves() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert [line for line in page.splitlines() if re.match(r"\| `(edge|sync)/", line)] == list(
        map(row_of, rooms())
    )


def layout() -> dict[str, str]:
    """What the README says of each folder that it draws, by the folder's path."""
    [drawing] = re.findall(r"^```\n(edge/ .+?)^```", README, flags=re.MULTILINE | re.DOTALL)
    lines, outer = {}, ""
    for indent, folder, said in re.findall(r"^( *)(\S+) +(.+)$", drawing, flags=re.MULTILINE):
        outer = outer if indent else folder
        lines[outer + folder if indent else folder] = said
    return lines


def test_the_readme_has_a_line_for_every_folder() -> None:
    wanted = {f"{room.replace('.', '/')}/" for room in packages() if room.count(".") == 1}
    assert layout().keys() == wanted | {f"{folder}/" for folder in FOLDERS}
    assert all((ROOT / path).is_dir() for path in layout())


def test_the_readme_calls_pure_what_is() -> None:
    called = {path for path, said in layout().items() if said.endswith(" pure")}
    assert called == {
        f"{room.replace('.', '/')}/" for room in packages() if room.count(".") == 1 and is_pure(room)
    }


def test_the_readme_leads_to_every_page() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert not pages - set(re.findall(r"\]\((docs/\w[\w-]*\.md)\)", README))


# --- find your way -------------------------------------------------------------------------------


def answers() -> list[tuple[str, str, str]]:
    """(question, path, names) of every row."""
    rows = re.findall(r"^\| (.+?) \| \[`(.+?)`\]\((.+?)\)(?:: (.+?))? \|", FIND_YOUR_WAY, flags=re.MULTILINE)
    for _, path, link, _ in rows:
        assert link == f"../{path}"
    return [(question, path, names) for question, path, _, names in rows]


def test_the_walks_are_as_long_as_the_decision_counts() -> None:
    page = (ROOT / "docs" / "decisions" / "0261-the-house-in-figures.md").read_text()
    counted = re.findall(r"^\| files opened (from .+?) \| \| (\d+) \|", page, flags=re.MULTILINE)
    walks = FIND_YOUR_WAY.partition("## Four walks")[2].split("### ")[1:]
    assert counted == [
        (walk.splitlines()[0].replace("From", "from"), str(walk.count("](../"))) for walk in walks
    ]
    assert len(counted) == 4


def test_a_newcomer_finds_more_than_ten_answers() -> None:
    rows = [line for line in FIND_YOUR_WAY.splitlines() if line.startswith("| ") and "| where |" not in line]
    assert len(answers()) == len(rows) > 10


def not_there(path: str, names: str) -> list[str]:
    """What of `names` a file has not."""
    text = (ROOT / path).read_text()
    return [name for name in re.findall(r"`(.+?)`", names) if name not in text]


def test_every_answer_is_there() -> None:
    assert all(question for question, _, _ in answers())
    assert not {
        (path, question): found for question, path, names in answers() if (found := not_there(path, names))
    }


def test_an_answer_that_is_not_there_is_noticed() -> None:
    assert not_there("edge/gate.py", "`run_gate`, `def fly`") == ["def fly"]


def test_every_test_of_these_has_modules_to_look_at() -> None:
    assert len(modules()) > 300
    assert len(PAGES) > 90
