"""The house: every room says what it is, is as pure as it says, and is entered by its door.

A package's `__init__` opens with one paragraph. What it exports (`__all__`) is its door; a package that
exports nothing names the modules by which one enters: "Enter by `a` and `b`", its sub-packages besides.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("edge", "sync")
# The command line's groups are loaded by name, when they are called; Alembic finds its versions itself.
NO_DOOR = {
    "edge",
    "edge.cli",
    "sync",
    "sync.cli",
    "sync.central.migrations",
    "sync.central.migrations.versions",
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    files = (file for top in PRODUCT for file in sorted((ROOT / top).rglob("*.py")))
    return {name_of(file): file for file in files}


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text())


@cache
def nodes_of(name: str) -> tuple[ast.AST, ...]:
    """Every node of a module: several rules look at them, and walking takes longer than what is asked."""
    return (*ast.walk(tree_of(name)),)


@cache
def packages() -> list[str]:
    return [name for name, file in modules().items() if file.name == "__init__.py"]


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def paragraph(package: str) -> str:
    return " ".join((ast.get_docstring(tree_of(package)) or "").split())


def entrances(package: str) -> frozenset[str]:
    """The modules that a package's paragraph names as the ways in."""
    return frozenset(re.findall(r"`([a-z0-9_]+)`", paragraph(package).partition("Enter by ")[2]))


def exported(package: str) -> frozenset[str]:
    for node in tree_of(package).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


@cache
def imports() -> tuple[tuple[str, str, str], ...]:
    """(who, from where, what) of every import of one part of the product by another."""
    return tuple(
        (name, node.module, alias.name)
        for name in modules()
        for node in nodes_of(name)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PRODUCT
        for alias in node.names
    )


def room_of(target: str) -> str:
    """The innermost package in which a module, or a name that a package exports, lies."""
    rooms, parts = frozenset(packages()), target.split(".")
    return next(room for count in range(len(parts), 0, -1) if (room := ".".join(parts[:count])) in rooms)


@cache
def opened_by_strangers() -> dict[str, set[str]]:
    """What outsiders open, by the package that it lies in."""
    found: dict[str, set[str]] = defaultdict(set)
    rooms = frozenset(packages())
    for who, where, what in imports():
        named = f"{where}.{what}"
        target = named if named in modules() or where in rooms else where
        room = room_of(target)
        if is_within(where, room) and not is_within(who, room):
            found[room].add(target.removeprefix(f"{room}."))
    return found


def ways_in(package: str) -> set[str]:
    """What outsiders open in a package: modules of its own, or names that lie in none; its rooms excepted."""
    return opened_by_strangers().get(package, set())


@cache
def pure_by_contract() -> frozenset[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [pure] = [item for item in contracts if item["name"].startswith("The pure parts")]
    return frozenset(pure["source_modules"])


# A rule is one test that names whoever breaks it: a test a module would be 3,400, each with its setting up.


def rooms_with_a_door() -> list[str]:
    return [name for name in packages() if name not in NO_DOOR]


def test_a_package_opens_with_one_paragraph() -> None:
    texts = {package: ast.get_docstring(tree_of(package)) or "" for package in packages()}
    assert not [package for package, text in texts.items() if len(text) < 30], "they do not say what they are"
    assert not [package for package, text in texts.items() if "\n\n" in text], "one paragraph is enough"


def test_a_package_that_says_it_is_pure_is_held_to_it() -> None:
    says = {package for package in packages() if "PURE." in paragraph(package)}
    covered = {package for package in packages() if is_pure(package)}
    assert says == covered, "their paragraphs and the contract disagree"


def is_pure(name: str) -> bool:
    return any(is_within(name, pure) for pure in pure_by_contract())


def test_the_contract_of_purity_names_folders_only() -> None:
    assert pure_by_contract() <= set(packages())


def test_no_module_calls_itself_pure_outside_a_pure_room() -> None:
    says_so = {
        name
        for name in set(modules()) - set(packages())
        if re.search(r"\bPURE\b", ast.get_docstring(tree_of(name)) or "")
    }
    assert not {name for name in says_so if not is_pure(name)}


def test_a_package_is_entered_by_its_door() -> None:
    strangers = {
        package: ways_in(package) - exported(package) - entrances(package) for package in rooms_with_a_door()
    }
    assert not {package: ways for package, ways in strangers.items() if ways}, "entered by another way"


def test_a_door_leads_somewhere() -> None:
    """What a door exports, and every module that a paragraph names, is used by somebody outside."""
    rooms = frozenset(packages())
    unused = {
        f"{package}.{name}"
        for package in rooms_with_a_door()
        for name in (exported(package) | entrances(package)) - ways_in(package)
    }
    assert not unused - rooms


def test_the_edges_root_holds_four_files() -> None:
    loose = {
        name.removeprefix("edge.") for name in modules() if name.startswith("edge.") and name.count(".") == 1
    }
    assert loose - {name.removeprefix("edge.") for name in packages()} == {
        "configuration",
        "errors",
        "gate",
        "ports",
    }


def test_a_file_has_some_350_lines_at_most() -> None:
    long = {
        name: count for name, file in modules().items() if (count := len(file.read_text().splitlines())) > 360
    }
    assert not long, "split where it has two reasons to change, not where a line number says so"


SHARED_NAMES = {
    # What is said on the wire, in the registry and to a console has the name that its page gives it.
    "Changes",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "Lock",
    "Person",
    "Row",
    "Unlock",
}


def test_no_two_modules_have_a_class_of_one_name() -> None:
    """Whoever reads it in a third module has to know which is meant; decision 0261 has the count."""
    counted = Counter(
        node.name
        for name in modules()
        for node in tree_of(name).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    shared = {name for name, times in counted.items() if times > 1}
    assert shared - SHARED_NAMES == set(), "give one of them the field's more exact noun"
    assert SHARED_NAMES - shared == set(), "take it off the list"


def test_a_topic_is_spelled_in_one_file() -> None:
    """Upward and downward, `edge.signing.cose.topics` says how; `sync.wire` lists all that there are."""
    spelled = re.compile(r"""["'](dn["'/]|up/)""")
    found = {name for name, file in modules().items() if spelled.search(file.read_text())}
    assert found == {"edge.signing.cose.topics"}


_TOUCHES = re.compile(
    r"open|connect|make\w*|read\w*|write\w*|load\w*|exists|is_file|is_dir|stat|glob|iterdir|unlink|mkdir|touch"
)
"""Names of what reaches for a file, a key or a store."""


def test_a_property_reads_no_key_opens_no_store_and_makes_no_file() -> None:
    """What a resource is must not depend on when it is asked for: anyone who composes opens it, once."""
    touching = [
        f"{name}: {node.name}: {ast.unparse(call)}"
        for name in sorted(modules())
        for node in nodes_of(name)
        if isinstance(node, ast.FunctionDef) and _is_property(node)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _TOUCHES.fullmatch(ast.unparse(call.func).rpartition(".")[2])
    ]
    assert not touching


def _is_property(function: ast.FunctionDef) -> bool:
    names = {ast.unparse(item).rpartition(".")[2] for item in function.decorator_list}
    return bool(names & {"property", "cached_property"})


_TAKEN = {
    *(
        "time.monotonic",
        "time.perf_counter",
        "time.time",
        "time.sleep",
        "datetime.datetime.now",
        "threading.Thread",
    ),
    *("secrets.token_bytes", "secrets.token_hex", "secrets.SystemRandom", "os.urandom"),
}
"""Calls by which a part would take the time, random bytes or a thread by itself."""

_TAKE_BY_THEMSELVES = {
    "edge.devices.clock",  # the clock
    "edge.devices.gpio.edges",  # waits for the kernel
    "edge.devices.gpio.factory",  # gpiozero's time of an edge
    "edge.prompts.voice",  # waits for a sound card
    "edge.registry.keys",  # makes keys when a site is founded
    "edge.support.packet_server",  # waits for clients
    "edge.support.packet_channel",  # of the sync and the console process
    "edge.support.tasks",  # the runner
    "edge.thermometry.serial_line",  # waits for a serial line
}

_ELSEWHERE = (
    *("edge.admin", "edge.calibration", "edge.cli", "edge.console", "edge.demo", "edge.diagnostics"),
    *("edge.setup", "edge.vision", "edge.web"),
)
"""Rooms of the edge that are not in the gate's own process."""


def dotted(node: ast.AST) -> str:
    """`a.b.c` as it is written, of names alone; with an empty name for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return ""


def taken_by(name: str) -> set[str]:
    """What of `_TAKEN` a module calls, under whatever name it imports it."""
    nodes = nodes_of(name)
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    called = (dotted(node.func).partition(".") for node in nodes if isinstance(node, ast.Call))
    return {f"{imported.get(head, head)}{dot}{rest}" for head, dot, rest in called} & _TAKEN


def test_a_gate_gets_time_random_bytes_and_threads_by_arguments() -> None:
    """Else it could not be run on another clock (docs/decisions/0111)."""
    of_a_gate = {
        name
        for name in modules()
        if is_within(name, "edge") and not any(is_within(name, room) for room in _ELSEWHERE)
    }
    assert {name for name in of_a_gate if taken_by(name)} == _TAKE_BY_THEMSELVES
