"""The reasons that staff choose from, as data: a code, and what it is called in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from edge.decision import Text


class StaffAct(StrEnum):
    """What staff do about the lane and who is before it. An act, once released, keeps its meaning."""

    LET_IN = "let_in"
    HOLD_OPEN = "hold_open"
    END_HOLD = "end_hold"
    LOCK = "lock"
    UNLOCK = "unlock"
    NAME_PRESS = "name_press"
    SEND_AWAY = "send_away"


SETTLES: Final = frozenset({StaffAct.LET_IN.value, StaffAct.SEND_AWAY.value})
"""The acts that settle a referral."""
TYPED: Final = "typed"
"""The code of a reason that somebody typed."""

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "papers_seen": Text("身份证已核对", "Identity card seen"),
        "community_agreed": Text("社区已同意", "Community office agreed"),
        "temperature_normal": Text("体温复测正常", "Temperature measured again: normal"),
        "emergency": Text("急救或紧急情况", "Ambulance or emergency"),
        "needs_room": Text("搬运、轮椅、婴儿车", "Load, wheelchair, pram"),
        "known_to_staff": Text("值守人员认识", "Known to the staff"),
        "delivery": Text("搬家、送货", "Removal, delivery"),
        "rescue": Text("救护车、消防车", "Ambulance, fire brigade"),
        "group": Text("集体通行，有人陪同", "Group with the staff"),
        "repair": Text("道闸检修", "Barrier under repair"),
        "disturbance": Text("有人闹事", "Disturbance"),
        "centre_asked": Text("中心要求", "The centre asked for it"),
        "danger": Text("有危险", "Danger"),
        "over": Text("情况已解除", "It is over"),
        "by_mistake": Text("误按", "Pressed by mistake"),
        "no_right": Text("无通行权", "Has no right here"),
        "papers_missing": Text("未带证件", "Had no papers"),
        "to_office": Text("已请其到社区办理", "Sent to the community office"),
        "to_hospital": Text("已请其就医", "Sent to a doctor"),
        "left": Text("本人已离开", "Left by themselves"),
        TYPED: Text("其他原因", "Another reason"),
    }
)
"""Every reason. A code, once released, keeps its meaning."""

_LET_IN: Final = (
    *("papers_seen", "community_agreed", "temperature_normal", "emergency", "needs_room", "known_to_staff"),
)
OFFERED: Mapping[StaffAct, tuple[str, ...]] = MappingProxyType(
    {
        StaffAct.LET_IN: _LET_IN,
        StaffAct.HOLD_OPEN: ("delivery", "rescue", "group", "repair"),
        StaffAct.END_HOLD: (),
        StaffAct.LOCK: ("disturbance", "centre_asked", "danger", "repair"),
        StaffAct.UNLOCK: ("over", "centre_asked", "by_mistake"),
        StaffAct.NAME_PRESS: (*_LET_IN, "delivery", "by_mistake"),
        StaffAct.SEND_AWAY: ("no_right", "papers_missing", "to_office", "to_hospital", "left"),
    }
)
"""The reasons offered for each act, in this order; `typed` comes last everywhere."""

LONGEST_TYPED: Final = 120
"""Letters of a reason that somebody typed."""


def is_reason(act: StaffAct, reason: str, text: str) -> bool:
    """Whether `reason` is one for `act`: offered for it, or typed, and then with a `text`. To end a hold
    needs none.
    """
    if act is StaffAct.END_HOLD and not reason:
        return True
    return bool(text.strip()) if reason == TYPED else reason in OFFERED[act]
