"""The whole command line: every command keeps the house's rules, and the pages say what the commands say."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pytest
from cyclopts import CycloptsError
from cyclopts.validators import Number

from edge.cli.files_to_read import parameters_to_read
from edge.cli.manual import SHELLS, CommandPage, man_pages, markdown
from edge.cli.words import KEYS, NOUNS, VERB_FIRST, VERBS
from sync.cli.manual import whole
from tests.command_line import called
from tests.conftest import REPOSITORY
from tests.examples import alike

SAID_BEFORE = "docs/command-line.md is made by `make man`"
INTERACTIVE = {"demo"}
"""What shows a story instead of giving an answer."""
HEAVY = {
    *("numpy", "cv2", "PIL", "pyarrow", "duckdb", "sqlalchemy", "sqlalchemy.dialects.postgresql", "alembic"),
    *("starlette", "uvicorn", "jinja2", "babel", "paho", "pika", "cryptography.x509", "structlog", "rich"),
    *("xlsxwriter", "python_calamine", "weasyprint"),
}


@dataclass(frozen=True)
class Line:
    """The whole command line, and a page for each command."""

    app: Any
    pages: list[CommandPage]


@pytest.fixture(scope="module")
def line() -> Line:
    """Loads every command: by whoever runs these tests, not by whoever collects them."""
    return Line(*whole())


def function_of(app: Any, page: CommandPage) -> Any:
    for word in page.words:
        app = app[word]
    return app.default_command


# A rule is one test over all commands, that names the one that breaks it.


def nouns_and_verb(page: CommandPage) -> tuple[str, ...]:
    return page.words if page.words[0] not in VERB_FIRST else page.words[::-1]


def test_a_command_is_nouns_and_a_verb_and_has_a_sentence(line: Line) -> None:
    for page in line.pages:
        *nouns, verb = nouns_and_verb(page)
        assert set(nouns) <= NOUNS.keys(), page.name
        assert verb in VERBS, page.name
        assert re.fullmatch(r"[A-Z].*\.", page.sentence), page.name


def test_a_command_has_an_example_that_its_own_grammar_takes(line: Line) -> None:
    for page in line.pages:
        program, *words = shlex.split(page.example)
        assert program == "gatepost", page.name
        function, bound, _ = line.app.parse_args(words, exit_on_error=False, print_error=False)
        assert inspect.unwrap(function) is inspect.unwrap(function_of(line.app, page)), page.name
        assert bound.signature == inspect.signature(function), page.name


def test_every_argument_says_what_it_means(line: Line) -> None:
    for page in line.pages:
        for argument in page.arguments:
            told = f"{page.name} {argument.names[0]}"
            assert re.fullmatch(r"\S.*[.…]", argument.text), f"{told}: {argument.text!r}"
            assert argument.negatives == (), f"{told} can be set only"


def test_a_command_answers_in_json_where_it_is_asked_to(line: Line) -> None:
    for page in line.pages:
        flags = {name for argument in page.arguments if argument.flag for name in argument.names}
        assert ("--json" in flags) is (page.words[-1] not in INTERACTIVE), page.name


CHECKED_WHERE_USED = {
    "gatepost central explain SEQUENCE",
    "gatepost central gate invite --hours",
    "gatepost central retention set --days",
    "gatepost central rollout create --share",
    "gatepost simulate fleet --seed",
    "gatepost site template-key exchange --days",
    "gatepost subject enrol --looks",
    "gatepost central template-key exchange --days",
}
"""Numbers whose bounds the part that they are for knows, and says; a seed has none."""


def test_a_number_that_is_asked_for_has_bounds(line: Line) -> None:
    """Else -1, or one with thirty digits, meets whatever comes next. What numbers a thing is looked up."""
    unbounded = set()
    for page in line.pages:
        app = line.app
        for word in page.words:
            app = app[word]
        for argument in app.assemble_argument_collection(default_parameter=line.app.default_parameter):
            is_number = {int, float} & {argument.hint, *get_args(argument.hint)}
            is_bounded = any(
                each.gte is not None or each.gt is not None
                for each in argument.parameter.validator
                if isinstance(each, Number)
            ) and all(
                each.lte is not None or each.lt is not None
                for each in argument.parameter.validator
                if isinstance(each, Number)
            )
            named = f"{page.name} {argument.names[0]}"
            numbers_a_thing = argument.names[0].lower() in KEYS
            if is_number and not is_bounded and not numbers_a_thing:
                unbounded.add(named)
    assert unbounded == CHECKED_WHERE_USED


WRITTEN = {
    *("--out", "--report", "--evidence", "--save", "--sheet", "--paper", "--fleet", "--wanted"),
    *("--broker", "--broker-list", "--meeting", "--backup", "--root-key"),
    "gatepost backup key create FILE",
    "gatepost central backup create OUT",
    "gatepost central broker init FOLDER",
    "gatepost central ca renew --central",
    "gatepost central setup --root",
    "gatepost subject request accept --answers",
    "gatepost subject request refuse --answers",
    "gatepost central demo FOLDER",
    "gatepost central export FILE",
    "gatepost central init FOLDER",
    "gatepost pass page create FOLDER",
    "gatepost prompts render FOLDER",
    "gatepost root draft FILE",
    "gatepost root key create FILE",
    "gatepost scanner play PATH",
    "gatepost site backup create OUT",
    "gatepost site backup restore FOLDER",
    "gatepost site init FOLDER",
    "gatepost site seal export FILE",
    "gatepost update repository init FOLDER",
    "gatepost update repository key create KEYS",
    "gatepost update repository models publish FOLDER",
    "gatepost update repository publish FOLDER",
    "gatepost update repository renew FOLDER",
    "gatepost update repository rotate FOLDER",
    "gatepost update repository show FOLDER",
    "gatepost update repository withdraw FOLDER",
}
"""Paths of which nothing, or something, may be there: what is written, and where what runs meets others."""
EACH_FOR_ITSELF = {
    "gatepost code read PICTURE",
    "gatepost faces film PATH",
    "gatepost faces liveness PATH",
    "gatepost replay INPUT",
}
"""What is answered for one by one: of many pictures one may be missing, and the others go on (exit 1)."""
OWN = {"--config", "--folder", "--update", "--identity"}
"""What has a usual place: where nothing is, the command that makes it is named (exit 2 too)."""


def test_a_file_that_is_only_read_is_refused_as_a_wrong_word_where_it_is_not_there(line: Line) -> None:
    """One mechanism for all commands: `edge.cli.files_to_read`, whichever part would read the file."""
    marked: set[tuple[str, str]] = set()
    left: set[tuple[str, str]] = set()
    for page in line.pages:
        app = line.app
        for word in page.words:
            app = app[word]
        read = {name for name, _ in parameters_to_read(app.default_command)}
        for argument in app.assemble_argument_collection(default_parameter=line.app.default_parameter):
            if Path in {argument.hint, *get_args(argument.hint)}:
                place = (page.name, argument.names[0])
                (marked if argument.field_info.name in read else left).add(place)
    # An option that other commands only read is named with its command.
    told = {name for _, name in marked} - OWN
    named = {name if name.startswith("--") and name not in told else f"{page} {name}" for page, name in left}
    assert named == WRITTEN | EACH_FOR_ITSELF | OWN


MEANINGS = {
    "--site": r"\bid\b",
    "--actor": r"\bWho\b",
    "--config": r"by default the current folder's, else /etc/",
    "--folder": r"[Ff]older|Where the demo's site is made",
    "--place": r"place|site's id",
    "--reason": r"Why|What was found and done",
    "--subject": r"\bid\b",
    "--json": r"in JSON, one object a line|--format jsonl",
    "--key": r"\(PEM\)",
    "SUBJECT": r"person's id",
    "SITE": r"site's id",
    "DEVICE": r"\bid\b",
}


def test_one_spelling_means_one_thing(line: Line) -> None:
    for page in line.pages:
        for argument in page.arguments:
            for name in argument.names:
                assert re.search(MEANINGS.get(name, ""), argument.text), (
                    f"{page.name} {name}: {argument.text}"
                )
            assert not any("-" in choice for choice in argument.choices), (
                f"{page.name}: spell it as in the files"
            )


def test_no_word_is_kept_that_no_command_says(line: Line) -> None:
    assert {word for page in line.pages for word in nouns_and_verb(page)[:-1]} == NOUNS.keys()
    assert {nouns_and_verb(page)[-1] for page in line.pages} == VERBS.keys()


HELP = """
import sys
from edge.cli.main import command
from sync.cli.main import GROUPS
app = command(GROUPS)
for line in sys.stdin:
    app.help_print(line.split())
"""


def test_the_help_of_a_group_has_the_sentence_of_each_of_its_commands(line: Line) -> None:
    """Where a command is loaded only when it is called, the group says it in its place: asked here before
    any is loaded."""
    groups = sorted({page.words[:-1] for page in line.pages}, key=len)
    done = subprocess.run(
        [sys.executable, "-c", HELP],
        input="".join(f"{' '.join(words)}\n" for words in groups),
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=True,
    )
    for page in line.pages:
        row = rf"^│ {re.escape(page.words[-1])} +{re.escape(page.sentence)}"
        assert re.search(row, done.stdout, re.MULTILINE), f"{page.name} has no sentence in its group's help"


# --- pages ---------------------------------------------------------------------------------


def test_the_page_of_commands_is_current(line: Line) -> None:
    assert (REPOSITORY / "docs" / "command-line.md").read_text() == markdown(line.pages), SAID_BEFORE


def test_every_command_is_in_the_man_pages(line: Line) -> None:
    made = man_pages(line.pages, version("gatepost"))
    assert all(text.isascii() for text in made.values()), "what any troff reads"
    for page in line.pages:
        name = page.name.replace("-", r"\-")
        assert rf"\fB{name}\fR" in made["gatepost.1"]
        assert name in made[f"gatepost-{page.words[0]}.1"]


@pytest.mark.parametrize("shell", alike(SHELLS))
def test_every_command_is_in_the_completion(line: Line, shell: Any) -> None:
    script = line.app.generate_completion(shell=shell)
    for page in line.pages:
        assert all(word in script for word in page.words)


def test_the_docs_name_only_commands_that_there_are(line: Line) -> None:
    commands = {page.words for page in line.pages}
    groups = {words[:count] for words in commands for count in range(1, 4)}
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    for page in pages:
        for typed, version_of_a_context in _NAMED.findall(page.read_text()):
            words = tuple(typed.split())
            known = [words[:count] for count in range(1, 5) if words[:count] in commands]
            assert known or version_of_a_context or words in groups, f"{page.name}: gatepost {typed}"


def lines_to_type(page: Path) -> Iterator[str]:
    """The lines of the page's blocks that call `gatepost`, as a shell takes them: without what follows."""
    for block in re.findall(r"^```\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("gatepost ") and not {"…", "<"} & set(line):
                yield re.split(r" (?:#|>|&|\|) ?", f"{line} ", maxsplit=1)[0].strip()


TYPED = [
    (page.name, line)
    for page in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    if page.name != "command-line.md"
    for line in lines_to_type(page)
]


def test_a_command_that_a_page_says_to_type_is_one_that_its_grammar_takes(line: Line) -> None:
    refused = []
    for page, typed in TYPED:
        _, *words = shlex.split(typed)
        try:
            line.app.parse_args(words, exit_on_error=False, print_error=False)
        except CycloptsError as error:
            refused.append(f"{page}: {typed}: {error}")
    assert not refused


def test_the_pages_have_commands_to_type() -> None:
    assert len(TYPED) > 60
    assert {"README.md", "central.md", "broker.md", "enrolment.md", "passes.md"} <= {
        page for page, _ in TYPED
    }


_NAMED = re.compile(r"(?:^|`)gatepost ([a-z][a-z -]*)(\d?)", re.MULTILINE)


# --- what is loaded --------------------------------------------------------------------------

LOADED = """
import json, os, sys
from contextlib import redirect_stdout
from edge.cli.main import run
from sync.cli.main import GROUPS

for line in map(str.strip, sys.stdin):
    if not line:
        import sqlalchemy
    elif child := os.fork():
        os.waitpid(child, 0)
    else:
        try:
            with redirect_stdout(sys.stderr):
                run(GROUPS, line.split())
        except SystemExit as ended:
            print(json.dumps([line, ended.code, sorted(sys.modules)]), flush=True)
        finally:
            os._exit(0)
"""
DRAWN: dict[str, set[str]] = {"central": set(), "central ca --help": {"cryptography.x509"}}
"""Pages of help, and what they need besides rich, which draws them."""
ASKING = [
    *("central status", "central journal tail", "central alarm list"),
    *("central subject list green-court", "central registry publish green-court"),
]
"""Some that ask the database, and do not log: called, they need SQLAlchemy, and nothing else heavy."""


def test_a_command_loads_only_what_it_needs(tmp_path: Path) -> None:
    """Each command is called in a fork of one process; after an empty line that has loaded SQLAlchemy."""
    site = tmp_path / "green-court"
    assert called("site", "init", site).returncode == 0
    assert called("central", "init", tmp_path, "--plain", "--take-over", site).returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        input="\n".join([*DRAWN, "", *ASKING]),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    told = {
        line: (code, HEAVY & set(modules))
        for line, code, modules in map(json.loads, done.stdout.splitlines())
    }
    assert told == {line: (0, {"rich", *needed}) for line, needed in DRAWN.items()} | {
        line: (0, {"sqlalchemy"}) for line in ASKING
    }


NEEDED = """
import ast, importlib, inspect, json, os, sys
from edge.cli.main import command
from sync.cli.main import GROUPS

OURS = ("edge.cli", "sync.cli")


def called_by(function):
    tree = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    [node] = [each for each in tree.body if getattr(each, "name", "") == function.__name__]
    return list(ast.walk(node))


def load_what_it_imports(function):
    waiting, seen = [function], set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        module = sys.modules[function.__module__]
        names = dict(vars(module))
        nodes = called_by(function)
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    importlib.import_module(alias.name)
            if isinstance(node, ast.ImportFrom):
                found = importlib.import_module(node.module)
                for alias in node.names:
                    if not hasattr(found, alias.name):
                        importlib.import_module(f"{node.module}.{alias.name}")
                    names[alias.asname or alias.name] = getattr(found, alias.name)
        used = [names.get(node.id) for node in nodes if isinstance(node, ast.Name)]
        for each in filter(inspect.isfunction, used):
            if each.__module__.startswith(OURS):
                waiting.append(inspect.unwrap(each))


app = command(GROUPS)
for line in map(str.strip, sys.stdin):
    if line.startswith("sync."):
        importlib.import_module(line)
    else:
        found = app
        for word in line.split():
            found = found[word]
        load_what_it_imports(inspect.unwrap(found.default_command))
    print(json.dumps([line, sorted(sys.modules)]), flush=True)
"""
BROKER_ASKED = "asks the broker, by MQTT and TLS"
CERTIFICATES = "reads or makes certificates"
FILES_OF_HISTORY = "reads or writes Parquet"
HEAVY_WORK = {
    "central broker apply": BROKER_ASKED,
    "central broker show": BROKER_ASKED,
    "central ca code create": CERTIFICATES,
    "central ca init": CERTIFICATES,
    "central ca issue": CERTIFICATES,
    "central ca list": CERTIFICATES,
    "central ca renew": CERTIFICATES,
    "central ca revoke": CERTIFICATES,
    "central ca run": "serves devices that enrol",
    "central ca show": CERTIFICATES,
    "central ca site set": CERTIFICATES,
    "central check": BROKER_ASKED,
    "central command send": BROKER_ASKED,
    "central demo": "is a whole centre",
    "central gate disconnect": BROKER_ASKED,
    "central gate invitation revoke": CERTIFICATES,
    "central gate invite": CERTIFICATES,
    "central gate retire": BROKER_ASKED,
    "central gate revoke": BROKER_ASKED,
    "central gate suspend": BROKER_ASKED,
    "central history archive": FILES_OF_HISTORY,
    "central history verify": FILES_OF_HISTORY,
    "central report create": "draws pages",
    "central run": "is a whole centre",
    "central setup": CERTIFICATES,
    "central template-key exchange": BROKER_ASKED,
    "central template-key retire": "opens and seals faces",
    "central template-key show": "opens and seals faces",
    "central trust publish": CERTIFICATES,
}
"""Commands of the centre that need more than its database, and for what they take the time."""


def test_a_command_of_the_centre_imports_nothing_heavy_but_for_heavy_work(line: Line) -> None:
    """All that each of them imports on any of its ways, its own helpers too, and every module of tables, one
    after another in one process: what is loaded by then says who brought it."""
    named = {" ".join(page.words) for page in line.pages if page.words[0] == "central"}
    assert named >= HEAVY_WORK.keys()
    tables = [
        ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
        for file in sorted((REPOSITORY / "sync" / "central").rglob("tables.py"))
    ]
    assert len(tables) > 20
    done = subprocess.run(
        [sys.executable, "-c", NEEDED],
        input="\n".join([*tables, *sorted(named - HEAVY_WORK.keys())]),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded: set[str] = set()
    for command, modules in map(json.loads, done.stdout.splitlines()):
        loaded |= HEAVY & set(modules)
        assert loaded <= {"sqlalchemy"}, f"{command} loads more"
    assert loaded == {"sqlalchemy"}


# --- answers and problems ----------------------------------------------------------------------

RETIRED_KEYS = {"id", "subject_id", "pass_id", "device_id", "site_id", "path", "expires", "by", "person"}


def test_no_answer_has_a_key_that_another_word_replaced() -> None:
    """By the source: what a command answers only where something went well is seen, too."""
    for folder in ("edge/cli", "sync/cli"):
        for file in sorted((REPOSITORY / folder).glob("*.py")):
            said = {
                key.value
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Dict)
                for key in node.keys
                if isinstance(key, ast.Constant)
            }
            assert not said & RETIRED_KEYS, file.name


def test_the_same_things_have_the_same_keys(tmp_path: Path) -> None:
    """A site from its making to a registry, and the centre that takes it over, told to a program."""
    site, centre = tmp_path / "green-court", tmp_path / "centre"
    at_site, at_centre = ("--folder", site), ("--config", centre / "central.toml")
    at_court = ("green-court", "li-na")
    story: list[tuple[tuple[str | Path, ...], set[str]]] = [
        (("site", "init", site), {"site", "folder"}),
        (("subject", "create", "li-na", *at_site), {"subject", "templates"}),
        (("subject", "status", "set", "li-na", "green", *at_site), {"subject", "status", "since", "until"}),
        (("subject", "isolation", "set", "li-na", *at_site), {"subject", "since", "until"}),
        (("subject", "isolation", "remove", "li-na", *at_site), {"subject"}),
        (("subject", "second-factor", "set", "li-na", *at_site), {"subject"}),
        (("subject", "list", *at_site), {"subject", "status", "templates"}),
        (("pass", "issue", "li-na", *at_site), {"pass", "subject", "site"}),
        (("pass", "list", *at_site), {"pass", "subject"}),
        (("pass", "key", "show", *at_site), {"key"}),
        (("trust", "build", *at_site), {"version", "count"}),
        (("registry", "build", *at_site), {"site", "version", "until", "size", "file", "templates"}),
        (("registry", "show", *at_site), {"site", "version", "until", "templates"}),
        (("central", "init", centre, "--plain", "--take-over", site), {"folder", "key"}),
        (("central", "site", "list", *at_centre), {"site"}),
        (("central", "subject", "list", "green-court", *at_centre), {"site", "subject", "status"}),
        (
            (
                "central",
                "subject",
                "status",
                "set",
                "green-court",
                "li-na",
                "red",
                "--actor",
                "Wang",
                *at_centre,
            ),
            {"site", "subject", "status", "actor", "since", "until"},
        ),
        (
            ("central", "subject", "status", "list", *at_court, *at_centre),
            {"site", "subject", "status", "actor", "at"},
        ),
        (("central", "registry", "publish", "green-court", *at_centre), {"site", "version", "until", "size"}),
        (("central", "status", *at_centre), {"counts"}),
        (("central", "subject", "remove", *at_court, *at_centre), {"site", "subject"}),
        (
            ("central", "subject", "receipt", "show", *at_court, *at_centre),
            {"site", "subject", "at"},
        ),
        (("subject", "remove", "li-na", *at_site), {"subject"}),
        (("subject", "receipt", "show", "li-na", *at_site), {"subject"}),
    ]
    for words, keys in story:
        done = called(*words, "--json", cwd=tmp_path)
        assert done.stdout, f"{words}: {done.stderr}"
        for line in done.stdout.splitlines():
            fields = json.loads(line)
            assert keys <= fields.keys(), f"{words}: {line}"
            assert not fields.keys() & RETIRED_KEYS, f"{words}: {line}"
    assert {key for _, keys in story for key in keys} <= KEYS.keys()


_ENROL = ("device", "enrol", "gp-1", "--url", "https://127.0.0.1:1", "--code", "x", "--fingerprint", "00")


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("subject", "create"), 2, "SUBJECT"),
        (("subject", "crate", "li-na"), 2, "crate"),
        (("subject", "list", "--no-json"), 2, "--no-json"),
        (("subject", "enrol", "li-na"), 2, "photographs or a camera?"),
        (("site", "init", "SITE", "--mode", "open"), 2, "open"),
        (("central", "status", "--config", "nowhere.toml"), 2, "No such file"),
        (("subject", "list", "--folder", "nowhere"), 2, "no site here"),
        (("subject", "create", "li-na", "--photo", "here.jpg"), 2, "here.jpg"),
        (("subject", "enrol", "li-na", "here.jpg"), 2, "here.jpg"),
        (("subject", "import", "here.csv"), 2, "here.csv"),
        (("lane", "simulate", "here.toml"), 2, "here.toml"),
        (("central", "ca", "list", "--folder", "here"), 2, "here"),
        (("device", "show", "--folder", "here"), 2, "here"),
        (("central", "import", "here.csv", "--site", "green-court"), 2, "here.csv"),
        (("central", "verify-export", "file", "--key", "here.pub"), 2, "here.pub"),
        (("sync", "init", "--broker", "localhost", "--central", "here.pub"), 2, "here.pub"),
        (("sync", "init", "--broker", "host:port", "--central", "file"), 2, "HOST:PORT"),
        (("central", "init", "centre", "--broker", "host:port"), 2, "HOST:PORT"),
        (("models", "show", "arcface"), 1, "arcface"),
        (("journal", "verify", "--journal", "nowhere.sqlite"), 2, "nowhere.sqlite"),
        (("pass", "page", "create", "file/below"), 1, "Not a directory"),
        ((*_ENROL, "--folder", "own"), 1, "cannot be reached: Connection refused"),
    ],
)
def test_a_problem_is_one_line_or_one_object(
    tmp_path: Path, words: tuple[str, ...], code: int, problem: str
) -> None:
    (tmp_path / "file").touch()
    told = called(*words, cwd=tmp_path)
    assert (told.returncode, told.stdout) == (code, "")
    assert told.stderr.startswith("gatepost: ")
    assert problem in told.stderr
    assert told.stderr.count("\n") == 1
    told = called(*words, "--json", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (code, "")
    fields = json.loads(told.stderr)
    assert fields.keys() == {"error", "where", "remedy"}
    assert problem in f"{fields['where']}: {fields['error']}"


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("journal", "tail", "--config", "nowhere.toml"), "gatepost site init"),
        (("sync", "run", "--config", "nowhere.toml"), "gatepost sync init"),
        (("central", "status", "--config", "nowhere.toml"), "gatepost central init"),
        (("subject", "list", "--folder", "nowhere"), "gatepost site init"),
        (("device", "show", "--folder", "nowhere"), "gatepost device enrol"),
        (("device", "renew", "--folder", "nowhere"), "gatepost device enrol"),
        (("central", "ca", "list", "--folder", "nowhere"), "gatepost central ca init"),
    ],
)
def test_where_nothing_was_made_the_command_that_makes_it_is_named(
    tmp_path: Path, words: tuple[str, ...], remedy: str
) -> None:
    told = called(*words, "--json", cwd=tmp_path)
    assert remedy in json.loads(told.stderr)["remedy"]


def test_the_catalogue_of_models_says_in_words_which_are_here(tmp_path: Path) -> None:
    with patch.dict(os.environ, {"GATEPOST_MODELS": str(tmp_path)}):
        told = called("models", "list")
    assert "missing" in told.stdout
    assert "[" not in told.stdout, "colours are no text"


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("gatepost-gate", "gate run"),
        ("gatepost-gate", "lane rest"),
        ("gatepost-sync", "sync run"),
        ("gatepost-central", "central run"),
    ],
)
def test_the_defaults_are_where_the_units_look(line: Line, unit: str, words: str) -> None:
    text = (REPOSITORY / "systemd" / f"{unit}.service").read_text()
    [config] = re.findall(rf"^Exec\w+=\S+ {words} --config (\S+)$", text, re.MULTILINE)
    [page] = [page for page in line.pages if page.words == tuple(words.split())]
    [argument] = [argument for argument in page.arguments if "--config" in argument.names]
    assert f"else {config}." in argument.text


ALONE = {"run", "demo", "get", "tail", "render", "fleet"}
"""What goes on for ever, fetches or makes what takes a while."""
OWN_FOLDER = {("device",), ("central", "ca")}
"""What looks for its folder in /var/lib."""


def test_where_nothing_is_ready_every_command_says_so_in_words(tmp_path: Path, line: Line) -> None:
    """The example of each command in an empty folder: an answer or a problem, and never a traceback."""
    for page in line.pages:
        if page.words[-1] not in ALONE:
            folder = tmp_path / "-".join(page.words)
            folder.mkdir()
            _says_so_in_words(page, folder)


def _says_so_in_words(page: CommandPage, empty: Path) -> None:
    words = shlex.split(page.example)[1:]
    words = [word.replace("https://10.0.0.1:8443", "https://127.0.0.1:1") for word in words]
    if {page.words[:1], page.words[:2]} & OWN_FOLDER:
        words += ["--folder", "own"]
    done = called(*words, "--json", cwd=empty)
    assert done.returncode in {0, 1, 2}, f"{page.name}: {done.stderr}"
    assert done.stdout or done.stderr, page.name
    for told in [*done.stdout.splitlines(), *done.stderr.splitlines()]:
        assert isinstance(json.loads(told), dict), page.name
