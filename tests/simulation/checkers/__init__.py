"""Holds observations against the promises. Knows nothing of the simulator, and of the product only how an
event's body is read. Each promise is a class; `every_checker` has them all, in the order in which they hear.
"""

from __future__ import annotations

from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Checker, Reminders, Rules, Watch
from tests.simulation.checkers.clocks import RightClockIsBelieved, WrongClockIsNoticed
from tests.simulation.checkers.commands import CommandsAreDoneOnce
from tests.simulation.checkers.convergence import Convergence, NothingStarves
from tests.simulation.checkers.deciding import NeverStopsDeciding
from tests.simulation.checkers.events import (
    AcknowledgedIsThere,
    CentralAgrees,
    NothingPrunedUnseen,
    SequencesAreGaplessAndOnce,
)
from tests.simulation.checkers.known import Known
from tests.simulation.checkers.occupancy import CountIsPeople
from tests.simulation.checkers.passes import OneTimePassOpensOnce
from tests.simulation.checkers.readers import KeypadRests, OneDecisionAScan, WhatIsScannedIsRead
from tests.simulation.checkers.registry import ExpiryIsSaid, RegistryNeverGoesBack
from tests.simulation.checkers.relays import RelayHasCause
from tests.simulation.checkers.rights import IsolationIsAlarmed, OnlyWhoHasARight, RevokedStayOut
from tests.simulation.checkers.safety import SafetyOutranks
from tests.simulation.checkers.weather import Weather

__all__ = ["Rules", "Watch", "every_checker"]


def every_checker(rules: Rules) -> Watch:
    """A watch by all checkers over one world, of a site with those `rules`."""
    reminders, weather, known = Reminders(), Weather(), Known()
    books = Books(weather)
    checkers: tuple[Checker, ...] = (
        weather,
        known,
        SequencesAreGaplessAndOnce(books),
        CentralAgrees(books, weather),
        AcknowledgedIsThere(books),
        NothingPrunedUnseen(books),
        books,
        RelayHasCause(rules, books, weather),
        SafetyOutranks(rules, reminders, weather),
        RegistryNeverGoesBack(known),
        ExpiryIsSaid(reminders, known, weather),
        OnlyWhoHasARight(known, books),
        RevokedStayOut(rules, known, books, weather),
        IsolationIsAlarmed(reminders, known, books, weather),
        OneTimePassOpensOnce(books),
        CommandsAreDoneOnce(books, weather),
        CountIsPeople(reminders, books, weather),
        NeverStopsDeciding(reminders, weather),
        OneDecisionAScan(books),
        WhatIsScannedIsRead(reminders, books, weather),
        KeypadRests(books, weather),
        RightClockIsBelieved(books, weather),
        WrongClockIsNoticed(reminders, known, books, weather),
        NothingStarves(),
        Convergence(reminders, known, books, weather),
    )
    return Watch(checkers, reminders)
