"""What staff report that does not work, as data: a code, and what it is called in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.decision import Text
from edge.staff.core.reasons import TYPED

FAULTS: Mapping[str, Text] = MappingProxyType(
    {
        "barrier_stays_down": Text("道闸不抬杆", "The barrier does not open"),
        "barrier_stays_up": Text("道闸不落杆", "The barrier does not close"),
        "barrier_damaged": Text("道闸损坏", "The barrier is damaged"),
        "button": Text("手动按钮失灵", "The button does not work"),
        "camera": Text("摄像头看不清", "The camera does not see"),
        "screen": Text("屏幕或语音有问题", "The screen or the voice fails"),
        "scanner": Text("扫码器或键盘失灵", "The scanner or the keypad fails"),
        "thermometer": Text("测温不准", "The thermometer is wrong"),
        "power": Text("断电或漏水", "Power or water"),
        TYPED: Text("其他问题", "Something else"),
    }
)
"""Every fault, in the order in which they are offered. A code, once released, keeps its meaning."""
MOST_OPEN: Final = 20
"""Faults of one gate that are open at a time; one more is told to somebody, not typed again."""


def is_fault(what: str, text: str) -> bool:
    """Whether `what` is one of the faults; what is none of the others needs a `text`."""
    return bool(text.strip()) if what == TYPED else what in FAULTS
