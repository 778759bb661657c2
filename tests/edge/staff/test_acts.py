"""What staff do to the lane by name: once, with a reason, in the journal first."""

from __future__ import annotations

from edge.staff.protocol.acts import LetIn, Taken
from tests.edge.staff.staffed import Staffed

KEY = "0123456789abcdef"


def test_a_guard_lets_somebody_in_by_name_and_with_a_reason(here: Staffed) -> None:
    session = here.sign_in("wang")
    taken = here.ask(LetIn(KEY, "papers_seen"), session)
    here.pass_time(60.0)
    assert isinstance(taken, Taken)
    [act] = here.events("staff_act_taken")
    assert (act.content["act"], act.content["staff"], act.content["reason"]) == (
        "let_in",
        "wang",
        "papers_seen",
    )
    assert act.sequence == taken.sequence
    [opened] = here.said("lane_opened")
    assert opened == {"cause": "staff", "reference": str(act.sequence)}
    assert len(here.impulses()) == 1
