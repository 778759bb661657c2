"""A duress word in whatever staff type: it is written nowhere, it raises the alarm, and nobody sees a
difference.
"""

from __future__ import annotations

from typing import Any, Final, get_args, get_type_hints

import pytest
from msgspec.structs import replace as altered

from edge.consent import WORDING
from edge.staff.core.guests import VisitorMeans
from edge.staff.core.reasons import TYPED
from edge.staff.protocol import RequestBody, accounts, enrolment, people
from edge.staff.protocol.acts import CorrectAct, LetIn, NamePress, SendAway, Taken
from edge.staff.protocol.people import FileAppeal, RegisterVisitor, ReportFault, SettleFault
from edge.staff.protocol.sessions import SetDuressPin
from edge.staff.typed_words import ACTS, TEXTS
from tests.edge.staff.staffed import PIN, Staffed, is_refused
from tests.edge.staff.test_acts import key, press, referred

WORD, NO_WORD = "294899", "294877"
_LET_BE: Final = {
    (accounts.AddStaff, "name"),  # a manager's, of an account: a badge's number may be part of it
    (people.FindPeople, "text"),  # what is looked for is written nowhere
}
_NO_WORDS: Final = frozenset(
    {
        *("key", "reason", "what", "why", "subject", "host", "visitor", "staff", "wording", "language"),
        *("challenge", "credential", "pin", "old", "new", "duress", "run", "level", "born"),
    }
)
"""Fields of ids, codes and secrets."""


@pytest.fixture
def session(here: Staffed) -> str:
    session = here.sign_in("ma")
    here.ask(SetDuressPin(PIN, WORD), session)
    return session


def stands_nowhere(here: Staffed, word: str) -> bool:
    """Whether no event holds the digits."""
    return all(word not in str(entry.content) for entry in here.events())


def test_a_press_is_named_by_the_word(here: Staffed, session: str) -> None:
    other = here.ask(NamePress(key(7), press(here), TYPED, NO_WORD), session)
    forced = here.ask(NamePress(key(8), press(here), TYPED, f"let him in {WORD}"), session)
    assert altered(forced, sequence=0, at=other.at) == altered(other, sequence=0)
    assert [said["text"] for said in here.said("press_named")] == ["–", "let him in –"]
    assert here.said("staff_duress") == [{"staff": "ma", "means": "name_press"}]
    assert stands_nowhere(here, WORD)
    assert stands_nowhere(here, NO_WORD)


def test_an_act_that_is_refused_raises_the_alarm_all_the_same(here: Staffed, session: str) -> None:
    for number in range(2):
        assert is_refused(here.ask(LetIn(key(number), TYPED, WORD, encounter=99), session), "gone")
        assert is_refused(here.ask(NamePress(key(number), 99, TYPED, NO_WORD), session), "gone")
    assert here.said("staff_duress") == [{"staff": "ma", "means": "let_in"}], "and once a minute"
    assert is_refused(here.ask(NamePress(key(3), 99, TYPED, WORD), session), "gone")
    assert here.said("staff_duress")[1:] == [{"staff": "ma", "means": "name_press"}]


def test_a_referral_is_settled_by_the_word(here: Staffed, session: str) -> None:
    number = referred(here)
    assert isinstance(here.ask(SendAway(key(1), number, TYPED, f"{WORD[:3]} {WORD[3:]}"), session), Taken)
    assert here.said("staff_duress") == [{"staff": "ma", "means": "send_away"}]
    assert here.said("staff_act_taken")[-1]["text"] == "–"


@pytest.mark.parametrize(
    "body",
    [
        ReportFault(key(1), TYPED, f"see {WORD}"),
        SettleFault(1, WORD),
        CorrectAct(key(1), 1, TYPED, f"{WORD} it was"),
        FileAppeal(key(1), TYPED, WORD, subject="p000"),
        RegisterVisitor(key(1), f"Li {WORD}", "p000", 60, 1, VisitorMeans.CODE),
        enrolment.SignConsent(WORDING, "zh", typed=WORD),
        enrolment.SignConsent(WORDING, "zh", typed="x", guardian="y", relation=WORD),
    ],
    ids=lambda body: type(body).__name__,
)
def test_what_is_typed_elsewhere_is_refused_and_raises_the_alarm(
    body: Any, here: Staffed, session: str
) -> None:
    fields = [name for name in TEXTS[type(body)] if WORD in getattr(body, name)]
    other = altered(body, **{name: getattr(body, name).replace(WORD, NO_WORD) for name in fields})
    without, forced = here.ask(other, session), here.ask(body, session)
    assert is_refused(forced, "digits")
    assert forced == without, "nothing shows it"
    assert here.said("staff_duress") == [{"staff": "ma", "means": "text"}]
    assert stands_nowhere(here, WORD)


def test_every_text_that_staff_may_send_is_looked_at() -> None:
    for body in get_args(RequestBody):
        typed = {name for name, hint in get_type_hints(body).items() if hint is str} - _NO_WORDS
        looked_at = {"text"} if body in ACTS else set(TEXTS.get(body, ()))
        let_be = {name for owner, name in _LET_BE if owner is body}
        assert typed == looked_at | let_be, f"{body.__name__}: look at it in typed_words.py, or say why not"
