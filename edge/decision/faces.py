"""What may be the matter with a face, and what covers one: each in one row, with all that is said of it.

One more problem is a row here, the reason `face_<code>` in `Reason`, and how it is measured
(edge/vision/faces/quality.py).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from edge.decision.text import Guidance, Text

_TURN_A_LITTLE = Text("请换个角度或出示通行码", "Please turn a little or show your pass")


class FaceProblem(StrEnum):
    """Why a face that was seen could not be used."""

    gate: Guidance
    """What a gate tells the person."""
    enrolment: Text
    """What a camera says that enrols them."""
    what: str
    """What is wrong with a photograph."""
    remedy: str
    """What to do about it."""

    def __new__(cls, code: str, gate: Guidance, enrolment: Text, what: str, remedy: str) -> Self:
        made = str.__new__(cls, code)
        made._value_ = code
        made.gate, made.enrolment, made.what, made.remedy = gate, enrolment, what, remedy
        return made

    TOO_SMALL = (
        "too_small",
        Guidance(Text("请靠近一些", "Please come closer")),
        Text("请靠近一些", "Come closer"),
        "the face is too small",
        "take it from nearer, or crop less",
    )
    TOO_DARK = (
        "too_dark",
        Guidance(
            Text("请靠近灯光或出示通行码", "Please step into the light or show your pass"),
            Text("光线太暗", "It is too dark"),
        ),
        Text("光线太暗", "It is too dark"),
        "the face is too dark",
        "take it in better light",
    )
    TOO_BRIGHT = (
        "too_bright",
        Guidance(_TURN_A_LITTLE, Text("光线太强", "There is too much light")),
        Text("光线太强", "There is too much light"),
        "the face is too bright",
        "take it out of direct light",
    )
    BLURRED = (
        "blurred",
        Guidance(Text("请稍作停留，正对镜头", "Please stand still and look at the camera")),
        Text("请保持不动", "Stand still"),
        "the face is blurred",
        "hold the camera still",
    )
    TURNED_AWAY = (
        "turned_away",
        Guidance(Text("请正对镜头", "Please turn to the camera")),
        Text("请正对镜头", "Look here, please"),
        "the face is turned away",
        "look straight into the camera",
    )
    TILTED = (
        "tilted",
        Guidance(Text("请抬正头部，正对镜头", "Please hold your head upright and look at the camera")),
        Text("请抬正头部", "Hold your head upright"),
        "the head is tilted",
        "hold it upright",
    )
    TOO_CLOSE = (
        "too_close",
        Guidance(Text("请后退一步", "Please step back")),
        Text("请后退一步", "Step back"),
        "the face is too close",
        "take it from farther away",
    )
    CUT_OFF = (
        "cut_off",
        Guidance(Text("请站到镜头中间", "Please step into the middle of the picture")),
        Text("请站到画面中间", "Step into the middle of the picture"),
        "the face is cut off by the edge of the picture",
        "leave room around the head",
    )
    BACKLIT = (
        "backlit",
        Guidance(_TURN_A_LITTLE, Text("背光看不清", "The light is behind you")),
        Text("背光，请换个方向", "The light is behind you: turn round a little"),
        "the light is behind the face",
        "turn towards the light",
    )
    LOW_CONTRAST = (
        "low_contrast",
        Guidance(_TURN_A_LITTLE, Text("画面不清晰", "The picture is hazy")),
        Text("画面不清晰，请擦拭镜头", "The picture is hazy: wipe the lens"),
        "the face has too little contrast",
        "clean the lens, or avoid glare",
    )
    # At enrolment only: at a gate the policy says what becomes of a covered face.
    COVERED = (
        "covered",
        Guidance(
            Text("请露出面部或出示通行码", "Please uncover your face or show your pass"),
            Text("面部被遮挡", "Something covers your face"),
        ),
        Text("请露出面部", "Uncover your face"),
        "something covers the face",
        "uncover it",
    )


class Cover(StrEnum):
    """What covers a face, or seems to."""

    enrolment: Text
    what: str
    remedy: str

    def __new__(cls, code: str, enrolment: Text, what: str, remedy: str) -> Self:
        made = str.__new__(cls, code)
        made._value_ = code
        made.enrolment, made.what, made.remedy = enrolment, what, remedy
        return made

    MASK = (
        "mask",
        Text("请摘下口罩", "Take off your mask"),
        "something covers the mouth, perhaps a mask",
        "take it off, or take another in even light",
    )
    SUNGLASSES = (
        "sunglasses",
        Text("请摘下墨镜", "Take off your sunglasses"),
        "something dark covers the eyes, perhaps sunglasses",
        "take them off, or take another in even light",
    )
    HAND = (
        "hand",
        Text("请把手拿开", "Take your hand from your face"),
        "something covers the mouth, perhaps a hand",
        "take it away, or take another in even light",
    )
