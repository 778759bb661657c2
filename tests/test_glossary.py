"""The glossary: its places exist, its terms are in order, and the words that it replaced are gone."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.test_house import ROOT, modules, tree_of


class Term(NamedTuple):
    name: str
    meaning: str
    source: str
    where: str


@cache
def terms() -> tuple[Term, ...]:
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split(" | ")]
        for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| term |")
    ]
    assert all(len(row) == 4 for row in rows), [row for row in rows if len(row) != 4]
    return tuple(Term(*row) for row in rows)


@cache
def names_in(module: str) -> frozenset[str]:
    """What a module defines or exports at its top."""
    found = set[str]()
    for node in tree_of(module).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.ImportFrom(names=aliases):
                found |= {alias.asname or alias.name for alias in aliases}
    return frozenset(found)


def is_there(place: str) -> bool:
    """Whether `place` is a module of the product, or a name in one."""
    module, _, name = place.rpartition(".")
    return place in modules() or (module in modules() and name in names_in(module))


def is_placed(term: Term) -> bool:
    """Whether it has a meaning, a source and a place that is there: one module, or a name in one."""
    place = re.fullmatch(r"`([\w.]+)`", term.where)
    return bool(term.meaning and term.source and place is not None and is_there(place[1]))


def test_every_term_lives_where_the_glossary_says() -> None:
    assert len(terms()) > 150
    assert not [term for term in terms() if not is_placed(term)]


def test_a_term_that_lives_nowhere_is_noticed() -> None:
    term = Term("decision", "what is decided", "IEC", "`edge.decision.Decision`")
    assert is_placed(term)
    for name, value in (("meaning", ""), ("source", ""), ("where", "edge"), ("where", "`edge.attendant`")):
        assert not is_placed(term._replace(**{name: value}))


def test_the_terms_are_in_order() -> None:
    names = [re.sub(r"[-_ ]", " ", term.name.lower()) for term in terms()]
    assert names == sorted(set(names))


def test_a_place_that_is_not_there_is_noticed() -> None:
    assert is_there("edge.decision.Decision")
    assert not is_there("edge.decision.Attendant")
    assert not is_there("edge.attendant")


OLD_WORDS = {
    # old: the word that took its place
    "attendant": "access controller; an attendant is a person at the gate",
    "book": "store",
    "caretaker": "pruner",
    "collaborators": "ports",
    "covering": "occlusion",
    "errand": "command",
    "errands": "housekeeping",
    "founding": "setup",
    "keeper": "service",
    "likeness": "similarity",
    "office": "site administration, certificate authority",
    "propped": "held open by the staff",
    "seldom": "throttle",
}
OLD_NAMES = {"found_site", "taking_over", "LastPassage", "RegistryKeeper", "SiteOffice"}

# Identifiers that wait for the part that owns them: take each out here with its last use.
ALLOWED: dict[str, str] = {}


def words_of(identifier: str) -> list[str]:
    """`_TOLD_APART` and `EncounterDesk` by their words, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


_SAID = re.compile(
    r"""(?s:(\"{3}|'{3}).*?\1)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*""",
)
"""Strings and comments."""


@cache
def identifiers(file: Path) -> frozenset[str]:
    """What a module names: by its text, as Python's own tokens take ten times as long."""
    return frozenset(re.findall(r"[^\W\d]\w*", _SAID.sub(" ", file.read_text())))


def test_words_are_found_in_any_spelling() -> None:
    assert words_of("_EncounterDesk") == ["encounter", "desk"]
    assert words_of("MOST_ERRANDS") == ["most", "errands"]
    assert words_of("find_site2") == ["find", "site"]


def test_no_old_word_is_an_identifier() -> None:
    found = {
        f"{name}: {identifier}"
        for name, file in modules().items()
        for identifier in identifiers(file) - ALLOWED.keys()
        if identifier in OLD_NAMES or OLD_WORDS.keys() & set(words_of(identifier))
    }
    assert not found, "docs/glossary.md has the words that took their place"


def test_no_module_has_an_old_word_for_a_name() -> None:
    assert not {name for name in modules() if OLD_WORDS.keys() & set(words_of(name))}


def test_an_old_word_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    told = (
        '"""The \\" keeper\'s."""',
        "def _ask_TheAttendant():",
        "    return \"book's\", 'office'  # errand",
    )
    file.write_text("\n".join(told))
    assert {"def", "return", "_ask_TheAttendant"} == identifiers(file)


def test_what_is_allowed_is_needed() -> None:
    used = frozenset[str]().union(*map(identifiers, modules().values()))
    assert ALLOWED.keys() <= used
