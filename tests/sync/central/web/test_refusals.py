"""Why something is refused, in the language of who reads it: every refusal that a page can show has words."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

import sync.central
from edge.commands.core.entry_hold import hold_objection
from edge.signing.cose import microseconds
from edge.support.phrases import spoken_as
from edge.web.texts import Language
from sync.central.accounts.core.roles import Role
from sync.central.alarms.core.rules import Settings
from sync.central.alarms.editing import problem_of
from sync.central.web.rendering import TEXTS
from tests.edge.web.said import english_on
from tests.sync.central.web.conftest import Console

ROOT = Path(sync.central.__file__).parent.parent.parent
PAGES = "sync.central.web"
NOTHING: Mapping[str, ast.expr] = MappingProxyType({})
COMMANDS = ("chmod 600 ", "gatepost site seal export ")
"""What a remedy begins with that is typed as it is written."""
ELSEWHERE = {
    "edge.boards": "a board's file: read at the gate",
    "edge.calibration": "a calibration: read at the gate",
    "edge.counting": "what gates tell each other",
    "edge.credentials": "a pass: the gate's page says what is wrong with one by its code",
    "edge.journal": "what gates send: no person reads the answer",
    "edge.registry.format": "a file that a program made and signed, and something damaged",
    "edge.registry.gate_keys": "the keys of a gate",
    "edge.registry.templates": "the same as of a registry",
    "edge.signing.cose": "the same, and what is signed",
    "edge.signing.hpke": "the same, and what is sealed",
    "edge.support.bounded_inflate": "a pass, or a code",
    "edge.web.server": "a console that starts",
    "sync.central.delivery.ways": "central.toml, read as a centre starts",
    "sync.central.exports.core.proof": "gatepost central export verify",
    "sync.central.journals.chains": "what gates send: no person reads the answer",
    "sync.central.journals.journals": "the same",
    "sync.gate_invitation.code": "what is typed at a gate",
    "sync.transport.broker": "a process that starts",
    "sync.updates.core.release": "a release that a program made and signed",
    "sync.wire": "what gates and a centre tell each other",
}
"""Modules, or those within, whose errors may stay English, and why."""
REFUSED_REGISTRY = "BundleRefused"
"""What a gate answers to a registry: a code, which pages say, with English for the gate's log."""

REFUSING = dict.fromkeys(
    [f"edge.decision.{part}" for part in ("policy", "screen_rule", "staff_rule", "visiting")], ("ValueError",)
)
"""What a check of a value raises is shown, too, in the modules whose values a person writes."""

# --- what is raised -------------------------------------------------------------------------------


@cache
def modules() -> Mapping[str, ast.Module]:
    found = {}
    for top in ("edge", "sync"):
        for file in (ROOT / top).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(file.read_text("utf-8"))
    return found


def imported(name: str) -> Iterator[str]:
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                yield whole if whole in modules() else node.module


@cache
def reached() -> frozenset[str]:
    """The modules that the pages of the centre rest on."""
    found: set[str] = set()
    left = [name for name in modules() if name.startswith(PAGES)]
    while left:
        name = left.pop()
        if name in modules() and name not in found:
            found.add(name)
            left += imported(name)
    return frozenset(found)


def error_names() -> set[str]:
    """What the errors are called that are ours: each class of an exception there."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for name in reached()
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = set()
    while (
        more := {name for name, above in bases.items() if above & {"Exception", "ValueError", *found}} - found
    ):
        found |= more
    return found - {REFUSED_REGISTRY}


@cache
def returned() -> Mapping[str, Sequence[tuple[str, ast.expr]]]:
    """(module, what) of what functions return, by their names."""
    found: dict[str, list[tuple[str, ast.expr]]] = {}
    for name in reached():
        for node in ast.walk(modules()[name]):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).extend(
                    (name, each.value)
                    for each in ast.walk(node)
                    if isinstance(each, ast.Return) and each.value
                )
    return found


class Words:
    """Tells in a module which words are put together so that no page can translate them."""

    def __init__(self, tree: ast.Module, name: str = "") -> None:
        self._constants = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._from = {
            each.name: node.module or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for each in node.names
        }
        self._name = name

    def are_english(self, given: ast.expr | None, bound: Mapping[str, ast.expr] = NOTHING) -> bool:
        """`bound`: what the variables of a function were set to."""
        match given:
            case ast.Constant(value=str(text)):
                return _is_english(text)
            case ast.JoinedStr(values=values):
                words = [each.value for each in values if isinstance(each, ast.Constant)]
                return any(re.search("[a-z]{2}", str(text)) for text in words) and words[0] not in COMMANDS
            case ast.Name(id=name):
                return self.are_english(bound.get(name, self._constants.get(name)))
            case ast.Call(func=ast.Name(id=name)) if name != "str":
                return name == "counted" or any(map(self.are_english, self._returned_by(name)))
            case (
                ast.Call(func=ast.Name())
                | ast.NamedExpr()
                | ast.BinOp(op=ast.Add())
                | ast.IfExp()
                | ast.BoolOp()
            ):
                parts = [each for each in ast.iter_child_nodes(given) if isinstance(each, ast.expr)]
                return any(self.are_english(each, bound) for each in parts)
        return False

    def _returned_by(self, function: str) -> Iterator[ast.expr]:
        home = self._from.get(function, self._name)
        for module, told in returned().get(function, ()) if home else ():
            if module.startswith(home) and isinstance(told, ast.Constant | ast.JoinedStr):
                yield told


def _is_english(text: str) -> bool:
    return re.search("[a-z]{2} |^[a-z]+$", text) is not None


def bound_in(function: ast.AST) -> Mapping[str, ast.expr]:
    """What variables are set to in a function, by the names that are set once."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in ast.walk(function):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                twice |= {name} & {*found}
                found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def english_in(tree: ast.Module, errors: Collection[str], name: str = "") -> Iterator[int]:
    """The lines at which an error is made with English words, or a phrase with a value of such."""
    words = Words(tree, name)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    seen: set[int] = set()
    for scope in [*functions, tree]:
        bound = bound_in(scope) if scope is not tree else NOTHING
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or id(node) in seen:
                continue
            seen.add(id(node))
            given: list[ast.expr] = []
            if node.func.id in errors:
                given = [
                    *node.args,
                    *(each.value for each in node.keywords if each.arg in {"where", "remedy"}),
                ]
                # What comes first is a column's name, say, where there is more.
                given = given[1:] if len(node.args) > 1 else given
            elif node.func.id == "phrase":
                given = [each.value for each in node.keywords if not isinstance(each.value, ast.Name)]
            if any(words.are_english(each, bound) for each in given):
                yield node.lineno


def test_every_error_that_a_page_can_show_is_said_in_phrases() -> None:
    errors = error_names()
    looked_at = [
        name for name in sorted(reached()) if not any(f"{name}.".startswith(f"{part}.") for part in ELSEWHERE)
    ]
    assert len(looked_at) > 300
    assert {*REFUSING} <= {*looked_at}
    assert len(errors) > 30
    found = [
        f"{name}:{line}"
        for name in looked_at
        for line in english_in(modules()[name], errors | {*REFUSING.get(name, ())}, name)
    ]
    assert found == [], "say it as phrase(…), and put its Chinese into locale/zh/refusals_<part>.po"


@pytest.mark.parametrize(
    "text",
    [
        'raise StoreError("there is no gate")',
        'raise StoreError(f"no gate {gate}")',
        'raise StoreError(phrase("no gate"), remedy="look again")',
        '_DO = "look again"\nraise StoreError(phrase("no gate"), remedy=_DO)',
        'raise StoreError(fault or "it is gone")',
        'raise StoreError("gate", "there is none")',
        'raise StoreError(phrase("%(rows)s are in it", rows=counted(rows, "row")))',
        'def look():\n    if wrong := f"no {gate}":\n        raise StoreError(wrong)',
        'def look():\n    wrong = problem_of(gate) or "it is gone"\n    raise StoreError(wrong)',
    ],
)
def test_english_words_are_found(text: str) -> None:
    assert [*english_in(ast.parse(text), {"StoreError"})]


def test_what_is_no_english_is_left_alone() -> None:
    text = 'raise StoreError(phrase("no gate"), where=f"{site}/{gate}", remedy="[registry] site")'
    assert not [*english_in(ast.parse(text), {"StoreError"})]


# --- what is shown --------------------------------------------------------------------------------


REFUSED = [
    (
        "/places/manage/create",
        {"name": "a/b<b>", "level": "city"},
        ("名称 'a/b<b>' 中有 '/'", "路径中名称之间的分隔", "例如"),
    ),
    ("/zones/limits/set", {"what": "zone:x"}, ("对象：'zone:x' 不是小区、区域或地点",)),
    ("/zones/limits/set", {"what": "place:1", "warn": "many"}, ("预警：填的是 'many'，应为人数",)),
    (
        "/accounts",
        {"name": "X Y", "display": "Wang", "role": "operator", "place": "1"},
        ("X Y：'x y' 不能作账户名：应为 1 至 63 个",),
    ),
    ("/zones/limits/set", {"what": "place:1"}, ("没有预警也没有停止限额",)),
]
"""An act that fails on a page of the centre: what is sent, and what the page says of it."""


@pytest.mark.parametrize(("address", "form", "said"), REFUSED)
def test_a_failed_act_says_why_in_chinese(
    console: Console, address: str, form: Mapping[str, str], said: tuple[str, ...]
) -> None:
    client = console.client(Role.ADMINISTRATOR)
    client.headers["accept-language"] = "zh"
    answer = client.post(address, data=form)
    assert answer.status_code == 422, answer.text
    assert "<b>" not in answer.text
    found = html.unescape(re.sub("<[^>]*>", " ", answer.text))
    assert [words for words in said if words not in found] == [], found[found.index("未能办理") :][:900]
    assert not re.search("there is|expected|nothing was", found)


# --- files that a person wrote --------------------------------------------------------------------


POLICIES = [
    ("[stale", "policy.toml：不是有效的 TOML：表声明末尾缺少 ']'（文件末尾）"),
    ("a = 1\nb", "键之后缺少 '='（文件末尾）"),
    ("a = 1\nb c = 2", "键之后缺少 '='（第 2 行，第 3 列）"),
    ("a = [1", "数组没有结束（文件末尾）"),
    ("a = x", "值无效（第 1 行，第 5 列）"),
    ("a = 1\na = 2", "该键已有值，不能再写"),
    ("[a]\n[a]", "('a',) 声明了两次"),
    ("a = 'x", '缺少结尾的 "\'"（文件末尾）'),
    ("a = {b = 1}\na.c = 1", "('a',) 是内联表或数组，不能再添加内容"),
    ("[a.b]\n[a]\nb.c = 1", "表 ('a', 'b') 已声明，不能再用带点的键写入"),
    ('a = "x\ny"', "不允许的字符 '\\n'"),
    ("unheard_of = 1", "policy.toml，第 1 行：unheard_of：没有这个键；可用：time_zone, "),
    ("[[access]]\nid = 'x'\ndirection = 'up'", "access[0].direction：'up' 不在可选之列：entry, exit"),
    ("[[access]]\nid = 'x'\nperiods = [{ start = 'ab' }]", "periods[0].start：不是 RFC 3339 格式的时间"),
    ("[[access]]\ngroups = ['x']", "access[0].id：缺"),
    ("[temperature]\nlimit = 'warm'", "policy.toml，第 2 行：temperature.limit：应为数字，却是文本"),
    ("time_zone = 3", "time_zone：应为文本，却是整数"),
    ("time_zone = 'Moon/North'", "没有时区 'Moon/North'：请用 IANA 名称"),
    ("[holidays]\nx = 'may'", "holidays：'x' 不是日期：单独一天写 2026-10-01"),
    (
        "[[access]]\nid = 'x'\ngroups = []",
        "policy.toml, access[x].groups：groups 是空列表（请至少写一项，或略去 groups：",
    ),
    ("untrusted_clock = 'grant'", "untrusted_clock 须为 refer 或 deny"),
    ("[screen]\ndiscreet = true\nnames = true", "隐私屏幕既不显示姓名也不显示状态"),
    ("[screen]\ncommunity_phone = 'ring'", "应为电话号码：数字、空格及 + ( ) / -"),
    ("[stale]\ndegrade_after = nan", "应为数字，却是 nan"),
    ("[face]\nfalse_matches = 2.0", "应为大于 0、不大于 0.5 的数字，却是 2.0"),
    ("[face]\nframes = 0", "应为不小于 1、不大于 20 的整数，却是 0"),
]
"""A policy that cannot be, and what its page says of it."""


@pytest.mark.parametrize(("text", "said"), POLICIES)
def test_what_is_wrong_with_a_policy_is_said_in_chinese(console: Console, text: str, said: str) -> None:
    client = console.client(Role.ADMINISTRATOR)
    client.headers["accept-language"] = "zh"
    address = f"/policy/{console.town.site.file.id}/check"
    answer = client.post(address, data={"text": text})
    assert answer.status_code == 422
    [wrong] = re.findall(r'<div class="card error".*?</div></div>', answer.text, re.DOTALL)
    assert said in html.unescape(wrong)
    assert english_on(wrong) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(after=10**9), "after：应为不小于 0、不大于 2592000 的整数"),
        (Settings(threshold=0), "threshold：应为不小于 1、不大于 1000000 的整数"),
        (Settings(addresses=("",)), "addresses[0]：应为长度 >= 1 的文本"),
        (Settings(groups=("a",) * 40), "groups：应为长度 <= 32 的列表"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_chinese(settings: Settings, said: str) -> None:
    assert spoken_as(problem_of(settings), TEXTS.translations(Language.ZH)) == said


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("", "收到 ''，应为时间和原因"),
        ("2026-02-31T12:00:00Z full", "不是时间：day is out of range for month；应为时间和原因"),
        ("2026-03-05T12:00:00Z full", "将暂停进入 48.0 小时，应大于 0、不超过 24 小时"),
    ],
)
def test_what_is_wrong_with_a_hold_is_said_in_chinese(argument: str, said: str) -> None:
    noon = microseconds(datetime(2026, 3, 3, 12, tzinfo=UTC))
    wrong = hold_objection(argument, noon)
    assert wrong is not None
    assert said in wrong.said(TEXTS.translations(Language.ZH))
