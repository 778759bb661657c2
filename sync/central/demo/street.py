"""A street that nobody lives in: its sites, gates, people and their health codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from edge.admin.site_file import SiteFile
from edge.decision import HomeIsolation, IsolationException, Status, StatusRecord, Subject

CITY, DISTRICT = "江城市", "东湖区"
MARKET_STREET, COLLEGE_STREET = "北市场街道", "学院路街道"
_SITES = (
    ("central-market", "综合市场", "市场社区", ("north", "south", "goods")),
    ("fish-market", "水产市场", "市场社区", ("main", "quay")),
    ("flower-market", "花鸟市场", "市场社区", ("main",)),
    ("tea-market", "茶叶市场", "市场社区", ("main",)),
    ("cloth-market", "布料市场", "市场社区", ("main",)),
    ("tool-market", "五金市场", "市场社区", ("main",)),
    ("book-market", "旧书市场", "市场社区", ("main",)),
    ("fruit-market", "果品市场", "市场社区", ("main",)),
    ("east-lake-home", "东湖家园", "东门社区", ("east", "west")),
    ("brocade-lane", "锦绣里", "东门社区", ("main",)),
    ("school-garden", "学府花园", "东门社区", ("east", "west", "north")),
    ("east-gate-court", "东门小区", "东门社区", ("main",)),
    ("pine-court", "松涛苑", "东门社区", ("main",)),
    ("plum-court", "梅园", "东门社区", ("main",)),
    ("bamboo-court", "竹苑", "东门社区", ("main",)),
    ("orchid-court", "兰亭", "东门社区", ("main",)),
    ("river-bank", "河沿小区", "河沿社区", ("main", "river")),
    ("boat-yard", "船厂宿舍", "河沿社区", ("main",)),
    ("willow-bank", "柳岸", "河沿社区", ("main",)),
    ("bridge-house", "桥头公寓", "河沿社区", ("main",)),
    ("stone-mill", "石磨坊", "河沿社区", ("main",)),
    ("ferry-court", "渡口小区", "河沿社区", ("main",)),
    ("lantern-hall", "灯笼大厦", "河沿社区", ("main",)),
    ("reed-garden", "芦苇园", "河沿社区", ("main",)),
)
MOST_SITES = len(_SITES)
_ISOLATED = 0.01
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
    "刚",
)
_CODES = (
    (Status.GREEN, 0.93, "健康码", "每日核验", "city.daily"),
    (Status.YELLOW, 0.025, "健康码", "同楼有密接", "city.contact"),
    (Status.RED, 0.01, "疾控中心", "检测阳性", "city.positive"),
    (Status.EXPIRED, 0.015, "健康码", "核酸超期", "city.test_age"),
    (Status.ABSENT, 0.01, "社区", "尚未领码", "city.none"),
    (Status.TIMEOUT, 0.01, "健康码", "查询超时", "city.timeout"),
)


@dataclass(frozen=True)
class StreetSite:
    """One site of a street: where it is, its gates, and who belongs to it."""

    file: SiteFile
    gates: tuple[str, ...]
    people: tuple[Subject, ...]

    def device(self, gate: str) -> str:
        """The name of the device at `gate`."""
        return f"{self.file.id}.{gate}"


def street_of(
    count: int, people: int, now: datetime, *, street: str = MARKET_STREET, first: int = 0
) -> tuple[StreetSite, ...]:
    """`count` sites of a street from number `first` on, each with about so many `people`, as they are at
    `now`.
    """
    return tuple(
        StreetSite(
            SiteFile(identity, name, city=CITY, district=DISTRICT, street=street, community=community),
            gates,
            tuple(_people(identity, people, now)),
        )
        for identity, name, community, gates in _SITES[first : first + count]
    )


def drawn_for(*names: object) -> Random:
    """A source of chance that is the same for the same names: the street is the same every time."""
    return Random("/".join(map(str, names)))  # noqa: S311 - it draws a play, and no secret


def _people(site: str, count: int, now: datetime) -> Iterator[Subject]:
    draw = drawn_for("people", site)
    for number in range(1, round(count * draw.uniform(0.8, 1.2)) + 1):
        building, room = draw.randint(1, 9), draw.randint(1, 18) * 100 + draw.randint(1, 4)
        yield Subject(
            f"{site[:2]}-{number:04}",
            name=draw.choice(_FAMILY) + draw.choice(_GIVEN) + draw.choice(("", draw.choice(_GIVEN))),
            address=f"{building}/{draw.randint(1, 3)}/{room}",
            groups=frozenset({"resident" if draw.random() < 0.85 else "staff"}),
            status=_status(draw.random(), now - timedelta(minutes=draw.randint(600, 12_000))),
            isolation=_isolation(draw.random(), now),
            language="zh" if draw.random() < 0.95 else "en",
        )


def _status(chance: float, since: datetime) -> StatusRecord:
    whole = since.replace(second=0, microsecond=0)
    for value, share, source, reason, rule in _CODES:
        if chance < share:
            return StatusRecord(value, source, reason, rule, whole)
        chance -= share
    return StatusRecord(Status.GREEN, "健康码", "每日核验", "city.daily", whole)


def _isolation(chance: float, now: datetime) -> HomeIsolation | None:
    if chance >= _ISOLATED:
        return None
    begun = (now - timedelta(days=3)).replace(second=0, microsecond=0)
    out = begun + timedelta(days=2, hours=14)
    test = IsolationException("核酸检测", out, out + timedelta(hours=4))
    return HomeIsolation("社区", begun, begun + timedelta(days=7), (test,))
