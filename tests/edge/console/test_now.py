"""The page Now in a browser, before a real gate: who is there, why, and what staff do in two taps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from edge.console.showing_now import duration
from edge.decision import ClockTrust, WallTime
from edge.devices.clock import TimeSource
from edge.encounter import Patience
from edge.journal.configuration import JournalSection
from edge.journal.factory import open_journal
from edge.journal.format import LaneClosed
from edge.vision.reports import Blur, CameraReport, CameraState
from tests.edge.console.staffed_gate import (
    GUARD,
    INSTALLER,
    MANAGER,
    Member,
    StaffedGate,
    console_of,
    gate_at_work,
)
from tests.edge.vision.reported import PREVIEW
from tests.edge.web.judging import judged
from tests.waiting import pause, soon

XU, ZHOU, WEI, LIU, HTML = 1, 2, 3, 4, 5
QUICK = Patience(evidence_within=0.2, give_up_after=1.0, gone_after=0.6, ask_again_after=0.6)
TAPS_ARE_HEARD = "[...document.querySelectorAll('.now-act')].every(act => act.dataset.htmxPowered)"
_TOP = "it => it.getBoundingClientRect().top"
_BOTTOMS = "all => all.map(it => it.getBoundingClientRect().bottom)"
LATE = 20.0
"""Seconds after which a decision that a second of patience gives comes no more."""
NEARLY = 0.28
"""How like somebody's face is that is just too little beside their pass."""


class Tablet:
    """A page on a tablet, and what somebody does with it."""

    def __init__(self, gate: StaffedGate, page: Any) -> None:
        self.gate, self.page = gate, page
        self.said: list[str] = []
        page.on("console", lambda said: self.said.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self.begin()

    def begin(self) -> None:
        """Open the page anew, at its size of always."""
        self.page.set_viewport_size({"width": 1280, "height": 800})
        self.page.mouse.move(0, 0)
        self.page.goto("/now")
        self.page.wait_for_function(TAPS_ARE_HEARD)

    def shows(self, kind: str, text: str = "", *, number: int | None = None) -> Any:
        """The card, once it is of that kind, says that, and is of the decision of that number."""
        of = "" if number is None else f"[data-number='{number}']"
        return self.page.wait_for_selector(f".now-card.is-{kind}{of}:has-text('{text}')")

    def tap(self, what: str) -> None:
        self.page.click(what)

    def open(self, act: str) -> None:
        """Tap an act, and wait for its sheet: what is tapped then is not of the sheet before."""
        self.page.wait_for_selector(".now-sheet", state="detached")
        self.tap(f".now-act[data-act={act}]")
        self.page.wait_for_selector(f".now-sheet[data-act={act}]")

    def text(self, what: str) -> str:
        return " ".join(self.page.inner_text(what).split())


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedGate]:
    """A gate whose centre has heard nothing for an hour: nobody who minds it notices but by a banner."""
    folder = tmp_path_factory.mktemp("gate")
    journal = JournalSection(folder / "journal.sqlite", acknowledged=folder / "acknowledged")
    an_hour_ago(journal.path)
    with gate_at_work(folder, encounter=QUICK, journal=journal) as made, console_of(made) as served:
        served.camera.report(CameraReport(CameraState.STREAMING, 0.0))
        yield served


def an_hour_ago(journal: Path) -> None:
    """Something happened then, and the centre does not have it."""
    then = WallTime(datetime.now(UTC) - timedelta(hours=1), ClockTrust.TRUSTED)
    with closing(open_journal(journal, "main", then)) as opened:
        opened.append(LaneClosed(), then)


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[tuple[str, str], Tablet]]:
    """The tablets of the module: a context of a browser is dear."""
    made: dict[tuple[str, str], Tablet] = {}
    yield made
    for tablet in made.values():
        tablet.page.context.close()


@pytest.fixture
def tablets(gate: StaffedGate, browser: Any, kept: dict[tuple[str, str], Tablet]) -> Iterator[Any]:
    def tablet(member: Member = GUARD, language: str = "en") -> Tablet:
        found = kept.get((member.staff, language))
        if found is not None:
            found.begin()
            return found
        return kept.setdefault(
            (member.staff, language), Tablet(gate, gate.page(browser, member, language=language))
        )

    yield tablet
    assert [text for each in kept.values() for text in each.said] == []
    for each in kept.values():
        each.page.goto("about:blank")  # nothing of it is drawn meanwhile


def nobody_is_left(gate: StaffedGate) -> None:
    """Frames show for a while that nobody is there: whoever comes next comes anew."""
    for _ in range(3):
        gate.leave()


def decided(gate: StaffedGate, face: int, seconds: float = 0.4, *, code: str = "", alike: float = 1.0) -> int:
    """Somebody comes, and is decided on: the number of that event, and no later one is of theirs.

    They come again only where the gate saw too little of them, on a busy machine: else who comes twice is
    decided on twice, and the page shows the second.
    """

    def comes() -> bool:
        nobody_is_left(gate)
        before = len(gate.journal("access_decided"))
        gate.show(*((code,) if code else ()), face=face, seconds=seconds, alike=alike)
        with suppress(AssertionError):
            soon(lambda: len(gate.journal("access_decided")) > before, within=LATE)
        return len(gate.journal("access_decided")) > before

    soon(comes, "a decision")
    return gate.journal("access_decided")[-1].sequence


def settle(gate: StaffedGate) -> None:
    """Staff let in who was referred: the page waits for nobody."""
    about = decided(gate, ZHOU)
    said = {"key": f"{about:016x}", "reason": "papers_seen", "about": str(about)}
    before = len(gate.journal("staff_act_taken"))
    gate.client().post("/override", data=said)
    gate.wait_for("staff_act_taken", before)


def test_a_camera_that_sees_nothing_is_a_violet_card_until_somebody_comes(
    gate: StaffedGate, tablets: Any
) -> None:
    settle(gate)
    decided(gate, XU)  # who is granted is soon shown no more
    tablet = tablets(language="zh")
    gate.camera.report(CameraReport(CameraState.BLIND, 0.0, "brightness 2 of 255"))
    nobody_is_left(gate)
    fault = tablet.shows("fault", "camera.blind")
    assert "brightness 2 of 255" in fault.inner_text()
    number = decided(gate, WEI)
    tablet.shows("deny", number=number)
    assert tablet.page.is_visible("[data-fact=camera].broken"), "the cell stays"
    gate.camera.report(CameraReport(CameraState.STREAMING, 0.0))
    tablet.page.wait_for_selector("[data-fact=camera].broken", state="detached")


def test_a_centre_that_does_not_hear_is_a_banner_and_stops_nothing(tablets: Any) -> None:
    tablet = tablets()
    tablet.page.wait_for_selector("#now-link .now-banner")
    said = tablet.text("#now-link")
    assert "No link to the centre since" in said
    assert "The gate decides alone and records everything." in said
    assert "wait to be sent" in said
    assert tablet.page.is_visible("[data-fact=link].broken")
    assert tablet.page.is_visible("[data-act=let_in]")


@pytest.mark.parametrize(
    ("language", "face", "kind", "says"),
    [
        ("en", XU, "grant", ("Granted", "Xu Wenjing · 12-1-803", "Face matched", "Green", "gates.main.mode")),
        (
            "zh",
            WEI,
            "deny",
            ("拒绝", "Wei Gang · 5-1-102", "健康码红码", "statuses.red", "怎么办", "申诉"),
        ),
        (
            "en",
            ZHOU,
            "refer",
            ("Referred", "Zhou Ting · 3-1-203", "Health code yellow", "Say it to them alone"),
        ),
    ],
)
def test_an_encounter_enters_an_open_page_by_itself(
    gate: StaffedGate, tablets: Any, language: str, face: int, kind: str, says: tuple[str, ...]
) -> None:
    tablet = tablets(language=language)
    number = decided(gate, face)
    tablet.page.wait_for_selector(f".now-card.is-{kind}[data-number='{number}']")
    card = tablet.text("#now-card")
    assert [said for said in says if said not in card] == []
    assert f"E-{number}" in card, "the number by which the centre finds it"
    tablet.page.wait_for_selector(f"#now-rows li[data-number='{number}'][aria-current]")
    filled = tablet.page.eval_on_selector(".act-once", "act => getComputedStyle(act).backgroundColor")
    plain = tablet.page.eval_on_selector(".act-hold", "act => getComputedStyle(act).backgroundColor")
    assert (filled != plain) is (kind == "refer"), "filled only where staff have to decide"


@pytest.mark.parametrize(
    ("language", "open_sheet", "seen"),
    [
        ("en", "", ((1280, "light"), (320, "light"))),
        ("zh", "let_in", ((800, "dark"),)),
        ("en", "hold_open", ((320, "dark"),)),
    ],
    ids=str,
)
def test_the_page_is_sound_at_every_width_and_in_both_themes(
    gate: StaffedGate, tablets: Any, language: str, open_sheet: str, seen: tuple[tuple[int, str], ...]
) -> None:
    number, tablet = decided(gate, ZHOU), tablets(language=language)
    tablet.shows("refer", number=number)
    if open_sheet:
        tablet.open(open_sheet)
    assert judged(tablet.page, seen) == []
    tablet.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize(("language", "face", "kind"), [("en", WEI, "deny"), ("zh", ZHOU, "refer")], ids=str)
def test_what_can_be_done_about_a_decision_is_not_under_the_acts(
    gate: StaffedGate, tablets: Any, language: str, face: int, kind: str
) -> None:
    """Neither on a tablet held either way, nor while a banner says that the centre does not hear."""
    number, tablet = decided(gate, face), tablets(language=language)
    tablet.page.wait_for_selector(f".now-card.is-{kind}[data-number='{number}']")
    for width, height in ((1280, 800), (800, 1280)):
        tablet.page.set_viewport_size({"width": width, "height": height})
        keys = tablet.page.eval_on_selector_all(".has-keys .button", _BOTTOMS)
        assert len(keys) == (3 if kind == "refer" else 2)
        assert max(keys) < tablet.page.eval_on_selector(".now-act-bar", _TOP), (width, height)
    tablet.page.set_viewport_size({"width": 320, "height": 800})
    of_language = tablet.page.eval_on_selector(".language", _TOP)
    assert of_language < tablet.page.eval_on_selector(".brand", "it => it.getBoundingClientRect().bottom")


def test_two_taps_let_somebody_in_by_name(gate: StaffedGate, tablets: Any) -> None:
    gate.rests()  # before they come: who is denied is shown for half a minute
    number, tablet = decided(gate, WEI), tablets()
    tablet.page.wait_for_selector(f".now-card[data-number='{number}']")
    before = len(gate.journal("staff_act_taken"))
    tablet.open("let_in")
    assert "Let in once: Wei Gang" in tablet.text(".now-sheet h2")
    tablet.tap(".now-sheet >> text=Identity card seen")
    tablet.page.wait_for_selector(".receipt >> text=Barrier opened once")  # what the lane says may come later
    receipt = tablet.text(".receipt")
    assert "Barrier opened once for Wei Gang, Identity card seen, Wang Jianguo" in receipt
    taken = gate.wait_for("staff_act_taken", before)
    assert (taken.content["staff"], taken.content["reason"]) == ("wang", "papers_seen")
    assert taken.content["about"] == number
    opened = [entry for entry in gate.journal("lane_opened") if entry.content.get("cause") == "staff"]
    soon(lambda: any(e.content.get("reference") == str(taken.sequence) for e in gate.journal("lane_opened")))
    assert all(entry.sequence > taken.sequence for entry in opened[-1:]), "in the journal before it acts"
    tablet.page.wait_for_selector(".now-sheet", state="detached")
    tablet.page.wait_for_selector(f"#now-rows li[data-number='{taken.sequence}']")
    assert "wang · Identity card seen" in tablet.text(f"#now-rows li[data-number='{taken.sequence}']")


def test_a_sheet_is_for_the_person_of_the_first_tap_and_asks_again_where_they_left(
    gate: StaffedGate, tablets: Any
) -> None:
    first, tablet = decided(gate, WEI), tablets()
    tablet.page.wait_for_selector(f".now-card[data-number='{first}']")
    tablet.open("let_in")
    before = len(gate.journal("staff_act_taken"))
    second = decided(gate, ZHOU)
    tablet.page.wait_for_selector(f".now-list li[data-number='{second}']", state="attached")
    assert "Wei Gang" in tablet.text(".now-card"), "who comes next waits behind the sheet"
    tablet.tap(".now-sheet >> text=Identity card seen")
    tablet.page.wait_for_selector(".sheet-gone")
    assert "Somebody else was decided on meanwhile; nothing was opened." in tablet.text(".now-sheet")
    assert len(gate.journal("staff_act_taken")) == before
    assert "Let in once: Wei Gang" in tablet.text(".now-sheet h2"), "and it stays theirs"
    tablet.tap(".now-sheet >> text=Identity card seen")
    assert gate.wait_for("staff_act_taken", before).content["about"] == first
    tablet.page.wait_for_selector(f".now-card[data-number='{second}']")


def test_what_the_lane_refused_is_not_said_to_be_done(gate: StaffedGate, tablets: Any) -> None:
    """More than eight who have not passed: so says the receipt, the row, and a line with what to do."""
    tablet, heads = tablets(language="zh"), {"HX-Request": "true", "HX-Request-Type": "partial"}
    tablet.page.wait_for_selector(".now-card")
    guard = gate.client()

    def receipt(number: int) -> str:
        """What is said of the let-in of this number: it is done once, and the lane answers when it can."""
        form = {"key": f"{number:032x}", "reason": "papers_seen"}
        return guard.post("/override", data=form, headers=heads).text

    soon(lambda: "Barrier opened once" in receipt(0), "the first opens")
    # Asked twice each; and on a slow machine the barrier closes behind some, and others are the eight.
    numbers = (number for number in count(1) for _ in range(2))
    soon(lambda: "Not opened" in receipt(next(numbers)), "more than eight")
    tablet.page.wait_for_selector(".now-refused")
    assert "已放行八人，尚未通过" in tablet.text(".now-refused")
    assert "请等他们通过后再次放行" in tablet.text(".now-refused")
    refused = gate.journal("lane_grant_refused")[-1]
    tablet.page.wait_for_selector(f"#now-rows li[data-number='{refused.content['reference']}'] .shape-fault")
    assert judged(tablet.page, ((1280, "light"),)) == []
    soon(
        lambda: (
            gate.journal("lane_closed")[-1:] > []
            and gate.journal("lane_closed")[-1].sequence > refused.sequence
        )
    )


def test_a_typed_reason_goes_along(gate: StaffedGate, tablets: Any) -> None:
    """By Enter, or by the button: Enter in the field is no tap on the first reason of the list."""
    tablet = tablets()
    for by in ("Enter", "button"):
        decided(gate, WEI)
        before = len(gate.journal("staff_act_taken"))
        tablet.open("let_in")
        tablet.tap(".now-sheet summary")
        tablet.page.fill("#sheet-text", "  his  mother <b>came</b> along ")
        if by == "Enter":
            tablet.page.press("#sheet-text", "Enter")
        else:
            tablet.tap(".sheet-typed button")
        taken = gate.wait_for("staff_act_taken", before)
        assert (taken.content["reason"], taken.content["text"]) == ("typed", "his mother <b>came</b> along")
        tablet.page.wait_for_selector(f"#now-rows li[data-number='{taken.sequence}'] >> text=<b>came</b>")


def test_an_answer_that_comes_late_folds_no_sheet_that_was_opened_meanwhile(
    gate: StaffedGate, tablets: Any
) -> None:
    """The next sheet stands when the first receipt has come, and of two taps one counts."""
    tablet = tablets()
    asked: list[Any] = []

    def hold(route: Any) -> None:
        asked.append(route)

    tablet.page.route("**/lock", hold)
    before = len(gate.journal("staff_act_taken"))
    tablet.tap("[data-act=lock]")
    tablet.tap(".now-sheet[data-act=lock] [data-reason='1']")
    tablet.page.click(".now-sheet[data-act=lock] [data-reason='1']", force=True)
    tablet.tap(".now-act[data-act=let_in]")
    soon(lambda: asked, "the lock", meanwhile=lambda: tablet.page.wait_for_timeout(20))
    asked[0].continue_()
    tablet.page.wait_for_selector(".receipt >> text=Gate locked")
    tablet.page.wait_for_selector(".now-sheet[data-act=let_in]")
    assert len(asked) == 1
    assert len(gate.journal("staff_act_taken")) == before + 1
    tablet.page.unroute("**/lock")
    tablet.page.keyboard.press("Escape")
    tablet.open("unlock")
    tablet.tap(".now-sheet [data-reason='1']")
    tablet.page.wait_for_selector(".act-lock:visible")


def test_two_taps_hold_the_barrier_and_two_end_it(gate: StaffedGate, tablets: Any) -> None:
    tablet = tablets()
    before = len(gate.journal("staff_act_taken"))
    tablet.open("hold_open")
    tablet.page.wait_for_selector(".now-sheet [value='5']:checked", state="attached")
    tablet.tap(".now-sheet >> text=Removal, delivery")
    taken = gate.wait_for("staff_act_taken", before)
    assert (taken.content["act"], taken.content["seconds"]) == ("hold_open", 300.0)
    tablet.page.wait_for_selector(".act-end-hold:visible")
    tablet.page.wait_for_selector("[data-fact=lane]:has-text('Held open'):has-text(' – ')")
    since_and_until = r"\d\d:\d\d:\d\d – (\d\d:\d\d:\d\d|\d+ \w+ 00:0\d)"  # over midnight, with the day
    assert re.search(since_and_until, tablet.text("[data-fact=lane]"))
    assert not tablet.page.is_visible(".act-hold")
    tablet.open("end_hold")
    tablet.tap(".now-sheet .sheet-reason")
    tablet.page.wait_for_selector(".act-hold:visible")


def test_the_keyboard_locks_and_unlocks_and_folds(gate: StaffedGate, tablets: Any) -> None:
    tablet = tablets()
    keys = tablet.page.keyboard
    before = len(gate.journal("staff_act_taken"))
    keys.press("3")
    tablet.page.wait_for_selector(".now-sheet >> text=Lock the gate")
    keys.press("Escape")
    tablet.page.wait_for_selector(".now-sheet", state="detached")
    assert tablet.page.evaluate("document.activeElement.dataset.act") == "lock"
    keys.press("3")
    tablet.page.wait_for_selector(".now-sheet")
    keys.press("1")
    assert gate.wait_for("staff_act_taken", before).content["act"] == "lock"
    tablet.page.wait_for_selector(".act-unlock:visible")
    tablet.page.wait_for_selector(".now-sheet", state="detached")
    keys.press("3")
    tablet.page.wait_for_selector(".now-sheet >> text=Unlock the gate")
    keys.press("1")
    tablet.page.wait_for_selector(".act-lock:visible")
    assert gate.journal("staff_act_taken")[-1].content["act"] == "unlock"


def test_two_taps_say_that_a_face_was_mistaken(gate: StaffedGate, tablets: Any) -> None:
    tablet = tablets()  # opened before: who is granted is shown for eight seconds
    number = decided(gate, LIU)
    tablet.page.wait_for_selector(f".now-card.is-grant[data-number='{number}']")
    tablet.page.keyboard.press("n")
    tablet.tap(".now-sheet .sheet-reason")
    noted = tablet.page.wait_for_selector(".now-sheet dl")
    assert "1 in 1,000" in noted.inner_text()
    assert gate.journal("face_mistaken")[-1].content["about"] == number

    refused = decided(gate, LIU, seconds=2.0)
    event = next(entry for entry in gate.journal("access_decided") if entry.sequence == refused)
    assert event.content["decision"]["rule"] == "gate.face_doubted"
    manager = gate.client(MANAGER)
    assert "Liu Fang" in manager.get("/now/mistaken").text
    manager.post("/now/mistaken/end", data={"subject": "liu"})
    assert "Liu Fang" not in manager.get("/now/mistaken").text


def test_two_taps_file_an_appeal_for_who_was_denied(gate: StaffedGate, tablets: Any) -> None:
    number, tablet = decided(gate, WEI), tablets()
    tablet.shows("deny", number=number)
    tablet.tap(".now-card >> text=File an appeal")
    tablet.page.wait_for_selector(".now-sheet >> text=File an appeal: Wei Gang")
    tablet.tap(".now-sheet >> text=The health code is wrong")
    filed = gate.wait_for("appeal_filed", 0)
    assert (filed.content["subject"], filed.content["about"]) == ("wei", number)
    receipt = tablet.page.wait_for_selector(f"#now-receipt:has-text('E-{filed.sequence}')").inner_text()
    assert "the centre gets it with the journal" in receipt
    tablet.page.wait_for_selector(f".now-card[data-number='{number}'] >> text=An appeal is filed.")
    assert not tablet.page.is_visible(".now-card >> text=File an appeal")


def test_two_taps_send_away_who_was_referred_and_the_reason_can_be_corrected(
    gate: StaffedGate, tablets: Any
) -> None:
    number, tablet = decided(gate, ZHOU), tablets()
    before = len(gate.journal("staff_act_taken"))
    tablet.shows("refer", number=number)
    tablet.tap(".now-card >> text=Sent away")
    tablet.tap(".now-sheet >> text=Had no papers")
    sent = gate.wait_for("staff_act_taken", before)
    assert (sent.content["act"], sent.content["about"]) == ("send_away", number)
    tablet.page.wait_for_selector(f".now-card.is-refer[data-number='{number}']", state="detached")
    tablet.tap("#now-receipt >> text=Correct the reason")
    tablet.page.wait_for_selector(".now-sheet[data-act=correct]")
    assert judged(tablet.page, ((1280, "light"), (320, "dark"))) == []
    tablet.tap(".now-sheet >> text=Sent to the community office")
    corrected = gate.wait_for("staff_act_corrected", 0)
    assert (corrected.content["about"], corrected.content["reason"]) == (sent.sequence, "to_office")
    tablet.page.wait_for_selector("#now-receipt >> text=Reason corrected: Sent to the community office")


def test_a_press_of_the_wired_button_is_named_afterwards(gate: StaffedGate, tablets: Any) -> None:
    tablet = tablets(language="zh")
    pressed = len(gate.journal("lane_override"))
    gate.press_button()
    press = gate.wait_for("lane_override", pressed).sequence
    tablet.page.click(f"a[href$='press={press}']")
    named = len(gate.journal("press_named"))
    tablet.tap(".now-sheet [data-reason='4']")
    assert gate.wait_for("press_named", named).content["reason"] == "emergency"
    tablet.page.wait_for_selector(f"a[href$='press={press}']", state="detached")


def test_rows_in_view_keep_their_place_while_somebody_looks_at_them(gate: StaffedGate, tablets: Any) -> None:
    first, tablet = decided(gate, WEI), tablets()
    tablet.page.hover(f"#now-rows li[data-number='{first}']")
    second = decided(gate, ZHOU)
    tablet.page.wait_for_selector("#now-new:visible")
    assert not tablet.page.query_selector(f"#now-rows li[data-number='{second}']")
    tablet.tap("#now-new")
    tablet.page.wait_for_selector(f"#now-rows li:first-child[data-number='{second}']")
    assert not tablet.page.is_visible("#now-new")


def test_who_was_nearly_recognised_and_let_in_is_offered_for_new_pictures(
    gate: StaffedGate, tablets: Any
) -> None:
    tablet, shown = tablets(), gate.pass_of("xu")
    number = decided(gate, XU, 0.6, code=shown, alike=NEARLY)
    tablet.page.wait_for_selector(f".now-card[data-number='{number}']")
    tablet.open("let_in")
    tablet.tap(".now-sheet >> text=Identity card seen")
    tablet.page.wait_for_selector("#now-card button[name=subject][value=xu]")
    assert gate.journal("near_miss_offered")[-1].content == {"staff": "wang", "subject": "xu"}
    assert "Xu Wenjing was nearly recognised" in tablet.text("#now-card")
    assert not tablet.page.query_selector("#now-card a[href^='/enrol']"), "a guard does not enrol"
    manager = gate.client(MANAGER)
    assert 'action="/enrol/find"' in manager.get("/now").text
    assert "nearly" not in gate.client(INSTALLER).get("/now").text
    # At once: whatever is new replaces the card, and with it what a finger is aimed at.
    tablet.page.eval_on_selector("#now-card button[name=subject]", "button => button.click()")
    tablet.page.wait_for_selector("#now-card button[name=subject]", state="detached")
    soon(lambda: "/enrol/find" not in manager.get("/now").text, "the other tablet hears of it")


def test_what_is_replaced_while_a_finger_is_down_is_tapped_all_the_same(
    gate: StaffedGate, tablets: Any
) -> None:
    """Each change replaces the card; a button that goes between a finger's down and up would hear no tap."""
    number, tablet = decided(gate, ZHOU), tablets()
    asked: list[Any] = []

    def hold(route: Any) -> None:
        asked.append(route)

    tablet.page.route("**/stream?*", hold)
    try:
        tablet.begin()
        tablet.shows("refer", number=number)
        soon(lambda: asked, "the stream", meanwhile=lambda: tablet.page.evaluate("1"))
        tablet.page.hover(".now-card >> text=Sent away")
        tablet.page.mouse.down()
        as_it_is = tablet.page.evaluate("document.getElementById('now-card').outerHTML")
        card = " ".join(as_it_is.split()).replace("now-card is-refer", "now-card is-refer another")
        asked[0].fulfill(content_type="text/event-stream", body=f"event: now\ndata: {card}\n\n")
        tablet.page.evaluate("new Promise((done) => setTimeout(done, 300))")
        tablet.page.mouse.up()
        tablet.page.wait_for_selector(".now-sheet[data-act=send_away]")
        tablet.page.keyboard.press("Escape")
    finally:
        tablet.page.unroute("**/stream?*")


def test_a_name_is_text_and_an_installer_sees_none(gate: StaffedGate, tablets: Any) -> None:
    guard, installer = tablets(), tablets(INSTALLER)
    number = decided(gate, HTML)
    for tablet in (guard, installer):
        tablet.page.wait_for_selector(f".now-card.is-grant[data-number='{number}']")
    assert "<b onmouseover" in guard.text("#now-card")
    assert not guard.page.query_selector(".now b")
    assert "Eve" not in installer.page.content()
    assert not installer.page.query_selector(".now-act"), "an installer lets nobody in"


def test_the_camera_is_shown_only_where_the_policy_allows_it(gate: StaffedGate, tablets: Any) -> None:
    assert not tablets().page.query_selector(".now-camera")
    policy = gate.admin.folder / "policy.toml"
    policy.write_text(
        policy.read_text() + '\n[staff]\ncamera_view = true\n[screen]\ncommunity_phone = "6512 0110"\n'
    )
    gate.publish()
    number, tablet = decided(gate, WEI), tablets()
    assert "6512 0110" in tablet.shows("deny", number=number).inner_text()

    def frame() -> None:
        gate.camera.report(replace(PREVIEW, blurred=Blur.BYSTANDERS, captured=TimeSource().monotonic()))
        pause(0.2)

    soon(lambda: tablet.page.query_selector("#camera-view img"), "the camera's picture", meanwhile=frame)


def test_a_page_that_hears_nothing_greys_and_says_what_to_do(gate: StaffedGate, browser: Any) -> None:
    """On a tablet whose clock is wrong, and stands: times are the gate's, and nothing depends on its own."""
    with console_of(gate) as lost:
        page = lost.page(browser)
        page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=9000, hours=7))
        tablet = Tablet(lost, page)
        assert lost.services is not None
        number = decided(lost, XU)
        tablet.page.wait_for_selector(f".now-card.is-grant[data-number='{number}']")
        at = next(entry.wall.at for entry in lost.journal("access_decided") if entry.sequence == number)
        here = at.astimezone(ZoneInfo("Asia/Shanghai"))
        assert f"{here:%H:%M}" in tablet.text(".now-when")
        lost.services.watchers.close()
        tablet.page.wait_for_selector("main.is-stale")
        since = tablet.text("[data-stale-since]")
        hours = {f"{here + timedelta(minutes=minutes):%H}" for minutes in (0, 2)}
        assert since[:2] in hours, "and since when it hears nothing, by the gate's clock"
        assert tablet.page.is_visible(".now-button")
        assert not tablet.page.is_visible(".now-act")
        assert "wired button" in tablet.text(".now-button")
        below = "said => said.getBoundingClientRect().bottom - innerHeight"
        assert tablet.page.eval_on_selector(".now-button", below) <= 0, "without scrolling"


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0 s", "0 秒"),
        (59.9, "59 s", "59 秒"),
        (60, "1 min", "1 分钟"),
        (5820, "1 h 37 min", "1 小时 37 分钟"),
        (7200, "2 h", "2 小时"),
        (90_000, "1 d 1 h", "1 天 1 小时"),
        (-5, "0 s", "0 秒"),
    ],
)
def test_how_long_it_is_said_in_two_units(seconds: float, en: str, zh: str) -> None:
    assert (duration(seconds, "en"), duration(seconds, "zh")) == (en, zh)


def test_a_sheet_opens_though_nobody_was_decided_on_yet(gate: StaffedGate) -> None:
    assert gate.client().get("/now/sheet/hold_open", params={"about": ""}).status_code == 200
