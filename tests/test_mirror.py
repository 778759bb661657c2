"""Tests lie at the path of what they test: every module with logic is tested from its own room's folder.

`edge/lane/driver.py` has `tests/edge/lane/test_driver.py`; or, where small modules are tested together
through their room's door, some test in `tests/edge/lane/` (or below) takes a name from it. What is told in
another place stands here by room, with the reason; what only others reach, by name: that list may only
shrink.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.test_house import ROOT, is_within, modules, nodes_of, packages, tree_of

TESTS = ROOT / "tests"

TOLD_ELSEWHERE = {
    # room: (the tests that tell it, why there)
    "edge.cli": ("scenarios", "a command is called as people call it, in a story"),
    "sync.cli": ("sync/cli", "one file a group of commands, called as people call them"),
    "edge.console": ("edge/console", "a page is asked for over HTTP, at its address"),
    "sync.central.web": ("sync/central/web", "a page is asked for over HTTP, at its address"),
    "sync.central.migrations": ("sync/central/test_store.py", "each is run on the tables before it"),
    "edge.demo": ("scenarios", "`make demo` is one story"),
    "sync.central.demo": ("sync/central/demo", "the street is one story"),
}

TOLD_BY_OTHERS = {
    # room: (how its tests reach these modules, which no test of theirs names)
    "edge.admin": (
        "through SiteAdmin and the commands of a site",
        "capture_session code_image lists publication sealing_keys signature site_file",
    ),
    "edge.admin.imports": ("through SiteAdmin and the commands of a site", "table_text workbooks"),
    "edge.backup": ("a backup is written, read and put in place in one test", "placing sqlite"),
    "edge.calibration": ("a calibration is run whole, by its command", "report run"),
    "edge.consent": ("asked in enrolments", "wording"),
    "edge.counting": ("by the counter at a gate", "counts_now projection"),
    "edge.credentials.certificates": ("codes are read through the classifier", "foreign_cose"),
    "edge.credentials.encodings": ("codes are read through the classifier", "decoding"),
    "edge.credentials.own_pass": ("codes are read through the classifier", "parser"),
    "edge.decision": ("a rule is asked through decide()", "screen_rule"),
    "edge.devices.gpio": ("on the kernel's simulator, and through the factory", "edges"),
    "edge.devices.relays": ("on the kernel's simulator, and through the factory", "switches"),
    "edge.diagnostics": (
        "what a command prints is compared whole, in scenarios",
        "check_liveness film_sheet lane_simulator replay",
    ),
    "edge.diagnostics.core": ("what a command prints is compared whole, in scenarios", "moves_seen"),
    "edge.encounter": ("through EncounterTracker", "faces_in_view open_encounter"),
    "edge.enrolling": ("through a session of enrolment", "sealing"),
    "edge.journal": ("through the journal and its server", "times"),
    "edge.journal.feed": ("through the journal and its server", "pages"),
    "edge.registry": (
        "through the service that takes a registry in, in runtime",
        "loose_roots remains",
    ),
    "edge.registry.format": ("through bundles and manifests", "removals template_keys"),
    "edge.runtime": (
        "a gate at work, or the access controller, is asked",
        "deciding decision_log lane_at_work refusing removal_events update_news",
    ),
    "edge.setup": (
        "the installer's conversation is held whole",
        "site_step starting steps talk writing",
    ),
    "edge.setup.trying": ("the installer's conversation is held whole", "camera child lane readers"),
    "edge.signing": ("through the values and envelopes that they write", "hpke"),
    "edge.signing.cose": ("through the values and envelopes that they write", "by_type"),
    "edge.staff": (
        "a gate at work is asked on its console's socket",
        (
            "accounts_file asking corrections manage pace people presses service shifts side sqlite_file "
            "staffing tries watching"
        ),
    ),
    "edge.staff.doubts": ("a gate at work is asked on its console's socket", "requests"),
    "edge.staff.enrolment": (
        "a gate at work is asked on its console's socket",
        "answers desk factory making showing sights",
    ),
    "edge.staff.installer": ("a gate at work is asked on its console's socket", "checks hardware lines"),
    "edge.staff.protocol": ("a gate at work is asked on its console's socket", "figures"),
    "edge.staff.views": ("a gate at work is asked on its console's socket", "gate_log published"),
    "edge.staff.views.core": ("a gate at work is asked on its console's socket", "nameless"),
    "edge.support": (
        "by those who use it: a shell of a few lines",
        "acting beside medium modes names packet_channel recent_log stop_signals toml_words unix_sockets",
    ),
    "edge.thermometry": ("by gate.toml, in runtime", "factory"),
    "edge.vision.codes": ("in the worker, as a process", "zbar"),
    "edge.vision.preview": ("in the worker, as a process", "blurring"),
    "edge.vision.worker.confinement": ("in the worker, as a process", "confine system_calls"),
    "edge.web": (
        "pages of console and centre are asked for over HTTP",
        "cookies errors event_words security static_files streams times visit",
    ),
    "sync.agent": (
        "the agent at work is heard on a wire",
        "central_keys held_roots identity_handler list_handler registry_folders sync_file",
    ),
    "sync.ca": (
        "over the authority's own socket, in sync/adoption and sync/ca",
        "door door_client invitations renewing site_secrets",
    ),
    "sync.central": ("through the service, its loops and pages", "bulk vouching"),
    "sync.central.accesses": ("through the service, its loops and pages", "finding"),
    "sync.central.accounts": ("through the service, its loops and pages", "placing"),
    "sync.central.adoption": (
        "from a code to a grant, in sync/adoption",
        "asking centre exchange inviting listing loop revoking",
    ),
    "sync.central.alarms": ("through the service, its loops and pages", "patterns states"),
    "sync.central.backup": ("through the service, its loops and pages", "database marks places"),
    "sync.central.broker": ("on a real RabbitMQ, in cluster", "claiming devices loop watching"),
    "sync.central.changes": ("through the service, its loops and pages", "corrections"),
    "sync.central.changes.core": ("through the service, its loops and pages", "marks"),
    "sync.central.checking": ("through the service, its loops and pages", "cluster"),
    "sync.central.delivery.ways": (
        "a way is tried through the queue, on a real server",
        "deadline mail webhook",
    ),
    "sync.central.devices": (
        "through the service, its loops and pages",
        "floods probes refusal_counts refusals refused_messages",
    ),
    "sync.central.dispatch": ("through the service, its loops and pages", "lists words"),
    "sync.central.entry_holds": ("through the service, its loops and pages", "holding"),
    "sync.central.explain": ("through the service, its loops and pages", "records"),
    "sync.central.flow": ("through the followers of a journal", "by_device days parts"),
    "sync.central.flow.core": ("through the followers of a journal", "counting facts"),
    "sync.central.history": (
        "the partitions of a month are written and read whole",
        "duck erasing manifest sums",
    ),
    "sync.central.history.core": ("the partitions of a month are written and read whole", "names"),
    "sync.central.home_assistant": ("through the service, its loops and pages", "states"),
    "sync.central.isolation": ("through the service, its loops and pages", "registry"),
    "sync.central.isolation.core": ("through the service, its loops and pages", "aftermath"),
    "sync.central.journals": (
        "through the service, its loops and pages",
        "acknowledging course stored",
    ),
    "sync.central.people": ("through the service, its loops and pages", "erasures isolations"),
    "sync.central.people.core": ("through the service, its loops and pages", "ends showing"),
    "sync.central.places": ("through the service, its loops and pages", "naming"),
    "sync.central.registry": (
        "a site is published whole",
        "announcer contents lists new_lists published publisher removals restored site_policy trust",
    ),
    "sync.central.reported": ("through the service, its loops and pages", "commands"),
    "sync.central.reports": ("a report is made whole", "asking filed known"),
    "sync.central.rollouts": ("through the service, its loops and pages", "following"),
    "sync.central.template_keys": ("through the service, its loops and pages", "resealing standing"),
    "sync.dispatch": ("by systemd's datagrams of both processes, in sync/test_watchdog.py", "watchdog"),
    "sync.installing": ("a centre is installed whole", "first_steps"),
    "sync.simulation": ("a fleet is run whole", "gate own_centre result wishes"),
    "sync.transport": (
        "on real brokers, in sync/broker",
        "amqp_once checking client opening tls",
    ),
    "sync.transport.rabbitmq": ("on a cluster, in cluster", "files keeping management marking"),
    "sync.updates": ("a version is published, fetched and applied whole", "local_fetcher trust"),
    "sync.updates.publishing": ("a version is published, fetched and applied whole", "repository role_keys"),
    "sync.wire": ("in the messages that hold them", "counts refusals"),
}
"""None is added: a new module has its test. Whoever changes one of these much writes it one."""

BY_NAME = {f"{room}.{name}" for room, (_, names) in TOLD_BY_OTHERS.items() for name in names.split()}

_IMPORT = re.compile(r"^\s*from ((?:edge|sync)[\w.]*) import (?:\(([^)]*)\)|([^\n(#]*))", re.MULTILINE)
"""Read as text: to parse every test takes ten seconds."""
_BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.comprehension, ast.Match, ast.BoolOp)


def has_logic(name: str) -> bool:
    """Whether a function or method of a module chooses or repeats; values, ports and constants do not."""
    functions = (node for node in nodes_of(name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(isinstance(node, _BRANCHES) for function in functions for node in ast.walk(function))


@cache
def behind_doors() -> dict[str, str]:
    """What a door exports, by its name there: the module that it comes from."""
    return {
        f"{package}.{alias.asname or alias.name}": node.module
        for package in packages()
        for node in tree_of(package).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def module_of(where: str, what: str) -> str:
    """The module that a name is defined in, through however many doors."""
    if f"{where}.{what}" in modules():
        return f"{where}.{what}"
    behind = behind_doors().get(f"{where}.{what}")
    return where if behind is None else module_of(behind, what)


@cache
def taken_by_tests() -> frozenset[tuple[Path, str]]:
    """(folder, module): of which modules the tests in a folder take something."""
    return frozenset(
        (file.parent, module_of(where, what.split()[0]))
        for file in TESTS.rglob("test_*.py")
        for where, listed, alone in _IMPORT.findall(file.read_text())
        for what in (listed or alone).split(",")
        if what.strip()
    )


def is_tested_at_its_place(name: str) -> bool:
    path = TESTS.joinpath(*name.split("."))
    if (path.parent / f"test_{path.name}.py").is_file():
        return True
    # A room's pure part is told with the room.
    room = path.parent.parent if path.parent.name == "core" else path.parent
    return any(folder.is_relative_to(room) for folder, module in taken_by_tests() if module == name)


@cache
def untested() -> set[str]:
    """The modules with logic that no test of their own folder knows, but for what is told elsewhere."""
    return {
        name
        for name in set(modules()) - set(packages())
        if not any(is_within(name, room) for room in TOLD_ELSEWHERE)
        and not is_tested_at_its_place(name)
        and has_logic(name)
    }


def test_a_module_with_logic_is_tested_from_its_own_folder() -> None:
    assert not untested() - BY_NAME, "write its test at its path, or move the one that there is"


def test_the_list_of_those_that_are_not_only_shrinks() -> None:
    assert not BY_NAME - untested(), "tested, without logic, or gone: take them off the list"


def test_what_is_told_elsewhere_is_told_there() -> None:
    assert not [where for where, _ in TOLD_ELSEWHERE.values() if not (TESTS / where).exists()]
    assert not set(TOLD_ELSEWHERE) - set(packages())
