"""The page Now: who is before the gate, why, and what staff do about it."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any, Final

import msgspec
from fastapi import Form, Path, Query
from pydantic import BeforeValidator
from starlette.responses import Response

from edge.console.refusal import Refusal, gate_away
from edge.console.routes import ConsolePages
from edge.console.showing_now import ShownView
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import APPEALS, OFFERED, REASONS, TYPED, Right, StaffAct
from edge.staff.protocol import Done, RefusedWhy, RequestBody
from edge.staff.protocol.acts import (
    CorrectAct,
    Corrected,
    EndHold,
    HoldOpen,
    LetIn,
    Lock,
    NamePress,
    SendAway,
    Taken,
    Unlock,
)
from edge.staff.protocol.now import (
    DismissNearMiss,
    DoubtEnded,
    Doubts,
    EndDoubt,
    ListDoubts,
    Mistaken,
    MistakenNoted,
    NowView,
)
from edge.staff.protocol.people import AppealTaken, FileAppeal
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_decoder

PAGES = ConsolePages()
_PARTS: Final = "now/parts.html"
_KEY_BYTES: Final = 16
_LANE_ANSWERS_WITHIN: Final = 0.4
"""Seconds for which a receipt waits for what the lane says: it answers within some milliseconds."""

_OTHER_SHEETS: Final = frozenset({"mistaken", "appeal", "correct"})
"""Sheets that are no act's."""

Key = Annotated[str, Form(min_length=16, max_length=64)]
Reason = Annotated[str, Form(max_length=64)]
Typed = Annotated[str, Form(max_length=200)]
About = Annotated[int | None, Form()]
WhichOne = Annotated[int, Form(ge=0)]

_read = msgpack_decoder(NowView)


def _given(value: object) -> object:
    """What a page gives; None where its field is empty, as where nobody was decided on yet."""
    return value or None


@PAGES.get("/now", right=Right.SEE_NOW)
def now(visit: VisitOf) -> Response:
    shown = _shown(visit)
    return visit.page(
        "now/page.html",
        title=visit.gettext("Now"),
        tab="/now",
        shown=shown,
        topic=_topic(visit),
        sheet=None,
        **_words(visit),
    )


@PAGES.live(Topic.NOW, right=Right.FIND)
@PAGES.live(Topic.NOW_NAMELESS, right=Right.SEE_NOW)
def live(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """What of an open page changes."""
    return visit.text_of(_PARTS, "live", ShownView(_read(bytes(value)), visit.now))


@PAGES.get("/now/sheet/{act}", right=Right.SEE_NOW)
def sheet(
    visit: VisitOf,
    act: Annotated[str, Path(max_length=32)],
    about: Annotated[int | None, BeforeValidator(_given)] = None,
    after: Annotated[int | None, BeforeValidator(_given)] = None,
    press: int | None = None,
    of: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """The reasons of an act, in the list's place: for the person who was on the page at the first tap; of a
    correction, those `of` the act that is corrected. `after` is the newest decision of which the page knew.
    """
    known = act in OFFERED or act in _OTHER_SHEETS
    if not known or (act == "correct" and of not in OFFERED):
        return visit.go("/now")
    shown = _shown(visit)
    newest = shown.view.newest if after is None else after
    asked = {"act": act, "about": about, "after": newest, "press": press, "of": of, "gone": ""}
    if act == StaffAct.HOLD_OPEN and not shown.hold_offers:
        return visit.go("/now")
    if visit.is_fragment:
        return visit.fragment("now/sheet.html", shown=shown, sheet=asked, **_words(visit))
    return visit.page(
        "now/page.html",
        title=visit.gettext("Now"),
        tab="/now",
        shown=shown,
        topic=_topic(visit),
        sheet=asked,
        **_words(visit),
    )


@PAGES.post("/override", right=Right.LET_IN)
def let_in(
    visit: VisitOf,
    key: Key,
    reason: Reason,
    text: Typed = "",
    about: About = None,
    after: About = None,
    anyway: Annotated[bool, Form()] = False,
) -> Response:
    """Let one person in; `anyway` where the page had said that they were gone."""
    body = LetIn(key, reason, _said(reason, text), about, after, anyway)
    return _done(visit, StaffAct.LET_IN, body, about=about)


@PAGES.post("/hold", right=Right.HOLD)
def hold(
    visit: VisitOf,
    key: Key,
    reason: Reason,
    minutes: Annotated[int, Form(ge=1, le=1440)],
    text: Typed = "",
) -> Response:
    """Hold the barrier open for some minutes."""
    return _done(
        visit, StaffAct.HOLD_OPEN, HoldOpen(key, minutes, reason, _said(reason, text)), minutes=minutes
    )


@PAGES.post("/end-hold", right=Right.HOLD)
def end_hold(visit: VisitOf, key: Key) -> Response:
    """End a hold."""
    return _done(visit, StaffAct.END_HOLD, EndHold(key))


@PAGES.post("/lock", right=Right.LOCK)
def lock(visit: VisitOf, key: Key, reason: Reason, text: Typed = "") -> Response:
    """Lock the lane: nobody is let in, and people can leave."""
    return _done(visit, StaffAct.LOCK, Lock(key, reason, _said(reason, text)))


@PAGES.post("/unlock", right=Right.LOCK)
def unlock(visit: VisitOf, key: Key, reason: Reason, text: Typed = "") -> Response:
    """End a lock."""
    return _done(visit, StaffAct.UNLOCK, Unlock(key, reason, _said(reason, text)))


@PAGES.post("/press/{press}", right=Right.NAME_PRESS)
def name_press(
    visit: VisitOf, press: Annotated[int, Path(ge=0)], key: Key, reason: Reason, text: Typed = ""
) -> Response:
    """Say that it was oneself who pressed the wired button, and why."""
    return _done(visit, StaffAct.NAME_PRESS, NamePress(key, press, reason, _said(reason, text)), press=press)


@PAGES.post("/send-away", right=Right.LET_IN)
def send_away(visit: VisitOf, key: Key, reason: Reason, about: WhichOne, text: Typed = "") -> Response:
    """Say that who was referred was sent away."""
    return _done(visit, StaffAct.SEND_AWAY, SendAway(key, about, reason, _said(reason, text)), about=about)


@PAGES.post("/correct", right=Right.LET_IN)
def correct(visit: VisitOf, key: Key, reason: Reason, about: WhichOne, text: Typed = "") -> Response:
    """Correct the reason of an own act."""
    done = visit.ask(CorrectAct(key, about, reason, _said(reason, text)), Corrected)
    if not visit.is_fragment:
        return visit.go("/now")
    return visit.fragment("now/corrected.html", corrected=done, shown=_shown(visit), **_words(visit))


@PAGES.post("/appeal", right=Right.FIND)
def file_appeal(visit: VisitOf, key: Key, reason: Reason, about: WhichOne, text: Typed = "") -> Response:
    """File an appeal against a denial, for who was denied."""
    filed = visit.ask(FileAppeal(key, reason, _said(reason, text), about), AppealTaken)
    if not visit.is_fragment:
        return visit.go("/now")
    return visit.fragment("now/appealed.html", filed=filed, shown=_shown(visit), **_words(visit))


@PAGES.post("/mistaken", right=Right.MISTAKEN)
def mistaken(visit: VisitOf, about: WhichOne) -> Response:
    """Say that a face was not the person's whom it was taken for."""
    noted = visit.ask(Mistaken(about), MistakenNoted)
    if not visit.is_fragment:
        return visit.go("/now/mistaken")
    return visit.fragment("now/noted.html", noted=noted)


@PAGES.get("/now/mistaken", right=Right.MISTAKEN)
def doubts(visit: VisitOf) -> Response:
    """Whose faces need a code here."""
    listed = visit.ask(ListDoubts(), Doubts)
    return visit.page(
        "now/doubts.html", title=visit.gettext("Mistaken faces"), doubts=listed.faces, tab="/now"
    )


@PAGES.post("/now/mistaken/end", right=Right.MANAGE_STAFF)
def end_doubt(visit: VisitOf, subject: Annotated[str, Form(max_length=128)]) -> Response:
    """Let a face count alone again."""
    visit.ask(EndDoubt(subject), DoubtEnded)
    return visit.go("/now/mistaken")


@PAGES.post("/now/near-miss/dismiss", right=Right.LET_IN)
def dismiss_near_miss(visit: VisitOf, subject: Annotated[str, Form(max_length=128)]) -> Response:
    """Offer somebody for new pictures no more in this shift."""
    visit.ask(DismissNearMiss(subject), Done)
    return visit.go("/now")


# --- inside --------------------------------------------------------------------------------------------


def _shown(visit: ConsoleVisit) -> ShownView:
    """What the gate publishes now. Raises Refusal."""
    return _shown_of(visit, visit.ask(Watch((_topic(visit),), most_wait=0.0), Watched))


def _shown_of(visit: ConsoleVisit, watched: Watched) -> ShownView:
    value = watched.changed.get(_topic(visit))
    if value is None:
        raise gate_away()
    return ShownView(_read(bytes(value)), visit.now)


def _topic(visit: ConsoleVisit) -> Topic:
    """What the page looks at: with names, for those who may find people."""
    return Topic.NOW if visit.may(Right.FIND) else Topic.NOW_NAMELESS


def _said(reason: str, text: str) -> str:
    """What was typed, as one line; nothing where a reason was chosen."""
    return " ".join(text.split()) if reason == TYPED else ""


def _words(visit: ConsoleVisit) -> dict[str, Any]:
    """What a sheet says: the reasons of each act, and the key by which its act is done once."""
    texts = {code: getattr(said, visit.language.value) for code, said in REASONS.items()}
    appeals = {code: getattr(said, visit.language.value) for code, said in APPEALS.items()}
    return {
        "offered": OFFERED,
        "reason_texts": texts,
        "appeal_texts": appeals,
        "key": secrets.token_hex(_KEY_BYTES),
    }


def _done(visit: ConsoleVisit, act: StaffAct, body: RequestBody, **asked: Any) -> Response:
    """Have an act done: its receipt, or the sheet again where the person has left meanwhile."""
    try:
        taken = visit.ask(body, Taken)
    except Refusal as error:
        if error.why is not RefusedWhy.GONE or act is not StaffAct.LET_IN or not visit.is_fragment:
            raise
        shown, why = _shown(visit), error.answer.detail
        about = None if why == "settled" else asked["about"]
        again = {"act": act.value, "about": about, "after": shown.view.newest, "press": None, "gone": why}
        return visit.fragment("now/sheet.html", shown=shown, sheet=again, **_words(visit))
    if not visit.is_fragment:
        return visit.go("/now")
    shown = _answered(visit, taken)
    return visit.fragment("now/receipt.html", taken=taken, shown=shown, asked=asked, **_words(visit))


def _answered(visit: ConsoleVisit, taken: Taken) -> ShownView:
    """What the gate publishes as soon as the lane has said what became of the act, or a moment later. What
    comes after that, an open page hears.
    """
    topic, until = _topic(visit), time.monotonic() + _LANE_ANSWERS_WITHIN
    watched = visit.ask(Watch((topic,), most_wait=0.0), Watched)
    shown = _shown_of(visit, watched)
    while taken.act is StaffAct.LET_IN and not _is_told(shown, taken.sequence):
        left = max(0.0, until - time.monotonic())
        watched = visit.ask(Watch((topic,), watched.version, watched.run, left), Watched)
        if topic not in watched.changed:
            break
        shown = _shown_of(visit, watched)
    return shown


def _is_told(shown: ShownView, sequence: int) -> bool:
    row = shown.row(sequence)
    return row is not None and (row.opened or bool(row.refused))
